/** `keyrail conformance`: the report, its exit codes, and Ctrl-C. */

import { readFileSync } from "node:fs";
import { reportSchema } from "@keyrail/conformance-tests";
import { expect, it } from "vitest";
import { ended, Workspace } from "./support/command.ts";

it("writes a report in every form and says where", async () => {
  using place = new Workspace();
  const args = [
    "conformance",
    "--provider",
    "software::memory:",
    "--report",
    "reports/first",
    "--only",
    "mac",
    "--only",
    "kem",
  ];
  const { code, stdout, stderr } = await place.run(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/mac +. \d+ pass/);
  expect(stdout).toMatch(/PASSED/);
  expect(stdout).toContain("reports/first");
  const report = reportSchema.parse(JSON.parse(readFileSync(place.file("reports/first/report.json"), "utf8")));
  expect(report.outcome).toBe("passed");
  expect(new Set(report.cells.map(({ group }) => group))).toEqual(new Set(["mac", "kem"]));
});

it("prints the report as one JSON document", async () => {
  using place = new Workspace();
  const args = ["conformance", "--provider", `software:${place.file("keys.sqlite")}`, "--only", "declaration"];
  expect(reportSchema.parse(await place.json(args)).outcome).toBe("passed");
});

it("ends with 3 when nothing was exercised", async () => {
  using place = new Workspace();
  const args = ["conformance", "--provider", "software::memory:", "--only", "approvals"];
  expect((await place.run(args)).code).toBe(3);
});

it("Ctrl-C ends it with 130, the report says so, and no key is left", async () => {
  using place = new Workspace();
  const provider = ["--provider", `software:${place.file("keys.sqlite")}`];
  const child = place.start(["conformance", ...provider, "--report", "report"]);
  const end = ended(child);
  // The store is there as soon as the suite has opened the provider.
  while (!place.files.includes("keys.sqlite")) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, 500));
  child.kill("SIGINT");
  const { code, stdout } = await end;
  expect(code).toBe(130);
  expect(stdout).toMatch(/ABORTED/);
  const report = reportSchema.parse(JSON.parse(readFileSync(place.file("report/report.json"), "utf8")));
  expect(report.outcome).toBe("aborted");
  expect(report.keys.remaining).toEqual([]);
  expect(await place.json(["keys", "list", ...provider])).toEqual([]);
});
