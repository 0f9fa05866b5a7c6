import type { JournalUpdate, RecordedError } from "../journal/journal.ts";
import type { Strategy } from "../plan/plan.ts";
import { isGone } from "../proof/verify-key.ts";
import type { Verification } from "../proof/verification.ts";

/** The key whose verification failed. */
export interface FailedKey {
  readonly ordinal: number;
  readonly strategy: Strategy;
  /** Of an earlier attempt. */
  readonly error?: Pick<RecordedError, "refusals">;
}

/** What people can do about a key that is gone. */
const MADE_AGAIN = "Apply the run again: it makes another one in its place.";
const ADOPTED = "The plan found it there and makes none: make a new plan.";
const CUT_OVER = "The run is cut over: roll it back, then make a new plan.";

/**
 * What the journal says of a key that did not pass. A key that is gone from the target, though the run had made it, is to
 * be made once more: the journal forgets it, and its proof with it.
 *
 * @param cutOver whether the run is cut over, and so is not applied again.
 */
export function failedVerification(key: FailedKey, verification: Verification, cutOver: boolean): JournalUpdate {
  const { name, detail } = verification.checks.find(({ passed }) => !passed) ?? { name: "check", detail: "It failed." };
  const message = `The check "${name}" failed: ${detail}`;
  const refusals = key.error?.refusals === undefined ? {} : { refusals: key.error.refusals };
  const failed = { ordinal: key.ordinal, state: "failed", verification, ticket: null } as const;
  if (!isGone(verification)) return { ...failed, error: { code: "UnexpectedResponse", message, ...refusals } };
  const again = key.strategy !== "adopt" && !cutOver;
  const advice = again ? MADE_AGAIN : cutOver ? CUT_OVER : ADOPTED;
  return {
    ...failed,
    error: { code: "KeyNotFound", message: `${message} ${advice}`, ...refusals },
    ...(again ? { target: null, targetPublicKey: null, proof: null } : {}),
  };
}
