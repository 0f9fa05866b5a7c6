import { expect, test } from "vitest";
import { temporaryFolder } from "../support/stores.ts";
import { CrashRounds } from "./crash-round.ts";
import { randomNumbers } from "./log.ts";

// The whole campaign of 200 rounds: campaign.ts, result in docs/campaigns.md.
const ROUNDS = process.env["KEYRAIL_CAMPAIGN"] === "kill" ? 200 : 12;
const SEED = 42;

test(
  `kill -9 at ${ROUNDS} random instants: every acknowledged write is there and whole`,
  { timeout: ROUNDS * 5000 },
  async () => {
    const random = randomNumbers(SEED);
    const rounds = new CrashRounds(temporaryFolder());
    let acknowledged = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const result = await rounds.run(SEED + round, random() * 120);
      expect(result.faults).toEqual([]);
      acknowledged += result.acknowledged;
    }
    // A run in which nothing was written proves nothing.
    expect(acknowledged).toBeGreaterThan(ROUNDS);
  },
);
