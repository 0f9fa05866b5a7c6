/**
 * Answers the Dfns adapter with mutations of what the service says, and checks that each call ends with a result or a
 * `KeyrailError` without the access token in it.
 *
 *     node --conditions=keyrail-source providers/dfns/test/campaigns/fuzz.ts --count 10000 --seed 1
 *
 * Prints a line of Markdown for docs/campaigns.md; fails at the first call that ends otherwise.
 */

import { parseArgs } from "node:util";
import { runFuzzCampaign } from "../support/fuzz-campaign.ts";

const { values } = parseArgs({
  options: { count: { type: "string", default: "10000" }, seed: { type: "string", default: "1" } },
});
const count = Number(values.count);
const seed = Number(values.seed);
const { results, codes } = await runFuzzCampaign(count, seed);
const told = Object.entries(codes).map(([code, times]) => `${code} ${times}`);
const date = new Date().toISOString().slice(0, 10);
process.stdout.write(
  `| ${date} | ${process.version} | \`test/campaigns/fuzz.ts --count ${count} --seed ${seed}\` | ${count} | ${results} | ${told.join(", ")} |\n`,
);
