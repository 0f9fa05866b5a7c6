import { expect, test } from "vitest";
import { runSteps, select } from "./schedule.ts";
import type { Step } from "./step.ts";

function step(name: string, parts: Partial<Step> = {}): Step {
  return { name, title: name, run: async () => ({ ok: true, output: "" }), ...parts };
}

test("a wrong name says which steps exist", () => {
  expect(() => select([step("types"), step("unit")], ["unti"])).toThrow(
    'There is no step "unti". There are: types, unit.',
  );
});

test("a step brings the steps it needs, in their order", () => {
  const all = [step("a"), step("b", { needs: ["a"] }), step("c", { needs: ["b"] }), step("d")];
  expect(select(all, ["c"]).map(({ name }) => name)).toEqual(["a", "b", "c"]);
});

test("a step whose need failed is not run, and counts as failed", async () => {
  const bad = step("bad", { run: async () => ({ ok: false, output: "broken" }) });
  const all = await runSteps([bad, step("after", { needs: ["bad"] })], () => {});
  expect(all.map(({ result, skippedBecause }) => [result.ok, skippedBecause])).toEqual([
    [false, undefined],
    [false, "bad"],
  ]);
});

test("a step that throws has failed, with its message", async () => {
  const bad = step("bad", { run: () => Promise.reject(new Error("no such tool")) });
  const [finished] = await runSteps([bad], () => {});
  expect(finished?.result).toMatchObject({ ok: false, output: expect.stringContaining("no such tool") });
});

test("at most two run at a time, and nothing beside a step that is alone", async () => {
  let running = 0;
  const seen = new Map<string, number>();
  const traced = (name: string, parts: Partial<Step> = {}): Step =>
    step(name, {
      ...parts,
      run: async () => {
        running += 1;
        await new Promise(setImmediate);
        seen.set(name, Math.max(seen.get(name) ?? 0, running));
        await new Promise(setImmediate);
        running -= 1;
        return { ok: true, output: "" };
      },
    });
  const steps = [traced("a"), traced("b"), traced("c"), traced("alone", { alone: true }), traced("d")];
  const all = await runSteps(steps, () => {});
  expect(all.map((finished) => finished.step.name)).toEqual(["a", "b", "c", "alone", "d"]);
  expect(Math.max(...seen.values())).toBe(2);
  expect(seen.get("alone")).toBe(1);
});
