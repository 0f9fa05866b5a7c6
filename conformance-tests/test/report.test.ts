import { readFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import {
  type CellState,
  type ConformanceReport,
  MARKS,
  renderJunit,
  renderMarkdown,
  renderMatrix,
  renderTable,
  type ReportCell,
  reportSchema,
  runConformance,
} from "../src/index.ts";
import { memoryHarness } from "./support/software-harness.ts";

const schema: object = JSON.parse(readFileSync(path.join(import.meta.dirname, "../report.schema.json"), "utf8"));
const validate = new Ajv2020({ allErrors: true, formats: { "date-time": true } }).compile(schema);

function cell(id: string, state: CellState, detail?: string): ReportCell {
  const group = id.startsWith("sign") ? "sign" : "create";
  return {
    id,
    group,
    title: `Title of ${id}`,
    requirement: "It does.",
    state,
    durationMs: 1.5,
    ...(detail && { detail }),
  };
}

/** A report nobody made: renderers are judged on what they print, not on a run. */
function fabricated(name: string, cells: readonly ReportCell[]): ConformanceReport {
  const count = (state: CellState): number => cells.filter((one) => one.state === state).length;
  return {
    version: 1,
    suite: { name: "@keyrail/conformance-tests", version: "0.0.0" },
    provider: { name, scheme: "fake", title: "Fake", custody: "hsm" },
    evidence: "emulator",
    profile: "full",
    runtime: { node: "v26", platform: "linux", arch: "x64" },
    startedAt: "2026-01-02T03:04:05.678Z",
    durationMs: 1234,
    outcome: count("fail") + count("error") > 0 ? "failed" : "passed",
    reasons: count("fail") > 0 ? ["1 of the checks failed."] : [],
    totals: {
      pass: count("pass"),
      fail: count("fail"),
      unsupported: count("unsupported"),
      blocked: count("blocked"),
      error: count("error"),
    },
    cells,
    notRun: [{ id: "sign.x", reason: "The filter of the run leaves it out." }],
    keys: { made: 3, removed: 2, remaining: [{ uri: "fake://h/k", label: "l", reason: "PermissionDenied: no" }] },
  };
}

const bad = fabricated("bad & <worse>", [
  cell("sign.a", "pass"),
  cell("sign.b", "fail", 'expected <b> & "c" | not\nthis'),
  cell("sign.c", "unsupported", "Not declared: sign."),
  cell("create.d", "blocked", "Set TOKEN."),
  cell("create.e", "error", "The check did not end within 5 ms.\u0007"),
]);
const good = fabricated("good", [cell("sign.a", "pass"), cell("sign.b", "pass")]);

describe("the JSON report", () => {
  it("of a real run fits the published schema", async () => {
    const report = await runConformance(memoryHarness(), { only: ["sign.es256", "kem", "catalog"] });
    const read: unknown = JSON.parse(JSON.stringify(report));
    validate(read);
    expect(validate.errors).toBeNull();
    expect(reportSchema.parse(read)).toEqual(report);
  });

  it("is refused when it says too much or too little", () => {
    expect(validate(bad)).toBe(true);
    expect(validate({ ...bad, extra: 1 })).toBe(false);
    expect(validate({ ...bad, evidence: "rumour" })).toBe(false);
    expect(validate({ ...bad, cells: [{ ...bad.cells[0], state: "green" }] })).toBe(false);
    const { keys: _keys, ...without } = bad;
    expect(validate(without)).toBe(false);
  });
});

describe("renderTable", () => {
  it("names the outcome, the evidence and everything that needs attention", () => {
    const text = renderTable(bad);
    expect(text).toContain("Conformance of bad & <worse> (evidence: emulator)");
    expect(text).toContain("FAILED");
    for (const id of ["sign.b", "create.d", "create.e"]) expect(text).toContain(id);
    expect(text).not.toContain("sign.a");
    expect(text).toContain("fake://h/k");
    expect(text).not.toContain("\u001b");
  });

  it("has every check when asked, and colours when asked", () => {
    const text = renderTable(bad, { everyCheck: true, colour: true });
    expect(text).toContain("sign.a");
    expect(text).toContain("\u001b[31m");
  });
});

describe("renderMarkdown", () => {
  it("is a table that texts can't break", () => {
    const text = renderMarkdown(bad);
    const lines = text.split("\n").filter((line) => line.includes("`sign.b`"));
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line.replaceAll("\\|", "").split("|").length).toBe(line === lines[0] ? 5 : 6);
    expect(text).toContain("# Conformance of bad & \\<worse\\>");
  });
});

describe("renderJunit", () => {
  it("counts states as a build server reads them", () => {
    const xml = renderJunit(bad);
    expect(xml).toContain('tests="5" failures="1" errors="1" skipped="1"');
    expect(xml).toContain("bad &amp; &lt;worse&gt;");
    expect(xml).toContain("expected &lt;b&gt; &amp; &quot;c&quot;");
    expect(xml).not.toContain("\u0007");
    expect(xml.match(/<testcase /g)).toHaveLength(5);
    expect(xml.match(/<\/testcase>/g)).toHaveLength(5);
  });
});

describe("renderMatrix", () => {
  it("marks every state differently", () => {
    expect(new Set(Object.values(MARKS)).size).toBe(5);
  });

  it("has providers across and groups down", () => {
    const lines = renderMatrix([good, bad]).split("\n");
    expect(lines[0]).toBe("| Group | good (emulator) | bad & \\<worse\\> (emulator) |");
    expect(lines).toContain("| sign | ✓ 2/2 | ✗ 1/2 |");
    expect(lines).toContain("| create |  | ! 0/2 |");
    expect(lines).toContain("| outcome | passed | failed |");
  });

  it("has checks down when asked, and leaves empty what a report does not have", () => {
    const lines = renderMatrix([good, bad], { lines: "checks", form: "text" }).split("\n");
    expect(lines.find((line) => line.startsWith("sign.b"))).toMatch(/^sign\.b\s+✓\s+✗$/);
    expect(lines.find((line) => line.startsWith("sign.c"))).toMatch(/^sign\.c\s+–$/);
  });
});
