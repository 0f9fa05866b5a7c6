/** From what a check threw to the state of its cell. */

import { type ErrorCode, isKeyrailError, type KeyrailError } from "@keyrail/core";
import type { CellState } from "../options.ts";
import { Blocked, ExpectationFailed, RawProviderError } from "../outcome.ts";

/** How a check ended. */
export interface Ending {
  readonly state: CellState;
  readonly detail?: string;
  readonly code?: ErrorCode;
}

/** Codes that say something about this run's rights, not about the provider's conformance. */
const BLOCKING: readonly ErrorCode[] = ["AuthenticationFailed", "PermissionDenied", "ApprovalPending"];

/** Codes that say the back end was not there to be judged, or that nobody classified the error. */
const INCONCLUSIVE: readonly ErrorCode[] = [
  "ConnectionFailed",
  "ProviderUnavailable",
  "StoreUnavailable",
  "RateLimited",
  "UnknownOutcome",
  "DeadlineExceeded",
  "Internal",
];

/** Judges what was thrown. Texts of errors that are not the suite's or Keyrail's own are not repeated. */
export function classify(thrown: unknown): Ending {
  if (thrown instanceof ExpectationFailed) return { state: "fail", detail: thrown.message };
  if (thrown instanceof Blocked) return { state: "blocked", detail: thrown.message };
  if (thrown instanceof RawProviderError) return { state: "error", detail: thrown.message };
  if (isKeyrailError(thrown)) {
    const detail = `${thrown.code}: ${thrown.message}${placeOf(thrown)}`;
    if (BLOCKING.includes(thrown.code)) return { state: "blocked", detail, code: thrown.code };
    if (INCONCLUSIVE.includes(thrown.code)) return { state: "error", detail, code: thrown.code };
    return { state: "fail", detail: `an operation that is declared is refused: ${detail}`, code: thrown.code };
  }
  const kind = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : typeof thrown;
  return { state: "error", detail: `the check itself crashed: ${kind}` };
}

const FRAME = /^ +at .*?([\w.-]{1,80}:\d+):\d+\)?$/;

/**
 * Of what an adapter threw and did not classify, its kind and where: what its author needs to find it. Not its text, which may
 * quote a secret.
 */
function placeOf({ code, cause }: KeyrailError): string {
  if (code !== "Internal" || !(cause instanceof Error)) return "";
  const frame = cause.stack?.split("\n").find((line) => FRAME.test(line));
  const place = frame === undefined ? undefined : FRAME.exec(frame)?.[1];
  return ` The cause is a ${cause.constructor.name}${place === undefined ? "" : ` thrown at ${place}`}.`;
}
