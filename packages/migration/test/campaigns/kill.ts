/**
 * Migrations of forty keys whose process is killed at random instants, and finished by another.
 *
 *     npm run campaign -- migration-kill --count 500 --seed 1
 *
 * The seeds are those from `--seed` on: a round that failed is run again by `--seed N --count 1`. Prints a line of Markdown
 * for docs/campaigns.md; fails when a migration did not end as it must.
 */

import { parseArgs } from "node:util";
import { killRound } from "../support/chaos/kill-round.ts";
import { runRounds } from "../support/chaos/lanes.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "500" },
    seed: { type: "string", default: "1" },
    width: { type: "string", default: "2" },
  },
});
const [count, seed, width] = [values.count, values.seed, values.width].map(Number);
if (count === undefined || seed === undefined || width === undefined) throw new Error("Three numbers were given.");
const total = { time: 0, request: 0, call: 0, runs: 0, untouched: 0, keys: 0, faulty: 0 };
const began = performance.now();
await runRounds({ first: seed, count, width }, killRound, (round) => {
  const { kills, faults, keys, route } = round;
  const killed = kills.time + kills.request + kills.call;
  total.runs += 1;
  total.keys += keys;
  for (const kind of ["time", "request", "call"] as const) total[kind] += kills[kind];
  if (killed === 0) total.untouched += 1;
  if (faults.length > 0) total.faulty += 1;
  for (const fault of faults) process.stderr.write(`\nseed ${round.seed}, ${route.join(" to ")}: ${fault}\n`);
  process.stderr.write(`\r${total.runs} of ${count}, ${total.faulty} failed, last seed ${round.seed}  `);
});
const seconds = (performance.now() - began) / 1000;
const cells = [
  new Date().toISOString().slice(0, 10),
  process.version,
  `\`--count ${count} --seed ${seed}\``,
  total.runs,
  total.keys,
  total.time,
  total.request,
  total.call,
  total.untouched,
  total.faulty,
  seconds.toFixed(0),
];
process.stderr.write("\n");
process.stdout.write(`| ${cells.join(" | ")} |\n`);
if (total.faulty > 0) process.exitCode = 1;
