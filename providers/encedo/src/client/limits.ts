/** What bounds a call: the caller's signal and deadline, and the time things take on the device. */

import { type CallOptions, KeyrailError } from "@keyrail/core";

/** Time, as a seam for tests. */
export interface Timing {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after that many milliseconds; rejects when the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Caller's signal and point of no more patience. */
export interface CallLimits {
  readonly signal?: AbortSignal;
  /** Milliseconds since the epoch, by {@link Timing.now}. */
  readonly deadline?: number;
  readonly timeout?: number;
}

/** No limits but the device's own. */
export const UNLIMITED: CallLimits = {};

/** The limits a caller's options set. */
export function limitsOf(options: CallOptions | undefined, timing: Timing): CallLimits {
  if (options === undefined) return UNLIMITED;
  const { signal, timeout } = options;
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(timeout === undefined ? {} : { timeout, deadline: timing.now() + timeout }),
  };
}

/**
 * Milliseconds the next request may take.
 *
 * @throws `Aborted` or `DeadlineExceeded` with retry `safe` when there is no time left: nothing is sent then.
 */
export function remaining(limits: CallLimits, usual: number, timing: Timing): number {
  if (limits.signal?.aborted === true) {
    const cause: unknown = limits.signal.reason;
    throw new KeyrailError("Aborted", "The call was aborted; nothing more was sent.", {}, { cause });
  }
  if (limits.deadline === undefined) return usual;
  const left = limits.deadline - timing.now();
  if (left <= 0) {
    const { timeout } = limits;
    throw new KeyrailError(
      "DeadlineExceeded",
      "The deadline of the call passed; nothing more was sent.",
      timeout === undefined ? {} : { timeoutMs: timeout },
      { retry: "safe" },
    );
  }
  return Math.min(usual, left);
}

/** Waits for work that others wait for too: an abort ends the waiting, not the work. */
export async function waitFor<Result>(work: Promise<Result>, { signal }: CallLimits): Promise<Result> {
  if (signal === undefined) return work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    const cause: unknown = signal.reason;
    reject(
      new KeyrailError("Aborted", "The call was aborted while it waited for a login; nothing was sent.", {}, { cause }),
    );
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
