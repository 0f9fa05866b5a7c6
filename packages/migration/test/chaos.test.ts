/** A small part of the chaos campaigns; their full results are in docs/campaigns.md. */

import { expect, test } from "vitest";
import { faultRound } from "./support/chaos/fault-round.ts";
import { killRound } from "./support/chaos/kill-round.ts";
import { runRounds } from "./support/chaos/lanes.ts";
import { applyCopy, fillSource, loadCopy, resumeCopy, straightCopy } from "./support/copy.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const SAMPLE = { first: 1001, count: 6, width: 2 };

test("six migrations whose process is killed at random instants end as they must", { timeout: 120_000 }, async () => {
  let kills = 0;
  await runRounds(SAMPLE, killRound, (round) => {
    expect(round.faults, `kill seed ${round.seed}`).toEqual([]);
    kills += round.kills.time + round.kills.request + round.kills.call;
  });
  // Rounds in which nobody was killed prove nothing.
  expect(kills).toBeGreaterThan(2);
});

test("six migrations with vendors that misbehave end as they must", { timeout: 120_000 }, async () => {
  let hits = 0;
  await runRounds(SAMPLE, faultRound, (round) => {
    expect(round.faults, `fault seed ${round.seed}`).toEqual([]);
    hits += Object.values(round.hits).reduce((all, some) => all + some, 0);
  });
  expect(hits).toBeGreaterThan(20);
});

test("a store is copied with every key, by the executor and by the plain loop it is compared with", async () => {
  await using ours = await temporaryFolder();
  await fillSource(ours.path, 300);
  await loadCopy(ours.path);
  expect(await applyCopy(ours.path)).toMatchObject({ keys: 300 });
  await expect(resumeCopy(ours.path)).resolves.toBeDefined();
  await using theirs = await temporaryFolder();
  await fillSource(theirs.path, 300);
  expect(await straightCopy(theirs.path)).toMatchObject({ keys: 300 });
});
