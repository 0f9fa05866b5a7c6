/** What the command's exit code says: a script can tell the kinds of failure apart without reading text. */

import type { ErrorCode } from "@keyrail/core";

/** Every exit code, by name. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  no: 3,
  notAllowed: 4,
  keyNotFound: 5,
  credentials: 6,
  unavailable: 7,
  unknownOutcome: 8,
  approvalPending: 9,
  distrust: 10,
  defect: 70,
  interrupted: 130,
  terminated: 143,
} as const;

/** An exit code of the command. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each exit code means, in the order of `--help` and of docs/cli.md. */
export const EXIT_CODE_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.ok, "done"],
  [EXIT.failed, "the operation failed, for example because of the key material"],
  [EXIT.usage, "wrong usage: arguments, options, configuration, a file that is not there"],
  [EXIT.no, "the answer is no: a signature is not valid, conformance failed, explain says no, a plan is outdated"],
  [EXIT.notAllowed, "the provider can't do it, or the key may not be used for it"],
  [EXIT.keyNotFound, "there is no such key, or it exists already"],
  [EXIT.credentials, "a password, passphrase or credential is wrong or not enough"],
  [EXIT.unavailable, "store or provider can't be reached or can't serve now; nothing was done"],
  [EXIT.unknownOutcome, "the answer was lost: look before you repeat it, or use --idempotency-key"],
  [EXIT.approvalPending, "people have to approve it first"],
  [EXIT.distrust, "damaged or not what it claims to be: a record, a signature, a host, an answer"],
  [EXIT.defect, "a defect in Keyrail"],
  [EXIT.interrupted, "interrupted (Ctrl-C)"],
  [EXIT.terminated, "terminated (SIGTERM)"],
];

/** The exit code of each error code. */
export const EXIT_CODE_OF_ERROR: Readonly<Record<ErrorCode, ExitCode>> = {
  InvalidRequest: EXIT.usage,
  InvalidConfiguration: EXIT.usage,
  InvalidKeyMaterial: EXIT.failed,
  DecryptionFailed: EXIT.failed,
  Closed: EXIT.failed,
  IdempotencyConflict: EXIT.failed,
  PlanOutdated: EXIT.no,
  UnsupportedCapability: EXIT.notAllowed,
  LimitExceeded: EXIT.notAllowed,
  UsageNotPermitted: EXIT.notAllowed,
  NotExtractable: EXIT.notAllowed,
  OperationRefused: EXIT.notAllowed,
  ApprovalDenied: EXIT.notAllowed,
  KeyNotFound: EXIT.keyNotFound,
  KeyExists: EXIT.keyNotFound,
  WrongPassword: EXIT.credentials,
  WrongPassphrase: EXIT.credentials,
  AuthenticationFailed: EXIT.credentials,
  PermissionDenied: EXIT.credentials,
  StoreUnavailable: EXIT.unavailable,
  RateLimited: EXIT.unavailable,
  ConnectionFailed: EXIT.unavailable,
  ProviderUnavailable: EXIT.unavailable,
  DeadlineExceeded: EXIT.unknownOutcome,
  UnknownOutcome: EXIT.unknownOutcome,
  ApprovalPending: EXIT.approvalPending,
  IntegrityFailed: EXIT.distrust,
  SignatureMismatch: EXIT.distrust,
  IdentityMismatch: EXIT.distrust,
  UnexpectedResponse: EXIT.distrust,
  Aborted: EXIT.interrupted,
  Internal: EXIT.defect,
};
