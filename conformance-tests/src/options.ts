/** How a run is bounded. */

/** Options of a run. */
export interface RunOptions {
  /**
   * Makes, renames and removes no key: keys the provider already holds are used (found through the catalog, or those of
   * `existingKeys`). They sign and authenticate texts that say they are a conformance check. Default false.
   */
  readonly readOnly?: boolean;
  /** Key URIs or ids to use in a read-only run; by default any key of the catalog that fits. */
  readonly existingKeys?: readonly string[];
  /** First part of the label of every key that is made, 1 to 16 printable ASCII characters. Default `keyrail-ct`. */
  readonly labelPrefix?: string;
  /** Only checks whose id or group is one of these, or starts with one of these and a dot. */
  readonly only?: readonly string[];
  /** Not these checks; same form as `only`. */
  readonly except?: readonly string[];
  /** How many keys a run may make. A check that would need more is `blocked`. Default 2,000. */
  readonly maximumKeys?: number;
  /** Calls in flight in the concurrency checks. Default 16. */
  readonly concurrency?: number;
  /** A check that takes longer ends as `error`, milliseconds. Default 30,000. */
  readonly checkTimeout?: number;
  /** A run that takes longer ends as an aborted one, milliseconds. Default: no limit. */
  readonly runTimeout?: number;
  /** How long the clean-up waits for calls that nobody waits for any more, milliseconds. Default 10,000. */
  readonly settlingTime?: number;
  /** How far past its deadline a call may come back, milliseconds. Default 1,000. */
  readonly deadlineGrace?: number;
  /** Whether console output, standard output and error and process warnings are searched for secrets. Default true. */
  readonly watchOutput?: boolean;
  /** Ends the run: no further check starts, keys are removed, the report says `aborted`. */
  readonly signal?: AbortSignal;
  /** Told after every check. */
  readonly onProgress?: (progress: Progress) => void;
}

/** How far a run is. */
export interface Progress {
  /** Checks that ended so far, and checks in all. */
  readonly done: number;
  readonly total: number;
  readonly id: string;
  readonly state: CellState;
}

/**
 * What a check found.
 *
 * - `pass`: the requirement was exercised and holds.
 * - `fail`: it was exercised and does not hold.
 * - `unsupported`: the provider does not declare it, and refuses it as it should.
 * - `blocked`: it could not be exercised (credentials, approval, no key at hand, a budget).
 * - `error`: neither: the check crashed or timed out, the back end was not reachable, or the provider threw
 *   something that is not a `KeyrailError`.
 */
export type CellState = "pass" | "fail" | "unsupported" | "blocked" | "error";

/** The options with their defaults. */
export interface Bounds {
  readonly readOnly: boolean;
  readonly existingKeys: readonly string[] | undefined;
  readonly labelPrefix: string;
  readonly maximumKeys: number;
  readonly concurrency: number;
  readonly checkTimeout: number;
  readonly deadlineGrace: number;
  readonly settlingTime: number;
}

/** Fills in the defaults. @throws TypeError for a label prefix that can't be one. */
export function boundsOf(options: RunOptions): Bounds {
  const labelPrefix = options.labelPrefix ?? "keyrail-ct";
  if (!/^[\u0021-\u007e]{1,16}$/.test(labelPrefix)) {
    throw new TypeError("The label prefix has 1 to 16 printable ASCII characters and no space.");
  }
  return {
    readOnly: options.readOnly ?? false,
    existingKeys: options.existingKeys,
    labelPrefix,
    maximumKeys: options.maximumKeys ?? 2000,
    concurrency: options.concurrency ?? 16,
    checkTimeout: options.checkTimeout ?? 30_000,
    deadlineGrace: options.deadlineGrace ?? 1000,
    settlingTime: options.settlingTime ?? 10_000,
  };
}

/** Whether the filters of a run let a check through. */
export function isSelected(check: { readonly id: string; readonly group: string }, options: RunOptions): boolean {
  const matches = (pattern: string): boolean =>
    check.id === pattern || check.group === pattern || check.id.startsWith(`${pattern}.`);
  if (options.only !== undefined && !options.only.some(matches)) return false;
  return options.except?.some(matches) !== true;
}
