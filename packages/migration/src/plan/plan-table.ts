/** A plan for people: rows of a table, and the text below it. */

import { inSentence } from "./in-sentence.ts";
import type { PlanHeader, PlannedKey, PlanSummary } from "./plan.ts";

/** The columns of {@link planRow}. */
export const PLAN_COLUMNS = ["key", "type", "label", "strategy", "what changes", "reason"] as const;

/** One key as the cells of a table, in the order of {@link PLAN_COLUMNS}. */
export function planRow({ source, strategy, reason, changes }: PlannedKey): string[] {
  return [source.id, source.keyType, source.label, strategy, changes.map(changeText).join("; "), reason];
}

/** A change in a few words: `usages: sign, verify -> sign`. */
export function changeText({ what, from, to }: PlannedKey["changes"][number]): string {
  return `${what}: ${from} -> ${to}`;
}

/** What a plan comes down to, line by line. */
export function planSummaryText(header: PlanHeader, summary: PlanSummary): string {
  const { keys, strategies, requests, estimatedSeconds } = summary;
  const { source, target } = header;
  return [
    `${keys} ${keys === 1 ? "key" : "keys"} from ${inSentence(source.title)} (${source.uri}) to ${inSentence(target.title)} (${target.uri})`,
    `  import ${strategies.import}: the key itself goes over, the public key stays`,
    `  rotate ${strategies.rotate}: a new key, tied to the old one`,
    `  adopt  ${strategies.adopt}: there already`,
    `  retain ${strategies.retain}: stays where it is`,
    `  requests: ${requests.source} at the source, ${requests.target} at the target` +
      (estimatedSeconds === undefined ? "" : `; at least ${duration(estimatedSeconds)}`),
    `  plan ${header.id}, ${summary.digest}`,
  ].join("\n");
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
