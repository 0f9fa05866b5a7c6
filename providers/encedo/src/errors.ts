/** From what the device answers to errors of Keyrail (encedo-hem.md, section 1, "Status codes"). */

import { isKeyrailError, KeyrailError, type RetryAdvice } from "@keyrail/core";

/** The provider's name, in every error. */
export const PROVIDER = "encedo";
const TITLE = "The Encedo HEM";

/** What the request was for. */
export interface RequestFacts {
  /** In a word or two: "create key". */
  readonly operation: string;
  /** Whether the device may have changed something when its answer makes no sense. */
  readonly mutates: boolean;
  /** The scope of the bearer that was sent. */
  readonly scope?: string;
}

/**
 * The error of a status other than 200, 401, 406 and 409, which callers treat by themselves. Statuses that no document
 * names are kept in the context.
 */
export function refusedStatus(status: number, facts: RequestFacts): KeyrailError {
  const { operation, mutates, scope } = facts;
  switch (status) {
    case 400:
      return refused(operation, "the device calls the request malformed (400)");
    case 403:
      return new KeyrailError(
        "PermissionDenied",
        `${TITLE} does not let this login ${operation}: it refused the scope "${scope ?? "none"}" (403).`,
        { provider: PROVIDER, ...(scope === undefined ? {} : { permission: scope }) },
      );
    case 410:
      return unavailable("the key repository is not ready (410)", { after: 1000 });
    case 413:
      return refused(operation, "the request is too large for the device (413)");
    case 429:
      return new KeyrailError("RateLimited", `${TITLE} or a gateway before it limits the rate (429).`, {
        provider: PROVIDER,
      });
    default:
      if (status >= 500) return failed(status, facts);
      return unexpected(`${operation} was answered with status ${status}`, { mutates, status });
  }
}

/** 500: an allocation failed or the answer could not be written; what was asked for may have happened. */
function failed(status: number, { operation, mutates }: RequestFacts): KeyrailError {
  if (!mutates) return unavailable(`the device failed to ${operation} (${status})`, "safe");
  return new KeyrailError(
    "UnknownOutcome",
    `${TITLE} failed while it was to ${operation} (${status}); it may have been done.`,
    { provider: PROVIDER, operation },
  );
}

/** The device did what it should not: the answer is not used. */
export function unexpected(
  reason: string,
  options: { readonly mutates: boolean; readonly status?: number; readonly cause?: unknown },
): KeyrailError<"UnexpectedResponse"> {
  const { mutates, status, cause } = options;
  return new KeyrailError(
    "UnexpectedResponse",
    `${TITLE} did not answer as its interface says: ${reason}${mutates ? "; it may have been done" : ""}.`,
    { provider: PROVIDER, reason, ...(status === undefined ? {} : { status }) },
    { retry: mutates ? "unknown-outcome" : "never", ...(cause === undefined ? {} : { cause }) },
  );
}

/** The device can't serve now, or not at all until somebody mends it. */
export function unavailable(reason: string, retry: RetryAdvice): KeyrailError<"ProviderUnavailable"> {
  return new KeyrailError(
    "ProviderUnavailable",
    `${TITLE} can't serve: ${reason}.`,
    { provider: PROVIDER, reason },
    { retry },
  );
}

/** The device said no for a reason of its own. */
export function refused(operation: string, reason: string): KeyrailError<"OperationRefused"> {
  return new KeyrailError("OperationRefused", `${TITLE} refused to ${operation}: ${reason}.`, {
    provider: PROVIDER,
    reason,
  });
}

/** No such key on the device. */
export function keyNotFound(uri: string): KeyrailError<"KeyNotFound"> {
  return new KeyrailError("KeyNotFound", `There is no key ${uri} on the device.`, { key: uri });
}

/** The credentials were not accepted. */
export function authenticationFailed(reason: string): KeyrailError<"AuthenticationFailed"> {
  return new KeyrailError("AuthenticationFailed", `${TITLE} did not accept the login: ${reason}.`, {
    provider: PROVIDER,
    reason,
  });
}

/** Something the caller gave for logins (a callback, a relay) failed; the device has refused nothing. */
export function loginHelperFailed(what: string, cause: unknown): KeyrailError<"AuthenticationFailed"> {
  return new KeyrailError(
    "AuthenticationFailed",
    `The ${what} for the Encedo HEM failed; no login was sent. See the cause.`,
    { provider: PROVIDER, reason: what },
    { cause, retry: "safe" },
  );
}

/** Another device answers than the one that was configured, or than the one that answered before. */
export function wrongDevice(expected: string, actual: string): KeyrailError<"IdentityMismatch"> {
  return new KeyrailError(
    "IdentityMismatch",
    `The device at this address has the identity ${actual} and not ${expected}; nothing more is sent to it.`,
    { provider: PROVIDER, expected, actual },
  );
}

/** Whether the device may have done what the failed call asked for. */
export function isOutcomeUnknown(error: unknown): boolean {
  return isKeyrailError(error) && error.retry === "unknown-outcome";
}
