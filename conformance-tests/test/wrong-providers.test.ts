import { describe, expect, it } from "vitest";
import { CHECKS, runConformance } from "../src/index.ts";
import { memoryHarness } from "./support/software-harness.ts";
import { WRONG_BEHAVIOUR } from "./wrong-providers/behaviour.ts";
import { WRONG_KEYS } from "./wrong-providers/keys.ts";
import { WRONG_OPERATIONS } from "./wrong-providers/operations.ts";
import { WRONG_SIGNATURES } from "./wrong-providers/signatures.ts";

const ALL = [...WRONG_SIGNATURES, ...WRONG_OPERATIONS, ...WRONG_KEYS, ...WRONG_BEHAVIOUR];
const ids = new Set(CHECKS.map((check) => check.id));

describe("wrong providers", () => {
  it("are at least thirty, each with a name of its own", () => {
    expect(ALL.length).toBeGreaterThanOrEqual(30);
    expect(new Set(ALL.map((wrong) => wrong.name)).size).toBe(ALL.length);
  });

  it.each(ALL)("$name: caught", async ({ caughtBy, make }) => {
    for (const id of caughtBy) expect(ids, "the suite has the check").toContain(id);
    const report = await runConformance(memoryHarness("wrong", make), { only: caughtBy, deadlineGrace: 100 });
    const states = caughtBy.map((id) => report.cells.find((cell) => cell.id === id)).map((cell) => cell?.state);
    const missed = caughtBy.filter((_, index) => states[index] !== "fail" && states[index] !== "error");
    expect(missed).toEqual([]);
    expect(report.outcome).toBe("failed");
  });
});
