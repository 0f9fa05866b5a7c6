/**
 * Side-by-side measurement: candidates take turns inside one run, and only the ratio of their medians is reported, since
 * absolute times do not carry over from one machine to another.
 */

/** Something to measure: one call is one operation. */
export type Operation = () => unknown;

/** One line of the table. */
export interface Row {
  /** T1 to T13. */
  readonly target: string;
  readonly what: string;
  /** How many times as fast as the opponent ours must be; or an upper bound with `atMost`. */
  readonly wanted: number;
  readonly atMost?: boolean;
  readonly measured: number;
  /** Unit of `wanted` and `measured`; "x" is a ratio. */
  readonly unit: "x" | "us" | "ms";
  /** Why a target that is not met is not met, or what was left out. */
  readonly reason?: string;
}

/** Choices of {@link ratio}. */
export interface CompareOptions {
  readonly rounds?: number;
  /** Milliseconds a candidate runs in one round. */
  readonly roundMs?: number;
  /** Operations in flight at once; both candidates must then be asynchronous. */
  readonly inFlight?: { readonly ours: number; readonly theirs: number };
}

/** How many times as fast `ours` is as `theirs`: median time of theirs over median time of ours. */
export async function ratio(ours: Operation, theirs: Operation, options: CompareOptions = {}): Promise<number> {
  const { rounds = 7, roundMs = 60, inFlight } = options;
  const times: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  await timePerOperation(ours, roundMs, inFlight?.ours ?? 1);
  await timePerOperation(theirs, roundMs, inFlight?.theirs ?? 1);
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? (["ours", "theirs"] as const) : (["theirs", "ours"] as const);
    for (const name of order) {
      times[name].push(await timePerOperation(name === "ours" ? ours : theirs, roundMs, inFlight?.[name] ?? 1));
    }
  }
  return median(times.theirs) / median(times.ours);
}

/** Median milliseconds of one operation over rounds. */
export async function medianTime(operation: Operation, options: CompareOptions = {}): Promise<number> {
  const { rounds = 7, roundMs = 60 } = options;
  const times: number[] = [];
  await timePerOperation(operation, roundMs, 1);
  for (let round = 0; round < rounds; round += 1) times.push(await timePerOperation(operation, roundMs, 1));
  return median(times);
}

/** Runs for about `roundMs` and gives milliseconds per operation. */
async function timePerOperation(operation: Operation, roundMs: number, inFlight: number): Promise<number> {
  const started = performance.now();
  const until = started + roundMs;
  let done = 0;
  if (inFlight > 1) {
    const lane = async (): Promise<void> => {
      do {
        await operation();
        done += 1;
      } while (performance.now() < until);
    };
    await Promise.all(Array.from({ length: inFlight }, lane));
    return (performance.now() - started) / done;
  }
  do {
    // A batch between two looks at the clock; a promise is awaited, a plain value is not.
    for (let index = 0; index < 8; index += 1) {
      const result = operation();
      if (result instanceof Promise) await result;
    }
    done += 8;
  } while (performance.now() < until);
  return (performance.now() - started) / done;
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error("no values");
  return middle;
}

/** A row for "at least so many times as fast". */
export function atLeast(target: string, what: string, wanted: number, measured: number, reason?: string): Row {
  return { target, what, wanted, measured, unit: "x", ...(reason === undefined ? {} : { reason }) };
}

/** A row for an upper bound. */
export function atMost(
  target: string,
  what: string,
  wanted: number,
  measured: number,
  unit: Row["unit"],
  reason?: string,
): Row {
  return { target, what, wanted, measured, unit, atMost: true, ...(reason === undefined ? {} : { reason }) };
}

/** Whether the figure meets its target. */
export function isMet(row: Row): boolean {
  return row.atMost === true ? row.measured <= row.wanted : row.measured >= row.wanted;
}
