/** Runs one stage in a process of its own, so that it can be killed. `node stage-process.ts FOLDER RUN STAGE` */

import { join } from "node:path";
import { openRegistry } from "@keyrail/registry";
import { cutOver, finalise, openJournal, rollBack } from "../../src/index.ts";
import { softwareFileEnd } from "./ends.ts";

const [folder = "", run = "", stage = ""] = process.argv.slice(2);
const source = (await softwareFileEnd(join(folder, "source.sqlite"))).provider;
const target = (await softwareFileEnd(join(folder, "target.sqlite"))).provider;
const journal = await openJournal({ database: join(folder, "journal.sqlite") });
const registry = await openRegistry({ database: join(folder, "registry.sqlite"), actor: "test" });
process.send?.("begins");
switch (stage) {
  case "cut-over":
    await cutOver({ journal, registry, run });
    break;
  case "roll-back":
    await rollBack({ journal, registry, run, removeTargetKeys: { source, target } });
    break;
  case "finalise":
    await finalise({ journal, registry, run, source, target, confirm: run });
    break;
  default:
    throw new Error(`There is no stage "${stage}".`);
}
process.exit(0);
