/**
 * The one error hierarchy of Keyrail.
 *
 * Every failure that leaves a port is a {@link KeyrailError} with a stable `code`, a context typed per
 * code, a retry advice and, where there is one, the `cause`. Messages and contexts are safe to log: no
 * secret, no raw vendor body, no control character.
 */

import type { Operation } from "./vocabulary.ts";

/**
 * Whether the call may be made again.
 *
 * - `never`: the same call fails the same way.
 * - `safe`: nothing happened at the provider; repeat at will.
 * - `{ after }`: as `safe`, but wait that many milliseconds.
 * - `unknown-outcome`: the provider may have done it. Look before repeating, or use an `idempotencyKey`.
 */
export type RetryAdvice = "never" | "safe" | "unknown-outcome" | { readonly after: number };

/** The context of each code: plain data, safe to log and to serialise. */
export interface ErrorContexts {
  /** The request is malformed; refused before any network call. */
  InvalidRequest: { readonly path?: string; readonly expected?: string };
  /** The provider does not declare this; refused before any network call. Text is that of `explain`. */
  UnsupportedCapability: {
    readonly provider: string;
    readonly operation: string;
    readonly keyType?: string;
    readonly algorithm?: string;
    readonly nearest?: string;
  };
  /** A length or count is over the provider's declared limit; refused before any network call. */
  LimitExceeded: { readonly limit: string; readonly maximum: number; readonly actual: number };
  /** No such key (or it is not visible to this caller). */
  KeyNotFound: { readonly key: string };
  /** The provider already holds this key. */
  KeyExists: { readonly key?: string };
  /** The key's usages or algorithms do not allow the operation. */
  UsageNotPermitted: { readonly key?: string; readonly usage: string };
  /** The key was not created extractable. */
  NotExtractable: { readonly key: string };
  /** Key bytes, a point, a scalar or a key file that is not what it claims. */
  InvalidKeyMaterial: { readonly reason: string; readonly format?: string };
  /** A key file's password does not open it. */
  WrongPassword: { readonly format?: string };
  /** Authenticated decryption, padding or unwrapping failed. One code and one text for every cause. */
  DecryptionFailed: { readonly algorithm?: string };
  /** A stored record or a file does not match its authentication tag: it was damaged or tampered with. */
  IntegrityFailed: { readonly key?: string; readonly store?: string };
  /** The store's passphrase or key-encryption key does not open it. */
  WrongPassphrase: { readonly store?: string };
  /** The store can't be read or written (permissions, disk full, newer format, locked by another process). */
  StoreUnavailable: { readonly store?: string; readonly reason: string };
  /** Credentials refused by the provider. */
  AuthenticationFailed: { readonly provider: string; readonly reason?: string };
  /** Credentials accepted, but they may not do this. */
  PermissionDenied: { readonly provider: string; readonly permission?: string };
  /** Too many requests. `retry` carries the wait. */
  RateLimited: { readonly provider: string };
  /** The deadline passed. */
  DeadlineExceeded: { readonly timeoutMs?: number };
  /** The caller's signal was aborted. */
  Aborted: { readonly operation?: string };
  /** The provider can't be reached, or the connection broke before anything was sent. */
  ConnectionFailed: { readonly provider: string; readonly reason?: string };
  /** The provider answered, but not as its contract says. */
  UnexpectedResponse: { readonly provider: string; readonly status?: number; readonly reason: string };
  /** The provider is in a state in which it can't serve (self-test failed, not initialised, out of capacity). */
  ProviderUnavailable: { readonly provider: string; readonly reason: string };
  /** The provider refused the operation for a reason of its own. */
  OperationRefused: { readonly provider: string; readonly reason: string };
  /** The answer to a state-changing call was lost. `idempotencyKey` settles it. */
  UnknownOutcome: { readonly provider: string; readonly operation: string };
  /** The same idempotency key was used for another request. */
  IdempotencyConflict: { readonly idempotencyKey: string };
  /** An approval is pending; `ticket` resumes the call in any process. */
  ApprovalPending: { readonly ticket: ApprovalTicket };
  /** An approver refused. */
  ApprovalDenied: { readonly provider: string; readonly reason?: string };
  /** A signature returned by a remote provider does not verify under the key's public key. */
  SignatureMismatch: { readonly provider: string; readonly key: string };
  /** The host answers as another device or organisation than the one configured. */
  IdentityMismatch: { readonly provider: string; readonly expected: string; readonly actual: string };
  /** A configuration value or file is wrong; `path` and `line` point at it. */
  InvalidConfiguration: { readonly path?: string; readonly line?: number };
  /** A migration plan no longer tells the truth: a provider or its keys have changed since it was made. */
  PlanOutdated: { readonly plan: string; readonly differences: number };
  /** The provider or the handle was closed. */
  Closed: { readonly what: string };
  /** A defect in Keyrail or in an adapter: an error that no adapter classified. */
  Internal: { readonly operation?: string };
}

/** A pending vendor approval, plain JSON: keep it, send it, resume it anywhere. Holds no secret. */
export interface ApprovalTicket {
  readonly version: 1;
  readonly provider: string;
  /** Key URI of the key the operation is on. */
  readonly key: string;
  readonly operation: Operation;
  /** The vendor's id of the pending request. */
  readonly reference: string;
  /** The vendor's id of the approval, where it has one. */
  readonly approval?: string;
  /** What `resume` needs to finish and check the result (public data only; bytes as base64url). */
  readonly state: Readonly<Record<string, string>>;
}

/** Every stable error code. */
export type ErrorCode = keyof ErrorContexts;

/** Options of every {@link KeyrailError}. */
export interface ErrorOptions {
  readonly retry?: RetryAdvice;
  readonly cause?: unknown;
}

const DEFAULT_RETRY: Partial<Record<ErrorCode, RetryAdvice>> = {
  RateLimited: { after: 1000 },
  ConnectionFailed: "safe",
  ProviderUnavailable: "safe",
  Aborted: "safe",
  DeadlineExceeded: "unknown-outcome",
  UnknownOutcome: "unknown-outcome",
};

/** The error every port throws. Narrow with {@link isKeyrailError}. */
export class KeyrailError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "KeyrailError";
  /** Stable across versions; documented in `docs/errors.md`. */
  readonly code: C;
  /** Typed per code; plain, loggable data. */
  readonly context: ErrorContexts[C];
  /** Whether the call may be made again. */
  readonly retry: RetryAdvice;

  /** @param message one or two sentences a stranger can act on; control characters are replaced. */
  constructor(code: C, message: string, context: ErrorContexts[C], options: ErrorOptions = {}) {
    super(printable(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.context = context;
    this.retry = options.retry ?? DEFAULT_RETRY[code] ?? "never";
  }

  /** Plain data for a log or a JSON answer: code, message, context, retry. Never the cause. */
  toJSON(): { code: C; message: string; context: ErrorContexts[C]; retry: RetryAdvice } {
    return { code: this.code, message: this.message, context: this.context, retry: this.retry };
  }
}

/** A {@link KeyrailError} of any code, as a union: `switch (error.code)` narrows `error.context`. */
export type AnyKeyrailError = { readonly [C in ErrorCode]: KeyrailError<C> }[ErrorCode];

/** True for a {@link KeyrailError}, of one code when `code` is given. */
export function isKeyrailError(error: unknown): error is AnyKeyrailError;
export function isKeyrailError<C extends ErrorCode>(error: unknown, code?: C): error is KeyrailError<C>;
export function isKeyrailError(error: unknown, code?: ErrorCode): boolean {
  return error instanceof KeyrailError && (code === undefined || error.code === code);
}

/** Replaces control characters (line breaks included) and cuts after 500 characters. */
export function printable(text: string, maximum = 500): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this removes
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, " ");
  return clean.length <= maximum ? clean : `${clean.slice(0, maximum - 1)}…`;
}
