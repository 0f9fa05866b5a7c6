/** A plan as the command prints it. */

import type { PlanHeader, PlanSummary } from "@keyrail/migration";
import { GROUP_COLUMNS, groupRows, type PlanGroups } from "../../migration/plan-groups.ts";
import type { CommandResult } from "../../runtime/result.ts";
import type { Session } from "../../runtime/session.ts";
import { textTable } from "../../runtime/text-table.ts";

/** Header, sums and groups as a command's result; `last` is the last line for people. */
export async function planResult(
  plan: { readonly file: string; readonly header: PlanHeader; readonly summary: PlanSummary },
  groups: PlanGroups,
  last: string,
  session: Session,
): Promise<CommandResult> {
  const { planSummaryText } = await import("@keyrail/migration");
  const { file, header, summary } = plan;
  return {
    document: { file, header, summary, groups: groups.all },
    text: [
      planSummaryText(header, summary),
      ...(summary.keys === 0 ? [] : ["", textTable(GROUP_COLUMNS, groupRows(groups.all), session)]),
      "",
      last,
    ].join("\n"),
  };
}
