/** Checks timeline and audit records of a bundle. */

import type { EvidenceManifest } from "./evidence-format.ts";
import { auditSchema, timelineSchema } from "./evidence-schemas.ts";
import { lines, readLine } from "./check-keys.ts";
import type { Problems } from "./problems.ts";

/** Events are numbered from 1 without gaps; audit records are of this run, each with as many switches as it says. */
export async function checkHistory(
  folder: string,
  { run }: Omit<EvidenceManifest, "signer">,
  problems: Problems,
): Promise<void> {
  let sequence = 0;
  for await (const line of lines(folder, "timeline.jsonl")) {
    const event = readLine(timelineSchema, { value: line, done: false }, "timeline.jsonl", undefined, problems);
    sequence++;
    if (event !== undefined && event.sequence !== sequence) {
      problems.add("timeline.jsonl", `After event ${sequence - 1} stands event ${event.sequence}.`);
      return;
    }
  }
  let record = { id: "", switches: 0 };
  for await (const line of lines(folder, "audit.jsonl")) {
    const entry = readLine(auditSchema, { value: line, done: false }, "audit.jsonl", undefined, problems);
    if (entry === undefined) return;
    if ("record" in entry) {
      record.switches--;
      if (entry.record !== record.id)
        problems.add("audit.jsonl", `The switch of ${entry.alias} stands under another record.`);
    } else {
      if (record.switches !== 0) problems.add("audit.jsonl", `The record ${record.id} has another number of switches.`);
      if (entry.run !== run) problems.add("audit.jsonl", `The record ${entry.id} is of another run.`);
      record = { id: entry.id, switches: entry.switches };
    }
  }
  if (record.switches !== 0) problems.add("audit.jsonl", `The record ${record.id} has another number of switches.`);
}
