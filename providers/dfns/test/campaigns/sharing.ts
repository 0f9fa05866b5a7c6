/**
 * Random secrets through the Dfns import: split, encrypted, decrypted, combined, on every curve.
 *
 *     node --conditions=keyrail-source providers/dfns/test/campaigns/sharing.ts --count 1000 --seed 1
 *
 * Prints a line of Markdown per curve for docs/campaigns.md; fails at the first secret that does not come back.
 */

import { parseArgs } from "node:util";
import { CURVES, type Curve } from "../../src/mapping.ts";
import { runSharingCampaign } from "../support/sharing-campaign.ts";

const { values } = parseArgs({
  options: { count: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } },
});
const count = Number(values.count);
const seed = Number(values.seed);
for (const curve of Object.keys(CURVES).filter((name): name is Curve => name in CURVES)) {
  await runSharingCampaign(curve, count, seed);
  const date = new Date().toISOString().slice(0, 10);
  process.stdout.write(
    `| ${date} | ${process.version} | \`test/campaigns/sharing.ts --count ${count} --seed ${seed}\` | ${curve} | ${count} | 0 |\n`,
  );
}
