import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { CHECK_GROUPS, CHECKS, renderCheckList, reportJsonSchema } from "../src/index.ts";

const root = path.join(import.meta.dirname, "../..");

/** A committed file that is generated from the sources; `KEYRAIL_UPDATE=1` writes it. */
function checkGenerated(file: string, content: string): void {
  const name = path.join(root, file);
  if (process.env["KEYRAIL_UPDATE"] === "1") writeFileSync(name, content);
  const found = existsSync(name) ? readFileSync(name, "utf8") : "nothing";
  if (found !== content) throw new Error(`${file} is old: run this test once with KEYRAIL_UPDATE=1`);
}

describe("the checks", () => {
  it("have ids that are unique, stable in form, and start with their group", () => {
    const ids = CHECKS.map((check) => check.id);
    expect(new Set(ids).size).toBe(ids.length);
    const odd = CHECKS.filter(
      ({ id, group }) => !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(id) || !id.startsWith(`${group}.`),
    );
    expect(odd.map(({ id }) => id)).toEqual([]);
  });

  it("say what they prove, and fill every group", () => {
    const unsaid = CHECKS.filter(({ title, requirement }) => title.length <= 5 || requirement.length <= 20);
    expect(unsaid.map(({ id }) => id)).toEqual([]);
    expect(CHECK_GROUPS.filter((group) => !CHECKS.some((check) => check.group === group))).toEqual([]);
  });

  it("are listed in docs/conformance-checks.md", () => {
    checkGenerated("docs/conformance-checks.md", renderCheckList());
  });
});

describe("the published schema", () => {
  it("is the one of the report", () => {
    checkGenerated("conformance-tests/report.schema.json", `${JSON.stringify(reportJsonSchema(), undefined, 2)}\n`);
  });
});
