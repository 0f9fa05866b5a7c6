/** Stages in processes that are killed at a random instant; the next call finishes what they began. */

import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutOver, finalise, rollBack } from "../src/index.ts";
import { type End, softwareFileEnd } from "./support/ends.ts";
import { startRun, type TestRun } from "./support/run.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const KEYS = 30;
/** Items of a dead process are taken over at once: nothing it asked for is still on its way. */
const lease = { settle: 0 };

interface Fleet extends AsyncDisposable {
  readonly folder: string;
  readonly source: End;
  readonly target: End;
  readonly run: TestRun;
}

/** A run of keys that all move, each with an alias. */
async function appliedRun(): Promise<Fleet> {
  const folder = await temporaryFolder();
  const source = await softwareFileEnd(join(folder.path, "source.sqlite"));
  const target = await softwareFileEnd(join(folder.path, "target.sqlite"));
  const uris: string[] = [];
  for (let index = 0; index < KEYS; index++) {
    const request = { keyType: "Ed25519", usages: ["sign"], label: `key ${index}` } as const;
    uris.push((await source.provider.keys.create({ ...request, extractable: index % 2 === 0 })).uri);
  }
  const run = await startRun(folder.path, source, target);
  for (const [index, uri] of uris.entries()) await run.registry.setAlias(`alias-${index}`, uri);
  await run.apply();
  return {
    folder: folder.path,
    source,
    target,
    run,
    async [Symbol.asyncDispose]() {
      for (const one of [run, source, target, folder]) await one[Symbol.asyncDispose]();
    },
  };
}

/** Runs a stage in a process of its own and kills it so many milliseconds after it began. */
async function killedIn(stage: string, { folder, run }: Fleet, after: number): Promise<void> {
  const file = join(import.meta.dirname, "support/stage-process.ts");
  const child = fork(file, [folder, run.id, stage], { execArgv: ["--conditions=keyrail-source"], silent: true });
  const ended = once(child, "exit");
  await Promise.race([once(child, "message"), ended]);
  await Promise.race([delay(after), ended]);
  child.kill("SIGKILL");
  await ended;
}

async function aliasKeys({ run }: Fleet): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { current } of run.registry.aliases()) keys.push(current.key);
  return keys;
}

const instant = fc.integer({ min: 0, max: 120 });

describe("a stage whose process is killed", { timeout: 120_000 }, () => {
  it("cut-over: all aliases or none, and then all, once", async () => {
    await fc.assert(
      fc.asyncProperty(instant, async (after) => {
        await using fleet = await appliedRun();
        const { journal, registry, id } = fleet.run;
        await killedIn("cut-over", fleet, after);
        const ends = new Set((await aliasKeys(fleet)).map((key) => key.startsWith(fleet.target.provider.uri)));
        expect(ends.size).toBe(1);
        const { run } = await cutOver({ journal, registry, run: id });
        expect(run.state).toBe("cut-over");
        expect(run.cutOvers).toHaveLength(1);
        expect((await aliasKeys(fleet)).every((key) => key.startsWith(fleet.target.provider.uri))).toBe(true);
      }),
      { numRuns: 2, endOnFailure: true },
    );
  });

  it("roll-back: the aliases are back, and nothing the run made is left at the target", async () => {
    await fc.assert(
      fc.asyncProperty(instant, async (after) => {
        await using fleet = await appliedRun();
        const { journal, registry, id } = fleet.run;
        await cutOver({ journal, registry, run: id });
        await killedIn("roll-back", fleet, after);
        const removeTargetKeys = { source: fleet.source.provider, target: fleet.target.provider };
        const { run, kept } = await rollBack({ journal, registry, run: id, removeTargetKeys, lease });
        expect([run.state, kept]).toEqual(["rolled-back", []]);
        expect((await aliasKeys(fleet)).every((key) => key.startsWith(fleet.source.provider.uri))).toBe(true);
        expect(await fleet.run.keysAt(fleet.target)).toEqual([]);
        expect(await fleet.run.keysAt(fleet.source)).toHaveLength(KEYS);
      }),
      { numRuns: 2, endOnFailure: true },
    );
  });

  it("finalise: every key of the source that moved is retired, and none at the target is gone", async () => {
    await fc.assert(
      fc.asyncProperty(instant, async (after) => {
        await using fleet = await appliedRun();
        const { journal, registry, id } = fleet.run;
        await cutOver({ journal, registry, run: id });
        await killedIn("finalise", fleet, after);
        const ends = { source: fleet.source.provider, target: fleet.target.provider };
        const { run, kept } = await finalise({ journal, registry, run: id, ...ends, confirm: id, lease });
        expect([run.state, kept]).toEqual(["finalised", []]);
        expect((await journal.counts(id)).finalised).toBe(KEYS);
        expect(await fleet.run.keysAt(fleet.source)).toEqual([]);
        expect(await fleet.run.keysAt(fleet.target)).toHaveLength(KEYS);
      }),
      { numRuns: 2, endOnFailure: true },
    );
  });
});
