import { createHash } from "node:crypto";
import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ErrorCode } from "@keyrail/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPlan, type Plan, type PlannedKey, planMigration, planSummaryText, writePlan } from "../src/index.ts";
import { collect } from "./support/collect.ts";
import { type End, softwareEnd, softwareFileEnd } from "./support/ends.ts";
import { fillSoftware } from "./support/fleets.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let source: End;
let target: End;
/** A plan of few keys, as text. */
let small: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  source = await softwareEnd();
  target = await softwareFileEnd(join(folder.path, "target.sqlite"));
  await fillSoftware(source);
  const plan = planMigration({ source: source.provider, target: target.provider, options: { keyTypes: ["stark"] } });
  await writePlan(join(folder.path, "small.json"), plan);
  small = await readFile(join(folder.path, "small.json"), "utf8");
});
afterAll(async () => {
  await source[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function fullPlan(): Plan {
  return planMigration({ source: source.provider, target: target.provider });
}

async function refusalOf(content: string | Uint8Array): Promise<ErrorCode | "taken"> {
  const file = join(folder.path, "damaged.json");
  await writeFile(file, content);
  try {
    await openPlan(file);
    return "taken";
  } catch (error) {
    if (error instanceof Error && "code" in error) return error.code as ErrorCode;
    throw error;
  }
}

describe("a plan file", () => {
  it("is one JSON document, one key a line, and reads back as it was", async () => {
    const file = join(folder.path, "full.json");
    const kept: PlannedKey[] = [];
    const { header, keys } = fullPlan();
    const summary = await writePlan(file, { header, keys: tee(keys, kept) });
    const text = await readFile(file, "utf8");
    const whole: unknown = JSON.parse(text);
    expect(whole).toEqual({ header, keys: kept, summary });
    expect(text.split("\n").filter((line) => line.startsWith('{"ordinal"'))).toHaveLength(kept.length);
    const opened = await openPlan(file);
    expect(opened.header).toEqual(header);
    expect(opened.summary).toEqual(summary);
    expect(await collect(opened.keys)).toEqual(kept);
    expect(await collect(opened.keys)).toHaveLength(summary.keys);
    expect(planSummaryText(header, summary)).toContain(`${summary.keys} keys from`);
  });

  it("has the digest that a few lines of anybody's code compute", () => {
    const [head = "", , ...rest] = small.trimEnd().split("\n");
    const last = rest.pop() ?? "";
    rest.pop();
    const hash = createHash("sha256").update(`${head.slice('{"header":'.length, -1)}\n`);
    for (const line of rest) hash.update(`${line.replace(/,$/, "")}\n`);
    expect(last).toContain(`sha-256:${hash.digest("base64url")}`);
  });

  it("of no keys is a plan too", async () => {
    const file = join(folder.path, "none.json");
    const options = { labelPrefix: "nothing begins so" };
    const summary = await writePlan(file, planMigration({ source: source.provider, target: target.provider, options }));
    expect(summary.keys).toBe(0);
    expect(await collect((await openPlan(file)).keys)).toEqual([]);
  });
});

async function* tee(keys: Plan["keys"], kept: PlannedKey[]): AsyncGenerator<PlannedKey, void> {
  for await (const key of keys) {
    kept.push(key);
    yield key;
  }
}

describe("a plan file that is not as it was written", () => {
  it("is refused with any one byte changed", { timeout: 60_000 }, async () => {
    const bytes = Buffer.from(small);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 2), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ change;
        expect(["IntegrityFailed", "StoreUnavailable"]).toContain(await refusalOf(changed));
      }),
      { numRuns: 500 },
    );
  });

  it("is refused when it is cut anywhere", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(Buffer.byteLength(small) - 2), async (length) => {
        expect(await refusalOf(Buffer.from(small).subarray(0, length))).toBe("IntegrityFailed");
      }),
      { numRuns: 200 },
    );
  });

  it("is refused when a line is taken out, doubled or moved", async () => {
    const lines = small.split("\n");
    const without = [...lines.slice(0, 3), ...lines.slice(4)].join("\n");
    const doubled = [...lines.slice(0, 4), ...lines.slice(3)].join("\n");
    const moved = [...lines.slice(0, 2), lines[3], lines[2], ...lines.slice(4)].join("\n");
    for (const text of [without, doubled, moved, `${small}{}`, "", "{}", "hello", `\ufeff${small}`]) {
      expect(await refusalOf(text)).toBe("IntegrityFailed");
    }
  });

  it("is refused with a member that this version does not know, even under a right digest", async () => {
    const plan = await openPlan(join(folder.path, "small.json"));
    const more = async function* (): AsyncGenerator<PlannedKey, void> {
      for await (const key of plan.keys) yield Object.assign({}, key, { surprise: 1 });
    };
    const file = join(folder.path, "more.json");
    const text = small.replace('{"ordinal":0,', '{"ordinal":0,"surprise":1,');
    const { header, keys, summary }: { header: unknown; keys: unknown[]; summary: { digest: string } } =
      JSON.parse(text);
    const lines = [header, ...keys].map((line) => `${JSON.stringify(line)}\n`).join("");
    const digest = `sha-256:${createHash("sha256").update(lines).digest("base64url")}`;
    await writeFile(file, text.replace(summary.digest, digest));
    await expect(
      writePlan(join(folder.path, "never.json"), { header: plan.header, keys: more() }),
    ).rejects.toMatchObject({
      code: "InvalidRequest",
    });
    await expect(openPlan(file)).rejects.toMatchObject({ code: "IntegrityFailed" });
  });

  it("is told from one of a newer version", async () => {
    const file = join(folder.path, "newer.json");
    await writeFile(file, small.replace('"version":1', '"version":2'));
    await expect(openPlan(file)).rejects.toMatchObject({
      code: "StoreUnavailable",
      message: expect.stringContaining("newer version"),
    });
  });

  it("is noticed when it changes between opening and reading", async () => {
    const file = join(folder.path, "changing.json");
    await writeFile(file, small);
    const plan = await openPlan(file);
    const options = { keyTypes: ["P-256"] } as const;
    const other = planMigration({ source: source.provider, target: target.provider, options });
    await writePlan(file, other, { overwrite: true });
    await expect(collect(plan.keys)).rejects.toMatchObject({ code: "IntegrityFailed" });
  });
});

describe("writing a plan", () => {
  it("puts nothing in place of a file unless told to, and leaves nothing behind", async () => {
    const file = join(folder.path, "small.json");
    await expect(writePlan(file, fullPlan())).rejects.toMatchObject({ code: "InvalidRequest" });
    expect(await readFile(file, "utf8")).toBe(small);
    const failing = async function* (): AsyncGenerator<PlannedKey, void> {
      yield* [];
      throw new Error("the source fails");
    };
    const { header } = fullPlan();
    await expect(writePlan(file, { header, keys: failing() }, { overwrite: true })).rejects.toThrow("the source fails");
    expect(await readFile(file, "utf8")).toBe(small);
    const aborted = AbortSignal.abort();
    const ended = writePlan(join(folder.path, "aborted.json"), fullPlan(), { signal: aborted });
    await expect(ended).rejects.toMatchObject({ code: "Aborted" });
    expect((await readdir(folder.path)).filter((name) => name.startsWith(".") || name.includes("aborted"))).toEqual([]);
  });

  it("says in one sentence why it can't", async (context) => {
    const missing = join(folder.path, "no/such/folder/plan.json");
    await expect(writePlan(missing, fullPlan())).rejects.toMatchObject({ code: "StoreUnavailable" });
    await expect(openPlan(missing)).rejects.toMatchObject({ code: "StoreUnavailable" });
    if (process.getuid?.() === 0) context.skip("root may write everywhere");
    await using closed = await temporaryFolder();
    await chmod(closed.path, 0o500);
    await expect(writePlan(join(closed.path, "plan.json"), fullPlan())).rejects.toMatchObject({
      code: "StoreUnavailable",
    });
    await chmod(closed.path, 0o700);
  });
});
