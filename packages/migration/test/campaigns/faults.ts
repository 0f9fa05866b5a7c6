/**
 * Migrations of forty keys while the vendors misbehave, resumed until they are done.
 *
 *     npm run campaign -- migration-faults --count 200 --seed 1
 *
 * The seeds are those from `--seed` on: a round that failed is run again by `--seed N --count 1`. Prints a line of Markdown
 * for docs/campaigns.md; fails when a migration did not end as it must.
 */

import { parseArgs } from "node:util";
import { faultRound } from "../support/chaos/fault-round.ts";
import { runRounds } from "../support/chaos/lanes.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    width: { type: "string", default: "2" },
  },
});
const [count, seed, width] = [values.count, values.seed, values.width].map(Number);
if (count === undefined || seed === undefined || width === undefined) throw new Error("Three numbers were given.");
const total = { runs: 0, keys: 0, hits: 0, resumes: 0, faulty: 0 };
const byKind = new Map<string, number>();
const began = performance.now();
await runRounds({ first: seed, count, width }, faultRound, (round) => {
  total.runs += 1;
  total.keys += round.keys;
  total.resumes += round.resumes;
  for (const [kind, number] of Object.entries(round.hits)) {
    total.hits += number;
    byKind.set(kind, (byKind.get(kind) ?? 0) + number);
  }
  if (round.faults.length > 0) total.faulty += 1;
  for (const fault of round.faults)
    process.stderr.write(`\nseed ${round.seed}, ${round.route.join(" to ")}: ${fault}\n`);
  process.stderr.write(`\r${total.runs} of ${count}, ${total.faulty} failed, last seed ${round.seed}  `);
});
const seconds = (performance.now() - began) / 1000;
const cells = [
  new Date().toISOString().slice(0, 10),
  process.version,
  `\`--count ${count} --seed ${seed}\``,
  total.runs,
  total.keys,
  total.hits,
  total.resumes,
  total.faulty,
  seconds.toFixed(0),
];
const kinds = [...byKind].sort(([, one], [, other]) => other - one).map(([kind, number]) => `${kind} ${number}`);
process.stderr.write("\n");
process.stdout.write(`| ${cells.join(" | ")} |\nHit: ${kinds.join(", ")}.\n`);
if (total.faulty > 0) process.exitCode = 1;
