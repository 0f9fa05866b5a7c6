import { ALGORITHMS, KEY_TYPES } from "@keyrail/core";
import type { PlanOptions } from "@keyrail/migration";
import { resolve } from "node:path";
import { findEnds, fromPassphraseFileOption, toPassphraseFileOption, withEnds } from "../../migration/ends.ts";
import { grouped, PlanGroups } from "../../migration/plan-groups.ts";
import { usageError } from "../../runtime/usage-error.ts";
import { workProgress } from "../../runtime/work-progress.ts";
import { choices } from "../choice.ts";
import type { CommandModule } from "../command-module.ts";
import { planResult } from "./plan-document.ts";

/** `keyrail migrate plan` */
export const planMigrationCommand: CommandModule = {
  words: ["migrate", "plan"],
  summary: "say what would happen to each key, and why; nothing is changed",
  details: `Both ends are read: what they can do, and which keys they hold. The plan says for each key whether it is imported (the same key),
rotated (a new key, tied to the old one), adopted (there already) or retained (the target can't hold it), why, what changes and
what it needs. It goes into a file, which is what \`keyrail migrate apply\` takes. --json prints header, summary and groups.`,
  examples: [
    { line: "keyrail migrate plan --from hem --to dfns --plan plan.json", does: "two names of the configuration file" },
    {
      line: "keyrail migrate plan --from encedo://hem.example.com --to dfns://api.dfns.io --plan plan.json --label-prefix orders",
      does: "some of the keys",
    },
  ],
  define(command, run) {
    command
      .option("--from <provider>", "the source: provider URI, or a name of the configuration file")
      .option("--to <provider>", "the target, likewise")
      .option("--plan <file>", "file for the plan")
      .option("--force", "replace a plan that is there")
      .option("--no-import", "never export a key, even where both ends could: rotate it")
      .option(
        "--retain-secret-keys",
        "leave AES and HMAC keys where they are when they can't be read out, in place of new ones",
      )
      .option(
        "--drop-algorithm <algorithm>",
        "nobody uses this one any more; repeat it for several",
        choices(ALGORITHMS),
      )
      .option("--label-prefix <text>", "only keys whose label starts so")
      .option("--key-type <type>", "only keys of this type; repeat it for several", choices(KEY_TYPES))
      .option("--create-target", "make the target's store when it is not there")
      .addOption(fromPassphraseFileOption())
      .addOption(toPassphraseFileOption())
      .action((options) =>
        run(async (session) => {
          const { plan: file } = options;
          if (file === undefined) throw usageError("Name the file for the plan with --plan FILE.", "--plan");
          const ends = await findEnds(session, { ...options, create: options.createTarget === true });
          const { openPlan, planMigration, writePlan } = await import("@keyrail/migration");
          const path = resolve(session.cwd, file);
          return withEnds(ends, async ({ source, target }) => {
            const progress = workProgress("keys", session);
            const groups = new PlanGroups();
            try {
              const plan = planMigration({
                source,
                target,
                options: planOptions(options),
                signal: session.signal,
                onProgress: ({ phase, keys }) =>
                  progress.show({ done: keys, note: phase === "target" ? "at the target" : "planned" }),
              });
              const overwrite = options.force === true;
              await writePlan(
                path,
                { ...plan, keys: grouped(plan.keys, groups) },
                { overwrite, signal: session.signal },
              );
            } finally {
              progress.end();
            }
            const written = { ...(await openPlan(path, session.signal)), file };
            return planResult(written, groups, `Next: keyrail migrate apply --plan ${file}`, session);
          });
        }),
      );
  },
};

function planOptions(options: {
  readonly import: boolean;
  readonly retainSecretKeys?: true | undefined;
  readonly dropAlgorithm?: PlanOptions["dropAlgorithms"] | undefined;
  readonly labelPrefix?: string | undefined;
  readonly keyType?: PlanOptions["keyTypes"] | undefined;
}): Partial<PlanOptions> {
  return {
    noImport: !options.import,
    ...(options.retainSecretKeys === undefined ? {} : { retainSecretKeys: true }),
    ...(options.dropAlgorithm === undefined ? {} : { dropAlgorithms: options.dropAlgorithm }),
    ...(options.labelPrefix === undefined ? {} : { labelPrefix: options.labelPrefix }),
    ...(options.keyType === undefined ? {} : { keyTypes: options.keyType }),
  };
}
