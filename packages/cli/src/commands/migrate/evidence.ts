import { resolve } from "node:path";
import type { EvidenceKey } from "@keyrail/migration";
import { findDatabaseIfAny } from "../../databases/database-uri.ts";
import { journalOption, runOption, withRun } from "../../databases/journal.ts";
import { registryOption } from "../../databases/registry.ts";
import { findKey } from "../../providers/find-key.ts";
import { withProvider } from "../../providers/open-provider.ts";
import type { Session } from "../../runtime/session.ts";
import { usageError } from "../../runtime/usage-error.ts";
import { workProgress } from "../../runtime/work-progress.ts";
import type { CommandModule } from "../command-module.ts";

/** `keyrail migrate evidence` */
export const writeMigrationEvidence: CommandModule = {
  words: ["migrate", "evidence"],
  summary: "write a run's evidence: what an auditor checks without Keyrail",
  details: `A folder with the plan, the journal, the statements that old and new keys signed, public keys, results of checks, and a signed list of
all of it. Its digest is printed: note it elsewhere, it is what shows later that nothing was exchanged. --sign-with signs with a key of
yours; otherwise a key that is made for it and forgotten does. \`keyrail evidence verify\` checks it, docs/evidence.md says how others
do.`,
  examples: [
    { line: "keyrail migrate evidence --run RUN-ID --out evidence", does: "a new folder" },
    { line: "keyrail migrate evidence --out evidence --sign-with audit/log", does: "signed by a key of yours" },
  ],
  define(command, run) {
    command
      .addOption(runOption())
      .option("--out <folder>", "the folder; it must not be there")
      .option("--sign-with <key>", "key URI or alias of a key that signs the list of files")
      .addOption(registryOption())
      .addOption(journalOption())
      .action((options) =>
        run((session) => {
          const { out } = options;
          if (out === undefined) throw usageError("Name the folder for the evidence with --out FOLDER.", "--out");
          return withRun(session, options, (journal, { id, summary }) =>
            withSigner(session, options, async (signer) => {
              const { writeEvidence } = await import("@keyrail/migration");
              const registry = await existingRegistry(session, options.registry);
              await using _closed = registry;
              const progress = workProgress("keys", session);
              try {
                const { digest, manifest } = await writeEvidence({
                  journal,
                  run: id,
                  folder: resolve(session.cwd, out),
                  ...(signer === undefined ? {} : { signer }),
                  ...(registry === undefined ? {} : { registry }),
                  signal: session.signal,
                  onProgress: (done) => progress.show({ done, total: summary.keys }),
                });
                return {
                  document: { run: id, folder: out, digest, manifest },
                  text: `The evidence is in ${out}. Its digest is ${digest}\nNote it elsewhere, then: keyrail evidence verify ${out} --digest ${digest}`,
                };
              } finally {
                progress.end();
              }
            }),
          );
        }),
      );
  },
};

/** The registry of the run's aliases, where there is one. */
async function existingRegistry(
  session: Session,
  option: string | undefined,
): Promise<import("@keyrail/registry").Registry | undefined> {
  const found = await findDatabaseIfAny("registry", option, session);
  if (found === undefined) return undefined;
  const { openRegistry } = await import("@keyrail/registry");
  return openRegistry({ database: found.uri, signal: session.signal });
}

async function withSigner<Result>(
  session: Session,
  options: { readonly signWith?: string | undefined; readonly registry?: string | undefined },
  use: (signer: EvidenceKey | undefined) => Promise<Result>,
): Promise<Result> {
  if (options.signWith === undefined) return use(undefined);
  const found = await findKey(session, options.signWith, { registry: options.registry });
  return withProvider(found, (provider) => use({ provider, key: `${provider.uri}/${found.key}` }));
}
