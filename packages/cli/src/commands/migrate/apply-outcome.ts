/** How applying a run is shown while it goes on, and what it comes to. */

import type { ApplyProgress, ApplyResult, ItemCounts, Journal, Run } from "@keyrail/migration";
import { EXIT, type ExitCode } from "../../runtime/exit-codes.ts";
import type { CommandResult } from "../../runtime/result.ts";
import type { Session } from "../../runtime/session.ts";
import type { WorkState } from "../../runtime/work-progress.ts";
import { countsText } from "./counts-text.ts";
import { failureLines } from "./failures.ts";
import { nextStep } from "./next-step.ts";

/** Progress as the line of a command shows it. */
export function workState({ done, failed, waiting, total, perSecond, remainingSeconds }: ApplyProgress): WorkState {
  const notes = [
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(waiting === 0 ? [] : [`${waiting} wait for an approval`]),
  ];
  return {
    done,
    total,
    rate: perSecond ?? 0,
    ...(remainingSeconds === undefined ? {} : { secondsLeft: remainingSeconds }),
    ...(notes.length === 0 ? {} : { note: notes.join(", ") }),
  };
}

/** The end of an application as a command's result. */
export async function outcome(
  session: Session,
  journal: Journal,
  run: Run,
  { outcome: end, counts }: ApplyResult,
): Promise<CommandResult> {
  const document = { run: run.id, journal: journal.location, outcome: end, counts };
  if (end === "applied") {
    const lines = [countsText(counts), ...(await failureLines(journal, run.id, counts)), nextStep(run, counts)];
    return { document, text: lines.join("\n"), exitCode: exitCodeOf(counts) };
  }
  const who = session.signal.aborted ? "Stopped" : end === "paused" ? "Another process paused it" : "It was cancelled";
  const how = end === "paused" ? "Nothing is lost" : "What was made stays at the target";
  return { document, text: `${who}. ${countsText(counts)} ${how}. ${nextStep(run, counts)}`, exitCode: EXIT.failed };
}

function exitCodeOf({ failed, waiting }: ItemCounts): ExitCode {
  if (failed > 0) return EXIT.failed;
  return waiting > 0 ? EXIT.approvalPending : EXIT.ok;
}
