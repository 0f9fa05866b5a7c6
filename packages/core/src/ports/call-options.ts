/**
 * Options every port method takes.
 *
 * Bytes of a request other than the secrets of an import are not copied: they must stay as they are until the promise
 * settles, or what is signed or encrypted may be a mixture of both.
 */
export interface CallOptions {
  /** Ends the call; it then rejects with `Aborted`. Nothing is returned after an abort. */
  readonly signal?: AbortSignal;
  /** Deadline for the whole call, milliseconds; the call then rejects with `DeadlineExceeded`. */
  readonly timeout?: number;
  /**
   * Names this intent, 1 to 64 printable ASCII characters. A second create, import or derive with the same key
   * gives the key of the first one and makes no other; a lost answer is settled by it. With a different request it
   * rejects with `IdempotencyConflict`.
   */
  readonly idempotencyKey?: string;
  /**
   * With an `idempotencyKey`: what the caller knows of earlier attempts. `none`: there was none in any process, so a
   * provider that settles by looking need not look first. `possible`: another process may have made one lately, so the
   * provider looks now and does not rely on what it has read before. Absent: the provider looks, and may rely on what it
   * read before in this process.
   */
  readonly earlierAttempt?: "none" | "possible";
  /**
   * What to do when the vendor asks for an approval: end with `ApprovalPending` and its ticket (`ticket`, the
   * default), or wait until it is decided (`wait`); shortly before the deadline that ends with `ApprovalPending` too.
   */
  readonly approval?: "ticket" | "wait";
}
