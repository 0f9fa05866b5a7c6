/** What each error code means and what to do: the source of `docs/errors.md` and of the command's hints. */

import type { ErrorCode } from "./errors.ts";

/** Two sentences for people. */
export interface ErrorGuide {
  readonly meaning: string;
  readonly remedy: string;
}

/** One entry per code; the compiler sees to it that none is missing. */
export const ERROR_GUIDE: Readonly<Record<ErrorCode, ErrorGuide>> = {
  InvalidRequest: {
    meaning: "The request is malformed. It was refused before anything was sent.",
    remedy: "Correct the member that `context.path` names.",
  },
  UnsupportedCapability: {
    meaning: "The provider does not declare this combination of key type, operation and algorithm. Nothing was sent.",
    remedy: "Do what `context.nearest` says, or choose another provider; `explain` answers the question beforehand.",
  },
  LimitExceeded: {
    meaning: "A length or count lies outside what the provider declares. Nothing was sent.",
    remedy: "Stay within `context.maximum`; the capability table lists every limit.",
  },
  KeyNotFound: {
    meaning: "There is no such key, or the caller may not see it.",
    remedy: "Check the key URI; list the keys of the provider.",
  },
  KeyExists: {
    meaning: "The provider already holds this key, and holds each key once.",
    remedy: "Use the existing key, or remove it first.",
  },
  UsageNotPermitted: {
    meaning: "The key's usages, or the algorithms it is restricted to, do not allow the operation.",
    remedy: "Make a key with that usage. Usages of an existing key can't be widened.",
  },
  NotExtractable: {
    meaning: "The key was not made extractable, so its secret half never leaves the provider.",
    remedy: "Rotate to a new key, or make extractable keys from the start where they must be moved.",
  },
  InvalidKeyMaterial: {
    meaning: "Key bytes, a point, a scalar or a key file are not what they claim to be.",
    remedy: "Check the source of the key; `context.reason` says what is wrong. Nothing was stored.",
  },
  WrongPassword: {
    meaning: "The password does not open the key file, or the file needs one and none was given.",
    remedy: "Give the right password.",
  },
  DecryptionFailed: {
    meaning: "Authentication, padding or unwrapping failed. The text is the same for every cause, on purpose.",
    remedy: "Check key, algorithm, initialisation vector and additional data; otherwise the data was altered.",
  },
  IntegrityFailed: {
    meaning: "A stored record does not match its authentication tag: damaged or tampered with.",
    remedy: "Restore this record from a backup. Other records are not affected.",
  },
  WrongPassphrase: {
    meaning: "The passphrase or key-encryption key does not open the store.",
    remedy: "Give the passphrase the store was made with, or last re-wrapped to.",
  },
  StoreUnavailable: {
    meaning: "The store can't be read or written.",
    remedy: "`context.reason` says why: permissions, a full disk, a newer format, another process.",
  },
  AuthenticationFailed: {
    meaning: "The provider refused the credentials.",
    remedy: "Check passphrase, token or credential key, and the provider's clock.",
  },
  PermissionDenied: {
    meaning: "The credentials are right but may not do this.",
    remedy: "Grant what `context.permission` names.",
  },
  RateLimited: {
    meaning: "Too many requests; the provider did nothing.",
    remedy: "Wait as long as `retry` says, or lower the configured rate.",
  },
  DeadlineExceeded: {
    meaning: "The deadline passed before the answer came.",
    remedy: "For a call that changes something, repeat it with the same `idempotencyKey`.",
  },
  Aborted: {
    meaning: "The caller's signal was aborted.",
    remedy: "For a call that changes something, repeat it with the same `idempotencyKey` to learn what became of it.",
  },
  ConnectionFailed: {
    meaning: "The provider could not be reached; nothing was sent.",
    remedy: "Check host, network and certificate authority; then repeat.",
  },
  UnexpectedResponse: {
    meaning: "The provider answered, but not as its contract says.",
    remedy: "Check that the URI names the right host and version; report it with the status.",
  },
  ProviderUnavailable: {
    meaning: "The provider is in a state in which it can't serve.",
    remedy: "`context.reason` says which: self-test, initialisation, capacity. Mend that, then repeat.",
  },
  OperationRefused: {
    meaning: "The provider refused the operation for a reason of its own.",
    remedy: "`context.reason` says which, as far as the provider tells.",
  },
  UnknownOutcome: {
    meaning: "The answer to a call that changes something was lost; the provider may have done it.",
    remedy: "Repeat it with an `idempotencyKey`; without one, look for the key before making another.",
  },
  IdempotencyConflict: {
    meaning: "The idempotency key was used before for another request.",
    remedy: "Use a fresh idempotency key for a new intent.",
  },
  ApprovalPending: {
    meaning: "People have to approve the operation first. Nothing is lost.",
    remedy: "Keep `context.ticket` and resume it, in any process, once it is decided.",
  },
  ApprovalDenied: {
    meaning: "An approver refused the operation.",
    remedy: "Ask them; a new call starts a new approval.",
  },
  SignatureMismatch: {
    meaning: "The provider returned a signature that does not verify under the key's public key; it was discarded.",
    remedy: "Do not use this provider until the cause is known.",
  },
  IdentityMismatch: {
    meaning: "The host answers as another device or organisation than the one configured.",
    remedy: "Check host and network. If the device was replaced, configure the new identity on purpose.",
  },
  InvalidConfiguration: {
    meaning: "A configuration value is wrong.",
    remedy: "Correct what `context.path` and `context.line` point at.",
  },
  PlanOutdated: {
    meaning: "A migration plan no longer tells the truth: a provider or its keys have changed since it was made.",
    remedy: "Make a new plan and compare it with the old one; the message names the first difference.",
  },
  Closed: {
    meaning: "The provider, or the opened key, was closed.",
    remedy: "Open it again.",
  },
  Internal: {
    meaning: "A defect in Keyrail or in an adapter.",
    remedy: "Report it with the code and the cause; check the cause for secrets before sharing it.",
  },
};

/** The error-code page as Markdown. */
export function renderErrorGuide(): string {
  const lines = [
    "# Error codes",
    "",
    "Generated from the error guide in `@keyrail/core`; do not edit by hand. Every error has `code`, `message`, `context`, `retry` and, where there is one, `cause`.",
    "",
  ];
  for (const [code, guide] of Object.entries(ERROR_GUIDE)) {
    lines.push(`## ${code}`, "", guide.meaning, "", guide.remedy, "");
  }
  return lines.join("\n");
}
