/** One run on one version of Node.js: prints the rows as JSON. Started by main.ts. */

import { t1Facade } from "./targets/t1-facade.ts";
import { t11ColdImport } from "./targets/t11-cold-import.ts";
import { t12Store } from "./targets/t12-store.ts";
import { t13Migration } from "./targets/t13-migration.ts";
import { t2P1363 } from "./targets/t2-p1363.ts";
import { t3Secp256k1 } from "./targets/t3-secp256k1.ts";
import { t4StoredKeys } from "./targets/t4-stored-keys.ts";
import { t5Create } from "./targets/t5-create.ts";
import { t6TwoCores } from "./targets/t6-two-cores.ts";
import { t7Peers } from "./targets/t7-peers.ts";
import { t8Dfns } from "./targets/t8-dfns.ts";
import { t8Encedo } from "./targets/t8-encedo.ts";
import type { Row } from "./compare.ts";

const full = process.argv.includes("--full");
const only = process.argv
  .find((argument) => argument.startsWith("--only="))
  ?.slice("--only=".length)
  .split(",");

const TARGETS: Readonly<Record<string, () => Promise<Row[]>>> = {
  T1: t1Facade,
  T2: t2P1363,
  T3: t3Secp256k1,
  T4: t4StoredKeys,
  T5: t5Create,
  T6: t6TwoCores,
  T7: t7Peers,
  /** T8, T9 and T10 on the Dfns emulator, T8 and T10 on the Encedo emulator. */
  T8: async () => [...(await t8Dfns()), ...(await t8Encedo())],
  T11: t11ColdImport,
  T12: () => t12Store(full),
  T13: t13Migration,
};

for (const [name, measure] of Object.entries(TARGETS)) {
  if (only !== undefined && !only.includes(name)) continue;
  process.stderr.write(`${process.version} ${name} …\n`);
  for (const row of await measure()) process.stdout.write(`${JSON.stringify(row)}\n`);
}
