import type { PlanDifference, PlanFile } from "@keyrail/migration";
import { printable } from "@keyrail/core";
import { resolve } from "node:path";
import { usageError } from "../../runtime/usage-error.ts";
import type { CommandModule } from "../command-module.ts";

/** `keyrail migrate diff` */
export const diffPlansCommand: CommandModule = {
  words: ["migrate", "diff"],
  summary: "compare two plans of one fleet",
  details: `One line a key that is new (+), gone (-) or planned otherwise (~), with what differs. Keys are told by their URIs. Nothing is
printed when the plans say the same.`,
  examples: [{ line: "keyrail migrate diff monday.json tuesday.json", does: "what is different" }],
  define(command, run) {
    command
      .argument("<earlier>", "file of the earlier plan")
      .argument("<later>", "file of the later plan")
      .action((earlier, later) =>
        run(async (session) => {
          const { diffPlans, openPlan } = await import("@keyrail/migration");
          const open = (file: string): Promise<PlanFile> => openPlan(resolve(session.cwd, file), session.signal);
          const [before, after] = [await open(earlier), await open(later)];
          if (before.header.source.uri !== after.header.source.uri) {
            const [from, other] = [before.header.source.uri, after.header.source.uri];
            throw usageError(
              `${later} is a plan of another fleet: its keys are at ${other}, those of ${earlier} at ${from}.`,
              "later",
            );
          }
          const differences = diffPlans(before, after);
          return { items: lines(differences), none: "Both plans say the same." };
        }),
      );
  },
};

async function* lines(differences: AsyncIterable<PlanDifference>): AsyncGenerator<{ document: unknown; text: string }> {
  for await (const difference of differences) yield { document: difference, text: differenceText(difference) };
}

function differenceText(difference: PlanDifference): string {
  if (difference.kind !== "changed") {
    const { strategy, source } = difference.key;
    return `${difference.kind === "added" ? "+" : "-"} ${strategy.padEnd(7)} ${printable(source.label)}  ${source.uri}`;
  }
  const { before, after, members } = difference;
  const strategies = before.strategy === after.strategy ? after.strategy : `${before.strategy} -> ${after.strategy}`;
  return `~ ${strategies}  ${printable(after.source.label)}  ${after.source.uri}  (${members.join(", ")})`;
}
