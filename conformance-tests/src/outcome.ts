/** How a check says what it found: by returning, or by throwing one of these. None of them leaves the package. */

/** The provider did not do what the requirement says: the cell becomes `fail`. */
export class ExpectationFailed extends Error {
  override readonly name = "ExpectationFailed";
}

/** The check can't be exercised here (credentials, an approval, no key at hand): the cell becomes `blocked`. */
export class Blocked extends Error {
  override readonly name = "Blocked";
}

/** The provider threw something that is not a `KeyrailError`: the cell becomes `error`, unless the check is about that. */
export class RawProviderError extends Error {
  override readonly name = "RawProviderError";
  readonly operation: string;

  constructor(operation: string, cause: unknown) {
    const kind = cause instanceof Error ? cause.constructor.name : typeof cause;
    super(`${operation} failed with a ${kind} instead of a KeyrailError`, { cause });
    this.operation = operation;
  }
}

/** The run or the check was ended while a call was still to be made. */
export class RunEnded extends Error {
  override readonly name = "RunEnded";
}
