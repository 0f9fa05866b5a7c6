/**
 * Runs every published vector through the ports of the software provider, on the default engines and on noble.
 *
 *     node --conditions=keyrail-source providers/software/test/vectors/campaign.ts
 *
 * Prints a table per engine; exit code 1 for a disagreement, a missing case, or a free decision taken differently.
 */

import { ALL_CASES, ALL_FILES, runVectors } from "./published-vectors.ts";
import { formatTallies } from "./tally.ts";
import { hasVectors, VECTOR_FOLDER } from "./vector-files.ts";

if (!hasVectors) {
  process.stderr.write(`There are no vectors in ${VECTOR_FOLDER}; set KEYRAIL_VECTORS to their folder.\n`);
  process.exit(2);
}

const decisions: string[] = [];
for (const engine of [undefined, "noble"] as const) {
  const tallies = await runVectors(ALL_FILES, engine);
  process.stdout.write(`${engine ?? "default engines"}\n${formatTallies(tallies)}\n\n`);
  for (const disagreement of tallies.flatMap((tally) => tally.disagreements)) process.stderr.write(`${disagreement}\n`);
  const failed = tallies.some((tally) => tally.disagreements.length > 0);
  if (failed || tallies.reduce((sum, { cases }) => sum + cases, 0) !== ALL_CASES) process.exitCode = 1;
  decisions.push(JSON.stringify(tallies.map((tally) => [tally.file, [...tally.decisions]])));
}
if (decisions[0] !== decisions[1]) {
  process.stderr.write("The engines decide differently on acceptable cases.\n");
  process.exitCode = 1;
}
