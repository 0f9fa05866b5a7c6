import { printable, wipe } from "@keyrail/core";
import { resolve } from "node:path";
import type { AuditorPrivateKey, EvidenceVerdict } from "@keyrail/migration";
import { readInputFile } from "../files/read-file.ts";
import { publicKeyDocument } from "../keys/key-document.ts";
import { readPublicKey } from "../keys/read-key.ts";
import { EXIT } from "../runtime/exit-codes.ts";
import { counted } from "../runtime/plural.ts";
import type { Session } from "../runtime/session.ts";
import { usageError } from "../runtime/usage-error.ts";
import { workProgress } from "../runtime/work-progress.ts";
import type { CommandModule } from "./command-module.ts";

/** `keyrail evidence verify` */
export const verifyEvidenceCommand: CommandModule = evidenceVerification(["evidence", "verify"]);

/** `keyrail migrate evidence verify`: the same, where one looks for it. */
export const verifyMigrationEvidence: CommandModule = evidenceVerification(["migrate", "evidence", "verify"]);

function evidenceVerification(words: CommandModule["words"]): CommandModule {
  const line = `keyrail ${words.join(" ")}`;
  return {
    words,
    summary: "check the evidence of a migration, without network and without providers",
    details: `Every byte of every file against the signed list, every statement and signature, and that all files tell of one run. Held against
nothing from outside it shows only that its parts fit together: --digest is the one that was noted when it was written, --public-key
that of the key that signed it. --auditor-private-key-file has the private keys of \`keyrail evidence challenge\`: keys that agree and
can't sign must have answered them. Exit code 0: all of it holds; ${EXIT.distrust}: something does not, and which.`,
    examples: [
      { line: `${line} evidence --digest sha-256:DIGEST`, does: "against the digest that was noted" },
      { line: `${line} evidence --public-key auditor.pem --json`, does: "against the signer's public key" },
    ],
    define(command, run) {
      command
        .argument("<folder>", "the evidence bundle")
        .option("--digest <digest>", "the digest that was noted")
        .option("--public-key <file>", "file with the public key of the signer")
        .option("--auditor-private-key-file <file>", "the auditor's private keys")
        .action((folder, options) =>
          run(async (session) => {
            const { verifyEvidence } = await import("@keyrail/migration");
            const publicKey =
              options.publicKey === undefined
                ? undefined
                : await readPublicKey({ file: options.publicKey, path: "--public-key" }, session);
            const auditor = await auditorOf(options.auditorPrivateKeyFile, session);
            const progress = workProgress("keys", session);
            let verdict: EvidenceVerdict;
            try {
              verdict = await verifyEvidence(resolve(session.cwd, folder), {
                ...(options.digest === undefined ? {} : { digest: options.digest }),
                ...(publicKey === undefined ? {} : { publicKey }),
                ...(auditor === undefined ? {} : { auditor }),
                signal: session.signal,
                onProgress: (done) => progress.show({ done }),
              });
            } finally {
              progress.end();
              wipe(...(auditor ?? []).map(({ privateKey }) => privateKey));
            }
            if (verdict.digest === undefined && verdict.problems.length === 0) {
              throw usageError(`There is no evidence in ${folder}.`, "FOLDER");
            }
            return {
              document: documentOf(verdict),
              text: textOf(folder, verdict, session),
              exitCode: verdict.valid ? EXIT.ok : EXIT.distrust,
            };
          }),
        );
    },
  };
}

const MOST_AUDITOR_BYTES = 65_536;

async function auditorOf(
  file: string | undefined,
  session: Session,
): Promise<readonly AuditorPrivateKey[] | undefined> {
  if (file === undefined) return undefined;
  const { readAuditorPrivateKeys } = await import("@keyrail/migration");
  const input = { file, path: "--auditor-private-key-file", secret: true, maximumBytes: MOST_AUDITOR_BYTES };
  const content = await readInputFile(input, session);
  try {
    return readAuditorPrivateKeys(content);
  } finally {
    wipe(content);
  }
}

function documentOf({ signer, ...verdict }: EvidenceVerdict): Record<string, unknown> {
  if (signer === undefined) return verdict;
  const { publicKey, uri } = signer;
  return { ...verdict, signer: { ...(uri === undefined ? {} : { uri }), publicKey: publicKeyDocument(publicKey) } };
}

const SHOWN = 10;

function textOf(folder: string, verdict: EvidenceVerdict, session: Session): string {
  const { valid, anchored, problems, problemCount, digest, checked, run, signer } = verdict;
  if (!valid) {
    const shown = problems.slice(0, SHOWN).map(({ file, ordinal, reason }) => {
      return `  ${printable(file)}${ordinal === undefined ? "" : `, key ${ordinal}`}: ${printable(reason)}`;
    });
    const rest = problemCount > shown.length ? [`  and ${problemCount - shown.length} more`] : [];
    return [session.style("red", `The evidence in ${folder} does NOT hold:`), ...shown, ...rest].join("\n");
  }
  const { keys = 0, proofs = 0, signatures = 0, secret = 0, agreements = 0, audited = 0 } = checked ?? {};
  return [
    session.style(
      "green",
      `The evidence in ${folder} ${anchored ? "holds" : "is consistent"}: run ${run ?? "unknown"}.`,
    ),
    `  ${keys} keys, ${proofs} proofs and ${signatures} signatures checked again${secret === 0 ? "" : `; ${secret} proofs only the holders of a secret key can check in full`}`,
    ...agreementLines(agreements, audited),
    `  digest ${digest ?? "unknown"}`,
    `  signed by ${signer?.uri ?? "a key that was made for it and forgotten"}`,
    ...(anchored
      ? []
      : ["  Held against nothing from outside: --digest or --public-key show that it was not made anew."]),
  ].join("\n");
}

/** What proofs by answered challenges are worth to whoever reads this. */
function agreementLines(agreements: number, audited: number): string[] {
  const rest = agreements - audited;
  return [
    ...(audited === 0 ? [] : [`  ${counted(audited, "proof", "proofs")} answered the auditor's challenge`]),
    ...(rest === 0
      ? []
      : [
          `  ${counted(rest, "proof", "proofs")} by agreement convinced the program that made the challenge, and nobody else`,
        ]),
  ];
}
