import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { CHECK_GROUPS, CHECKS, renderCheckList, reportJsonSchema } from "../src/index.ts";

const root = path.join(import.meta.dirname, "../..");

/** A committed file that is generated from the sources; `KEYRAIL_UPDATE=1` writes it. */
function expectGenerated(file: string, content: string): void {
  const name = path.join(root, file);
  if (process.env["KEYRAIL_UPDATE"] === "1") writeFileSync(name, content);
  expect(
    existsSync(name) && readFileSync(name, "utf8") === content,
    `${file} is old; run the tests with KEYRAIL_UPDATE=1`,
  ).toBe(true);
}

describe("the checks", () => {
  it("have ids that are unique, stable in form, and start with their group", () => {
    const ids = CHECKS.map((check) => check.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, group } of CHECKS) {
      expect(id).toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/);
      expect(id.startsWith(`${group}.`), `${id} in ${group}`).toBe(true);
    }
  });

  it("say what they prove, and fill every group", () => {
    for (const { id, title, requirement } of CHECKS) {
      expect(title.length, id).toBeGreaterThan(5);
      expect(requirement.length, id).toBeGreaterThan(20);
    }
    for (const group of CHECK_GROUPS)
      expect(
        CHECKS.some((check) => check.group === group),
        group,
      ).toBe(true);
  });

  it("are listed in docs/conformance-checks.md", () => {
    expectGenerated("docs/conformance-checks.md", renderCheckList());
  });
});

describe("the published schema", () => {
  it("is the one of the report", () => {
    expectGenerated("conformance-tests/report.schema.json", `${JSON.stringify(reportJsonSchema(), undefined, 2)}\n`);
  });
});
