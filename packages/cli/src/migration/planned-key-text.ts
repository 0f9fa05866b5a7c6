/** One key of a plan for people. */

import { printable } from "@keyrail/core";
import type { PlannedKey } from "@keyrail/migration";

/** A line with strategy, type, label and URI, and below it why, what changes and what it needs. */
export function plannedKeyText({ strategy, source, reason, changes, needs }: PlannedKey): string {
  return [
    `${strategy.padEnd(7)} ${source.keyType.padEnd(13)} ${printable(source.label).padEnd(32)} ${source.uri}`,
    `        ${printable(reason)}`,
    ...changes.map(({ what, from, to }) => `        changes: ${what}: ${printable(from)} -> ${printable(to)}`),
    ...needs.map(({ side, kind, text }) => `        needs: ${kind} at the ${side}: ${printable(text)}`),
  ].join("\n");
}
