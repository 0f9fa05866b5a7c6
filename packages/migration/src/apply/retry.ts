/** When a failed step is tried again, and when its failure is everybody's. */

import { randomInt } from "node:crypto";
import { type ErrorCode, isKeyrailError, KeyrailError } from "@keyrail/core";

/** How failed steps are repeated. */
export interface RetryPolicy {
  /** How often a step is begun before its key fails; default 8. */
  readonly attempts: number;
  /** Milliseconds: the first pause is at most this, each following at most twice the one before; default 250. */
  readonly firstPause: number;
  /** Milliseconds no pause exceeds, unless the vendor asks for more; default 30,000. */
  readonly longestPause: number;
}

/** What is done when nothing else is said: about a minute of patience. */
export const DEFAULT_RETRY: RetryPolicy = { attempts: 8, firstPause: 250, longestPause: 30_000 };

/** Nothing that is true of one key alone: repeated for the next key, it would fail the same way. */
const EVERYBODYS: ReadonlySet<ErrorCode> = new Set([
  "AuthenticationFailed",
  "IdentityMismatch",
  "InvalidConfiguration",
  "StoreUnavailable",
  "WrongPassphrase",
  "Closed",
]);

/** A vendor that does not serve: when repeating did not help, the next key would not fare better. */
const OUT_OF_REACH: ReadonlySet<ErrorCode> = new Set(["ConnectionFailed", "ProviderUnavailable", "RateLimited"]);

/** Any error as Keyrail's. */
export function asKeyrailError(error: unknown): KeyrailError {
  if (isKeyrailError(error)) return error;
  return new KeyrailError(
    "Internal",
    "A step of the migration failed with an error that is not Keyrail's.",
    {},
    { cause: error },
  );
}

/**
 * Milliseconds to wait before the next attempt; undefined when repeating does not help.
 *
 * A random part of a growing span ("full jitter"): keys that failed together do not come back together. What has an
 * unknown outcome is repeated as well, since every step may be: making keys by its idempotency key, the others by nature.
 *
 * @param failed how many attempts have failed, this one included.
 */
export function pauseBefore(error: KeyrailError, failed: number, policy: RetryPolicy): number | undefined {
  const { retry } = error;
  if (retry === "never" || failed >= policy.attempts) return undefined;
  const span = Math.min(policy.longestPause, policy.firstPause * 2 ** (failed - 1));
  const pause = randomInt(0, Math.max(1, Math.ceil(span)) + 1);
  return typeof retry === "object" ? retry.after + pause : pause;
}

/** Whether an error that ended all attempts of a step stops the run at once. */
export function isSystematic(error: KeyrailError): boolean {
  return EVERYBODYS.has(error.code) || OUT_OF_REACH.has(error.code);
}

/**
 * Notices failures that are not called systematic and are so all the same, such as a missing permission: the first
 * keys that came to a step failed alike, and none has passed it.
 */
export class FirstFailures {
  readonly #limit: number;
  readonly #steps = new Map<string, { passed: boolean; code: ErrorCode | undefined; alike: number }>();

  /** @param limit how many failures of one code, none passed, stop the run. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  passed(step: string): void {
    this.#of(step).passed = true;
  }

  /** True when the run had better stop. A missing permission is enough once. */
  failed(step: string, code: ErrorCode): boolean {
    const known = this.#of(step);
    known.alike = known.code === code ? known.alike + 1 : 1;
    known.code = code;
    return !known.passed && (code === "PermissionDenied" || known.alike >= this.#limit);
  }

  #of(step: string): { passed: boolean; code: ErrorCode | undefined; alike: number } {
    const known = this.#steps.get(step) ?? { passed: false, code: undefined, alike: 0 };
    this.#steps.set(step, known);
    return known;
  }
}
