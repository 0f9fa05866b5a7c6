/**
 * The plan tells the truth: every import and rotation it promises works by direct calls of the ports, with every use that
 * the target then offers; what every `retain` lacks is refused by the target, and nothing goes over the wire for it.
 */

import { compileCapabilities, type KeyRecord } from "@keyrail/core";
import { describe, expect, it } from "vitest";
import { type PlannedKey, planMigration } from "../src/index.ts";
import { type KeyUse, usesOf } from "../src/plan/key-uses.ts";
import { collect } from "./support/collect.ts";
import { dfnsEnd, encedoEnd, type End, softwareEnd, softwareFileEnd } from "./support/ends.ts";
import { fillDfns, fillEncedo, fillSoftware } from "./support/fleets.ts";
import { moveKey } from "./support/move-key.ts";
import { refusalOf } from "./support/refused-request.ts";
import { startRun } from "./support/run.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";
import { useKey } from "./support/use-key.ts";

const SOURCES: Readonly<Record<string, () => Promise<End>>> = {
  async software() {
    const end = await softwareEnd();
    await fillSoftware(end);
    return end;
  },
  async encedo() {
    const end = await encedoEnd();
    await fillEncedo(end);
    return end;
  },
  async dfns() {
    const end = await dfnsEnd();
    await fillDfns(end);
    return end;
  },
};
const TARGETS: Readonly<Record<string, (folder: string) => Promise<End>>> = {
  software: (folder) => softwareFileEnd(`${folder}/target.sqlite`),
  encedo: encedoEnd,
  dfns: () => dfnsEnd(),
};
const PAIRS = [
  ["encedo", "dfns"],
  ["encedo", "software"],
  ["software", "dfns"],
  ["software", "encedo"],
  ["software", "software"],
  ["dfns", "software"],
  ["dfns", "encedo"],
] as const;

describe.each(PAIRS)("from %s to %s", (from, to) => {
  it("keeps every promise, and retains only what the target refuses", { timeout: 120_000 }, async () => {
    await using folder = await temporaryFolder();
    await using source = await present(SOURCES[from])();
    await using target = await present(TARGETS[to])(folder.path);
    const plan = planMigration({ source: source.provider, target: target.provider });
    const planned = await collect(plan.keys);
    expect(planned.length).toBe((await collect(source.catalog.list())).length);
    const wrong: string[] = [];
    for (const key of planned) {
      const fault =
        key.strategy === "retain" ? await faultOfRetain(key, target) : await faultOfMove(key, source, target);
      if (fault !== undefined)
        wrong.push(`${key.strategy} ${key.source.keyType} ${key.source.usages.join("+")}: ${fault}`);
    }
    expect(wrong).toEqual([]);
  });

  it("is applied to the last key by the executor", { timeout: 120_000 }, async () => {
    await using folder = await temporaryFolder();
    await using source = await present(SOURCES[from])();
    await using target = await present(TARGETS[to])(folder.path);
    await using run = await startRun(folder.path, source, target);
    await run.apply();
    const { summary } = await run.journal.run(run.id);
    const failed = await collect(run.journal.items(run.id, { states: ["failed"] }));
    expect(
      failed.map(({ planned, error }) => [planned.strategy, planned.source.keyType, planned.source.usages, error]),
    ).toEqual([]);
    expect(await run.journal.counts(run.id)).toMatchObject({
      verified: summary.keys - summary.strategies.retain,
      retained: summary.strategies.retain,
    });
  });
});

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("It is missing.");
  return value;
}

async function faultOfRetain(key: PlannedKey, target: End): Promise<string | undefined> {
  const { by, detail, requests } = await refusalOf(key, target);
  if (by === "it was done" || by === "another error") return `${key.reason} / ${by}: ${detail}`;
  return requests === 0 ? undefined : `it cost ${requests} requests`;
}

async function faultOfMove(key: PlannedKey, source: End, target: End): Promise<string | undefined> {
  try {
    const record = await moveKey(key, source.provider, target.provider);
    expectAsPlanned(key, record);
    const [read] = [await target.catalog.get(record.uri)];
    expectAsPlanned(key, read);
    if (read.half !== "secret") {
      const same = (await target.provider.keys.getPublic(record.uri)).equals(
        await source.provider.keys.getPublic(key.source.uri),
      );
      expect(same).toBe(key.strategy === "import");
    }
    for (const use of distinctUses(key, record, source, target)) {
      await useKey(target.provider, { ...use, key: record.uri }, record);
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : "not an error";
  }
}

/** The record at the target is what the plan says of it, member by member. */
function expectAsPlanned({ source, target, changes }: PlannedKey, record: KeyRecord): void {
  const request = present(target);
  const secret = source.usages.filter((usage) => usage !== "verify" && source.half !== "public");
  expect(record.usages).toEqual(expect.arrayContaining(secret));
  expect([...record.usages].sort()).toEqual([...request.usages].sort());
  expect(record.label).toBe(request.label);
  expect(record.description).toBe(request.description);
  expect(record.extractable).toBe(request.extractable === true);
  expect(record.keyType).toBe(source.keyType);
  expect(record.hierarchical?.master === true).toBe(source.hierarchical?.master === true);
  const changed = new Set(changes.map(({ what }) => what));
  expect(changed.has("usages")).toBe([...record.usages].sort().join() !== [...source.usages].sort().join());
  expect(changed.has("extractable")).toBe(record.extractable !== source.extractable);
  expect(changed.has("label")).toBe(record.label !== source.label);
  expect(changed.has("description")).toBe(record.description !== source.description);
}

/** One use of each operation and algorithm; none of the source's private operations is left out. */
function distinctUses(key: PlannedKey, record: KeyRecord, source: End, target: End): readonly KeyUse[] {
  const master = record.hierarchical?.master === true ? { master: record.hierarchical.scheme } : {};
  const uses = usesOf(compileCapabilities(target.provider.capabilities), { ...record, ...master });
  const old = usesOf(compileCapabilities(source.provider.capabilities), { ...key.source, ...master });
  const offered = new Set(uses.map(({ operation }) => operation));
  for (const { operation, usage } of old) {
    // What a usage is for is there in one way at least: children of a master, or stored keys and outputs of another key.
    if (usage !== "verify" && usage !== "derive") expect([...offered]).toContain(operation);
  }
  if (key.source.usages.includes("derive") && key.source.half === "private") {
    expect(uses.some(({ usage }) => usage === "derive")).toBe(true);
  }
  return [...new Map(uses.map((use) => [`${use.operation} ${use.algorithm ?? ""}`, use])).values()];
}
