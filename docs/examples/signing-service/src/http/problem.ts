/** Errors as problem details (RFC 9457). */

import { ERROR_GUIDE, type ErrorCode, isKeyrailError, type KeyrailError } from "@keyrail/core";

/** A problem, ready to be sent. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    /** Where the service explains the code. */
    readonly type: string;
    readonly title: string;
    readonly status: number;
    readonly detail: string;
    /** Stable; clients decide by it. */
    readonly code: string;
    /** Whether the same call may succeed later: `never`, `safe` or `unknown-outcome`. */
    readonly retry: string;
  };
}

/**
 * What each code is for the caller. Where something behind the service is at fault, it is a 5xx: the caller's token and
 * request were right, also when a vendor refused the service's own credentials.
 */
export const STATUS_OF_CODE: Readonly<Record<ErrorCode, number>> = {
  InvalidRequest: 400,
  UnsupportedCapability: 422,
  LimitExceeded: 422,
  KeyNotFound: 404,
  KeyExists: 409,
  UsageNotPermitted: 422,
  NotExtractable: 422,
  InvalidKeyMaterial: 422,
  WrongPassword: 422,
  DecryptionFailed: 422,
  IntegrityFailed: 500,
  WrongPassphrase: 503,
  StoreUnavailable: 503,
  AuthenticationFailed: 502,
  PermissionDenied: 502,
  RateLimited: 503,
  DeadlineExceeded: 504,
  Aborted: 503,
  ConnectionFailed: 503,
  UnexpectedResponse: 502,
  ProviderUnavailable: 503,
  OperationRefused: 422,
  UnknownOutcome: 502,
  IdempotencyConflict: 409,
  ApprovalPending: 202,
  ApprovalDenied: 403,
  SignatureMismatch: 502,
  IdentityMismatch: 502,
  PlanOutdated: 409,
  InvalidConfiguration: 500,
  Closed: 503,
  Internal: 500,
};

/** Codes of an error of the framework, and what they are for the caller. */
const STATUS_TITLES: Readonly<Record<number, string>> = {
  400: "The request is malformed",
  401: "A bearer token is needed",
  404: "There is nothing here",
  413: "The body is too long",
  415: "The body must be application/json",
  500: "The service failed",
  503: "The service can't serve now",
};

/** The problem of any error. */
export function problemOf(error: unknown): Problem {
  if (isKeyrailError(error)) return problemOfKeyrailError(error);
  const status = statusOf(error);
  const message = error instanceof Error && status < 500 ? error.message : "The log of the service says more.";
  return problem(status, codeOf(error, status), STATUS_TITLES[status] ?? "The request failed", message, "never");
}

/** A problem that no error stands behind. */
export function problem(status: number, code: string, title: string, detail: string, retry = "never"): Problem {
  return { status, headers: {}, body: { type: `/problems/${code}`, title, status, detail, code, retry } };
}

function problemOfKeyrailError(error: KeyrailError): Problem {
  const { code, message, retry } = error;
  const status = STATUS_OF_CODE[code];
  const { meaning } = ERROR_GUIDE[code];
  // What is wrong behind the service is for its log; a caller could do nothing with hosts and paths.
  const detail = status >= 500 ? meaning : message;
  const title = meaning.split(". ")[0]?.replace(/\.$/, "") ?? meaning;
  const found = problem(status, code, title, detail, typeof retry === "object" ? "safe" : retry);
  if (typeof retry !== "object") return found;
  return { ...found, headers: { "retry-after": String(Math.max(1, Math.ceil(retry.after / 1000))) } };
}

function statusOf(error: unknown): number {
  if (typeof error !== "object" || error === null || !("statusCode" in error)) return 500;
  const { statusCode } = error;
  return typeof statusCode === "number" && statusCode >= 400 && statusCode < 600 ? statusCode : 500;
}

function codeOf(error: unknown, status: number): string {
  if (status >= 500) return "Internal";
  return typeof error === "object" && error !== null && "validation" in error ? "InvalidRequest" : `Http${status}`;
}
