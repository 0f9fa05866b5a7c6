/** Takes three keys of a run and dies with them. Arguments: the journal's database, the run. */

import { openJournal } from "../../src/index.ts";

const [, , database = "", run = ""] = process.argv;
const journal = await openJournal({ database });
const lease = await journal.join(run, "dying");
await lease.claim({ states: ["planned"], limit: 3 });
process.kill(process.pid, "SIGKILL");
