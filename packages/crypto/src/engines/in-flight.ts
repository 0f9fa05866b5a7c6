/**
 * When an operation leaves the calling thread.
 *
 * A libuv callback costs 10 us when the CPU is awake and up to 150 us when it sleeps, so an operation that is alone
 * runs synchronously; when others are in flight in this process, operations of 100 us and more go to the thread pool,
 * where they use the other cores.
 */

let inFlight = 0;

/** How many scheduled operations of this process have not settled yet. */
export function operationsInFlight(): number {
  return inFlight;
}

/** A Node.js callback of one result. */
export type Callback<T> = (error: Error | null, result?: T) => void;

/**
 * Runs an operation of about 100 us or more: in this thread when nothing else is in flight, in the thread pool
 * otherwise.
 *
 * @param inThread does it here and returns the result.
 * @param inPool starts it in the thread pool; undefined when the engine can't.
 */
export function schedule<T>(inThread: () => T, inPool: ((done: Callback<T>) => void) | undefined): Promise<T> {
  if (inFlight > 0 && inPool !== undefined) return runInPool(inPool);
  inFlight++;
  // The count falls in a microtask that runs before the caller's continuation: a caller that awaits one call after
  // the other always finds nothing in flight, and calls made in the same turn find each other.
  let result: T;
  try {
    result = inThread();
  } catch (error) {
    return settle().then(() => {
      throw error;
    });
  }
  return settle().then(() => result);
}

/** Runs an operation in the thread pool always: for those that take milliseconds even alone. */
export function runInPool<T>(inPool: (done: Callback<T>) => void): Promise<T> {
  inFlight++;
  return new Promise<T>((resolve, reject) => {
    const done: Callback<T> = (error, result) => {
      inFlight--;
      if (error !== null || result === undefined) reject(error ?? new Error("The thread pool returned nothing."));
      else resolve(result);
    };
    try {
      inPool(done);
    } catch (error) {
      inFlight--;
      reject(error instanceof Error ? error : new Error("The operation could not be started."));
    }
  });
}

function settle(): Promise<void> {
  return Promise.resolve().then(() => {
    inFlight--;
  });
}
