import { join } from "node:path";
import { createProvider, type Provider } from "@keyrail/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  checkPlan,
  diffPlans,
  openPlan,
  type PlanFile,
  planMigration,
  requirePlanHolds,
  writePlan,
} from "../src/index.ts";
import { collect } from "./support/collect.ts";
import { type End, softwareEnd, softwareFileEnd } from "./support/ends.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let source: End;
let target: End;
let uris: readonly string[];

beforeEach(async () => {
  folder = await temporaryFolder();
  source = await softwareFileEnd(join(folder.path, "source.sqlite"));
  target = await softwareFileEnd(join(folder.path, "target.sqlite"));
  const { keys } = source.provider;
  const records = [
    await keys.create({ keyType: "P-256", usages: ["sign", "verify"], label: "one", extractable: true }),
    await keys.create({ keyType: "Ed25519", usages: ["sign"], label: "two", description: "second" }),
    await keys.create({ keyType: "AES-256", usages: ["encrypt"], label: "three", extractable: true }),
  ];
  uris = records.map(({ uri }) => uri);
});
afterEach(async () => {
  await source[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function planned(name: string, options = {}): Promise<PlanFile> {
  const file = join(folder.path, name);
  await writePlan(file, planMigration({ source: source.provider, target: target.provider, options }));
  return openPlan(file);
}

describe("checkPlan", () => {
  it("finds nothing while nothing has changed", async () => {
    const plan = await planned("plan.json");
    expect(await checkPlan(plan, source.provider, target.provider)).toEqual({
      holds: true,
      findings: [],
      refusals: 0,
      warnings: 0,
    });
  });

  it("refuses when a key was renamed, was removed, or is another", async () => {
    const plan = await planned("plan.json");
    await source.catalog.rename({ key: uris[0] ?? "", label: "other name" });
    await source.catalog.remove(uris[1] ?? "");
    const check = await checkPlan(plan, source.provider, target.provider);
    expect(check.holds).toBe(false);
    expect(check.findings.map(({ kind, key }) => [kind, key])).toEqual([
      ["key changed", uris[0]],
      ["key gone", uris[1]],
    ]);
    await expect(requirePlanHolds(plan, source.provider, target.provider)).rejects.toMatchObject({
      code: "PlanOutdated",
      context: { plan: plan.header.id, differences: 2 },
    });
  });

  it("warns of new keys, but not of those that the plan's options leave out", async () => {
    const plan = await planned("plan.json", { labelPrefix: "t" });
    const attributes = { keyType: "Ed25519", usages: ["sign"] } as const;
    await source.provider.keys.create({ ...attributes, label: "tardy" });
    await source.provider.keys.create({ ...attributes, label: "not of this plan" });
    const check = await requirePlanHolds(plan, source.provider, target.provider);
    expect(check).toMatchObject({ holds: true, refusals: 0, warnings: 1 });
    expect(check.findings.map(({ kind }) => kind)).toEqual(["new key"]);
  });

  it("refuses when a key to be adopted is gone from the target", async () => {
    const exported = await source.provider.keyExport?.export(uris[0] ?? "");
    if (exported?.kind !== "private") throw new Error("A private key is exported.");
    const { privateKey } = exported;
    const held = await target.provider.keys.import({
      kind: "private",
      privateKey,
      usages: ["sign", "verify"],
      label: "there",
    });
    const plan = await planned("plan.json");
    expect((await collect(plan.keys))[0]).toMatchObject({ strategy: "adopt", existing: held.uri });
    await target.catalog.remove(held.uri);
    const check = await checkPlan(plan, source.provider, target.provider);
    expect(check.findings.map(({ kind, key }) => [kind, key])).toEqual([["existing key gone", held.uri]]);
  });

  it("refuses when a provider declares something else than before", async () => {
    const plan = await planned("plan.json");
    const { uri, name, keys, catalog, capabilities } = target.provider;
    const rows = capabilities.rows.filter(({ operation }) => operation !== "import:private");
    const narrower: Provider = createProvider({
      name,
      uri,
      keys,
      ...(catalog === undefined ? {} : { catalog }),
      capabilities: { ...capabilities, rows },
    });
    const check = await checkPlan(plan, source.provider, narrower);
    expect(check.findings.map(({ kind }) => kind)).toEqual(["capabilities"]);
  });

  it("refuses other providers than those of the plan, and a migration from a provider to itself", async () => {
    const plan = await planned("plan.json");
    await using other = await softwareEnd();
    const wrong = checkPlan(plan, other.provider, target.provider);
    await expect(wrong).rejects.toMatchObject({ code: "InvalidRequest", context: { path: "source" } });
    await expect(checkPlan(plan, source.provider, other.provider)).rejects.toMatchObject({ code: "InvalidRequest" });
    expect(() => planMigration({ source: source.provider, target: source.provider })).toThrow(/both software:/);
  });

  it("keeps as many findings as asked for and counts the rest", async () => {
    const plan = await planned("plan.json");
    for (const uri of uris) await source.catalog.remove(uri);
    const check = await checkPlan(plan, source.provider, target.provider, { maximumFindings: 1 });
    expect(check.findings).toHaveLength(1);
    expect(check.refusals).toBe(3);
  });
});

describe("diffPlans", () => {
  it("tells what is new, gone and planned otherwise, whatever the order", async () => {
    const earlier = await planned("earlier.json");
    await source.catalog.rename({ key: uris[0] ?? "", label: "renamed" });
    await source.catalog.remove(uris[1] ?? "");
    const added = await source.provider.keys.create({ keyType: "Ed448", usages: ["sign"], label: "new" });
    const later = await planned("later.json", { noImport: true });
    const differences = await collect(diffPlans(earlier, later));
    const told = differences.map((difference) =>
      difference.kind === "changed"
        ? [difference.kind, difference.after.source.uri, difference.members.includes("strategy")]
        : [difference.kind, difference.key.source.uri],
    );
    expect(told).toEqual([
      ["changed", uris[0], true],
      ["changed", uris[2], true],
      ["added", added.uri],
      ["gone", uris[1]],
    ]);
    const [first] = differences;
    expect(first?.kind === "changed" ? first.members : []).toEqual(expect.arrayContaining(["source.label", "target"]));
    expect(await collect(diffPlans(later, later))).toEqual([]);
  });
});
