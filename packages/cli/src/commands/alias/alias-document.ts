/** Aliases as the command prints them. */

import type { Alias, AliasVersion } from "@keyrail/registry";
import type { CommandResult } from "../../runtime/result.ts";
import type { Session } from "../../runtime/session.ts";

/** An alias in JSON. Times are milliseconds since the epoch. */
export function aliasDocument({ name, current, labels }: Alias): Record<string, unknown> {
  return { name, ...current, labels };
}

/** One line of a list. */
export function aliasLine({ name, current, labels }: Alias): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return [name.padEnd(28), current.key, ...(pairs.length === 0 ? [] : [` ${pairs.join(" ")}`])].join(" ");
}

/** An alias as a command's result: a title, then its facts. */
export function aliasResult(title: string, alias: Alias, session: Session): CommandResult {
  const { name, current, labels } = alias;
  const facts: [string, string | undefined][] = [
    ["alias", name],
    ["key", current.key],
    ["version", `${current.version}, since ${timeText(current.since)}`],
    ["reason", current.reason],
    [
      "labels",
      Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(" ") || undefined,
    ],
  ];
  const lines = facts.flatMap(([fact, value]) =>
    value === undefined ? [] : [`  ${session.style("dim", fact.padEnd(9))}${value}`],
  );
  return { document: aliasDocument(alias), text: [...(title === "" ? [] : [title]), ...lines].join("\n") };
}

/** One line of a history. */
export function versionLine({ version, key, since, reason }: AliasVersion): string {
  return `${String(version).padStart(4)}  ${timeText(since)}  ${key}${reason === undefined ? "" : `  ${reason}`}`;
}

/** `2026-11-21 09:18:19Z` */
export function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("T", " ").replace(/\.\d+/, "");
}
