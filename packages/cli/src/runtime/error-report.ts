/** Errors as the user sees them: one sentence and what to do, or one JSON document; never a stack trace unasked. */

import { ERROR_GUIDE, type ErrorCode, isKeyrailError, KeyrailError, printable } from "@keyrail/core";
import { styleText } from "node:util";
import { fileError } from "../files/file-error.ts";
import { EXIT, EXIT_CODE_OF_ERROR, type ExitCode } from "./exit-codes.ts";
import type { Session } from "./session.ts";

/** Hints in the words of the command line, where the guide of core speaks of members of an object. */
const COMMAND_HINTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  InvalidRequest: "`--help` after the command shows its arguments and options, with examples.",
  UnsupportedCapability: "`keyrail capabilities` shows what each provider can do, `keyrail explain` why not.",
  LimitExceeded: "`keyrail capabilities` lists every limit.",
  KeyNotFound: "`keyrail keys list` shows the keys of a provider, `keyrail alias list` the aliases.",
  UsageNotPermitted: "Make a key with that usage (`--usage`); usages of an existing key can't be widened.",
  NotExtractable: "Only keys made or imported with `--extractable` can be exported.",
  InvalidKeyMaterial: "Check where the key comes from. Nothing was stored.",
  WrongPassword: "Give the password of the key file with `--password-file FILE`.",
  IntegrityFailed: "Restore what the message names from a backup.",
  StoreUnavailable: "Check path and permissions of what the message names.",
  PermissionDenied: "Grant the credentials what the message names.",
  RateLimited: "Wait, then repeat it.",
  DeadlineExceeded: "If it changes something, repeat it with the same `--idempotency-key`.",
  UnknownOutcome: "Look for the key before you make another, or repeat it with the same `--idempotency-key`.",
  ProviderUnavailable: "Mend what the message names, then repeat it.",
  OperationRefused: "The message has what the provider tells of its reason.",
  IdempotencyConflict: "Use a fresh `--idempotency-key` for a new key.",
  Aborted: "Interrupted. Where something was being changed, the same command goes on with it or says what is there.",
  ApprovalPending: "Keep the ticket (`--json` prints it) and resume it once it is decided.",
  InvalidConfiguration: "Correct what the message points at.",
  Internal: "Set KEYRAIL_DEBUG=1 to see where it happened, and report it.",
};

/** Where an error of standard output happened: its `context.path`. */
const STANDARD_OUTPUT = "standard output";

/** What to do about an error: one or two sentences. */
export function hintOf(error: KeyrailError): string {
  // A stage of a migration that comes too early or too late: no provider was asked.
  if (isKeyrailError(error, "OperationRefused") && error.context.provider.startsWith("migration")) {
    return "Nothing was changed; `keyrail migrate status` says where the run stands.";
  }
  if (isKeyrailError(error, "InvalidRequest") && error.context.path === "run") {
    return "`keyrail migrate status --all` lists the runs of the journal.";
  }
  if (isKeyrailError(error, "InvalidRequest") && error.context.path === STANDARD_OUTPUT) {
    return "What the command did is done; only its words are lost.";
  }
  return COMMAND_HINTS[error.code] ?? ERROR_GUIDE[error.code].remedy;
}

/** Any error as a `KeyrailError`; a foreign one is a defect. */
export function asKeyrailError(error: unknown): KeyrailError {
  if (isKeyrailError(error)) return error;
  // The text of a foreign error may quote what it worked on, so only its kind is shown.
  const name = error instanceof Error ? error.name : typeof error;
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? ` (${error.code})` : "";
  return new KeyrailError(
    "Internal",
    `The command failed in a way it should not: ${name}${code}.`,
    {},
    { cause: error },
  );
}

/** Prints an error on standard error and gives the exit code. */
export function printError(
  thrown: unknown,
  { json, warnings = [] }: { readonly json: boolean; readonly warnings?: Session["warnings"] },
): ExitCode {
  const error = asKeyrailError(thrown);
  const hint = hintOf(error);
  if (json) {
    const document = { error: { ...error.toJSON(), hint }, ...(warnings.length === 0 ? {} : { warnings }) };
    process.stderr.write(`${JSON.stringify(document)}\n`);
  } else {
    const label = styleText("red", "keyrail:", { stream: process.stderr });
    process.stderr.write(`${label} ${error.message}\n${styleText("dim", `  ${hint}`, { stream: process.stderr })}\n`);
  }
  if (process.env["KEYRAIL_DEBUG"]) printStack(thrown);
  return EXIT_CODE_OF_ERROR[error.code];
}

/**
 * Says that standard output can't be written, such as on a full disk, and gives the exit code. The command itself may have done
 * all it was to do.
 */
export function printOutputError(error: unknown, { json }: { readonly json: boolean }): ExitCode {
  printError(fileError(error, "Standard output", STANDARD_OUTPUT), { json });
  return EXIT.failed;
}

function printStack(thrown: unknown): void {
  let error: unknown = thrown;
  for (let depth = 0; error instanceof Error && depth < 8; depth++) {
    process.stderr.write(`${depth === 0 ? "" : "caused by "}${error.stack ?? printable(error.message)}\n`);
    error = error.cause;
  }
}
