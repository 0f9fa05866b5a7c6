/**
 * `npm run campaign -- NAME [options]`: a long run of which `npm test` does a small part. The options are the
 * campaign's own, usually `--count N --seed N`; docs/campaigns.md has the last full results.
 */
import { root, run } from "./process.ts";

const CAMPAIGNS: Readonly<Record<string, string>> = {
  "kill-store": "providers/software/test/crash/campaign.ts",
  vectors: "providers/software/test/vectors/campaign.ts",
  "encedo-fuzz": "providers/encedo/test/campaigns/fuzz.ts",
  "migration-plan": "packages/migration/test/campaigns/plan.ts",
  "migration-kill": "packages/migration/test/campaigns/kill.ts",
  "migration-faults": "packages/migration/test/campaigns/faults.ts",
  "migration-copy": "packages/migration/test/campaigns/copy.ts",
  "dfns-fuzz": "providers/dfns/test/campaigns/fuzz.ts",
  "cut-over-load": "docs/examples/signing-service/test/campaigns/cut-over-load.ts",
  "dfns-sharing": "providers/dfns/test/campaigns/sharing.ts",
  "evidence-bytes": "packages/migration/test/campaigns/evidence-bytes.ts",
};

const [name = "", ...options] = process.argv.slice(2);
const file = Object.hasOwn(CAMPAIGNS, name) ? CAMPAIGNS[name] : undefined;
if (file === undefined) {
  console.error(`There is no campaign "${name}". There are: ${Object.keys(CAMPAIGNS).join(", ")}.`);
  process.exitCode = 2;
} else {
  const parameters = ["--conditions=keyrail-source", file, ...options];
  process.exitCode = (await run(process.execPath, parameters, { cwd: root, stream: true })).code;
}
