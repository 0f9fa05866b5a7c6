/**
 * Kills a process that writes to a store at random instants and checks the store each time.
 *
 *     node --conditions=keyrail-source providers/software/test/crash/campaign.ts --count 200 --seed 1
 *
 * Prints a line of Markdown for docs/campaigns.md; exit code 1 when anything was lost or damaged.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CrashRounds } from "./crash-round.ts";
import { randomNumbers } from "./log.ts";

const { values } = parseArgs({
  options: { count: { type: "string", default: "200" }, seed: { type: "string", default: "1" } },
});
const count = Number(values.count);
const seed = Number(values.seed);
const random = randomNumbers(seed);
const folder = mkdtempSync(join(tmpdir(), "keyrail-kill-"));
let acknowledged = 0;
let held = 0;
const faults: string[] = [];
try {
  const rounds = new CrashRounds(folder);
  for (let round = 0; round < count; round++) {
    const result = await rounds.run(seed + round, random() * 150);
    acknowledged += result.acknowledged;
    held = result.held;
    faults.push(...result.faults.map((fault) => `round ${round}: ${fault}`));
    process.stderr.write(`\r${round + 1} of ${count}, ${acknowledged} acknowledged, ${faults.length} faults `);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stderr.write("\n");
for (const fault of faults) process.stderr.write(`${fault}\n`);
const date = new Date().toISOString().slice(0, 10);
process.stdout.write(
  `| ${date} | ${process.version} | \`test/crash/campaign.ts --count ${count} --seed ${seed}\` | ${count} | ${acknowledged} | ${held} | ${faults.length} |\n`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
