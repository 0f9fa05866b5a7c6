import { listenForAbort, stopListeningForAbort } from "../abort-listeners.ts";
import { KeyrailError } from "../errors.ts";
import type { CallOptions } from "../ports/call-options.ts";

/**
 * Runs an adapter's call within the caller's signal and deadline. The adapter gets both too and should stop by itself;
 * this sees to it that the caller is free at once even when it does not, and that nothing is returned after an abort.
 *
 * @param mutates whether an unanswered call may have had an effect: the error's retry advice is then `unknown-outcome`.
 */
export async function withinDeadline<Result>(
  call: () => Result | Promise<Result>,
  options: CallOptions,
  operation: string,
  mutates: boolean,
): Promise<Result> {
  const { signal, timeout } = options;
  if (signal === undefined && timeout === undefined) return await call();
  if (signal !== undefined && isAborted(signal)) throw aborted(operation, false, signal);
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const timer =
    timeout === undefined
      ? undefined
      : setTimeout(() => reject(deadlineExceeded(operation, timeout, mutates)), timeout);
  const onAbort = signal === undefined ? undefined : (): void => reject(aborted(operation, mutates, signal));
  if (signal !== undefined && onAbort !== undefined) listenForAbort(signal, onAbort);
  try {
    Promise.resolve(call()).then(resolve, reject);
    const result = await promise;
    // The adapter may have answered in the turn in which the signal was aborted: the abort wins.
    if (signal !== undefined && isAborted(signal)) throw aborted(operation, mutates, signal);
    return result;
  } finally {
    clearTimeout(timer);
    if (signal !== undefined && onAbort !== undefined) stopListeningForAbort(signal, onAbort);
  }
}

/** A call, so that the type checker does not hold an earlier answer for still true. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** The error of an aborted call. */
export function aborted(operation: string, mutates: boolean, signal: AbortSignal): KeyrailError<"Aborted"> {
  const reason: unknown = signal.reason;
  return new KeyrailError(
    "Aborted",
    mutates ? `${operation} was aborted; the provider may have done it.` : `${operation} was aborted.`,
    { operation },
    { retry: mutates ? "unknown-outcome" : "safe", ...(reason === undefined ? {} : { cause: reason }) },
  );
}

function deadlineExceeded(operation: string, timeoutMs: number, mutates: boolean): KeyrailError<"DeadlineExceeded"> {
  return new KeyrailError(
    "DeadlineExceeded",
    `${operation} did not finish within ${timeoutMs} ms${mutates ? "; the provider may have done it" : ""}.`,
    { timeoutMs },
    { retry: mutates ? "unknown-outcome" : "safe" },
  );
}
