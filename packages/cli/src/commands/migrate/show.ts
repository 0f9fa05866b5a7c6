import type { PlanFile, PlannedKey } from "@keyrail/migration";
import { resolve } from "node:path";
import { grouped, PlanGroups } from "../../migration/plan-groups.ts";
import { plannedKeyText } from "../../migration/planned-key-text.ts";
import type { CommandModule } from "../command-module.ts";
import { planResult } from "./plan-document.ts";

/** `keyrail migrate show` */
export const showPlan: CommandModule = {
  words: ["migrate", "show"],
  summary: "show a plan: the sums, or every key",
  details: `The file is read and its digest checked; no provider is opened. --keys prints every key: strategy, type, label, why, what
changes, what it needs.`,
  examples: [
    { line: "keyrail migrate show plan.json", does: "what happens to how many keys, and why" },
    { line: "keyrail migrate show plan.json --keys --json", does: "an array of every key" },
  ],
  define(command, run) {
    command
      .argument("<plan>", "file of the plan")
      .option("--keys", "every key")
      .action((file, options) =>
        run(async (session) => {
          const { openPlan } = await import("@keyrail/migration");
          const plan = { ...(await openPlan(resolve(session.cwd, file), session.signal)), file };
          if (options.keys === true) return { items: keys(plan), none: "The plan has no keys." };
          const groups = new PlanGroups();
          for await (const _ of grouped(plan.keys, groups));
          return planResult(plan, groups, "--keys prints every key.", session);
        }),
      );
  },
};

async function* keys(plan: Pick<PlanFile, "keys">): AsyncGenerator<{ document: PlannedKey; text: string }> {
  for await (const key of plan.keys) yield { document: key, text: plannedKeyText(key) };
}
