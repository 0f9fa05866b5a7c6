import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import { wipe } from "@keyrail/core";
import { writeOutputFile } from "../files/write-file.ts";
import { usageError } from "../runtime/usage-error.ts";
import type { CommandModule } from "./command-module.ts";

/** `keyrail evidence challenge` */
export const makeEvidenceChallenge: CommandModule = {
  words: ["evidence", "challenge"],
  summary: "make an auditor's keys, for keys of a migration that can't sign",
  details: `A key that only agrees (X25519, X448, ECDH) proves itself by answering a challenge, and that convinces whoever made the challenge.
So the auditor makes one: FILE has the private keys and stays with the auditor; FILE.pub has the public keys, and goes to whoever
runs the migration, before \`keyrail migrate verify --auditor-key FILE.pub\`. \`keyrail evidence verify FOLDER --auditor-private-key-file FILE\` checks the
answers. One pair serves one migration.`,
  examples: [{ line: "keyrail evidence challenge --out auditor", does: "writes auditor and auditor.pub" }],
  define(command, run) {
    command
      .option("--out <file>", "file for the private keys; the public ones go beside it, into FILE.pub")
      .action((options) =>
        run(async (session) => {
          const { out } = options;
          if (out === undefined) throw usageError("Name the file for the private keys with --out FILE.", "--out");
          const { auditorKeysText, auditorPrivateKeysBytes, makeAuditorKeys, wipeAuditorKeys } =
            await import("@keyrail/migration");
          const keys = await makeAuditorKeys();
          const privateKeys = auditorPrivateKeysBytes(keys);
          try {
            await writeOutputFile({ file: out, path: "--out", secret: true }, privateKeys, session);
            await writeOutputFile(
              { file: `${out}.pub`, path: "--out", overwrite: false },
              auditorKeysText(keys),
              session,
            )
              // One file without the other is of no use.
              .catch(async (error: unknown) => {
                await rm(resolve(session.cwd, out), { force: true });
                throw error;
              });
          } finally {
            wipe(privateKeys);
            wipeAuditorKeys(keys);
          }
          const keyTypes = keys.map(({ keyType }) => keyType);
          return {
            document: { privateKeys: out, publicKeys: `${out}.pub`, keyTypes },
            text: [
              `Wrote private keys to ${out}, readable by you alone: keep them where the migration does not run.`,
              `Wrote public keys to ${out}.pub: keyrail migrate verify --auditor-key ${out}.pub has the keys answer them.`,
            ].join("\n"),
          };
        }),
      );
  },
};
