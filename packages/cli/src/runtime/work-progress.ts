/** Progress of long work with its rate and an estimate: one line on a terminal, now and then a plain line elsewhere. */

import { progressLine, type ProgressStream } from "./progress.ts";
import type { Session } from "./session.ts";

/** How far the work is. */
export interface WorkState {
  readonly done: number;
  /** Absent where nobody knows. */
  readonly total?: number;
  /** Things in a second; default: by the time since the start. */
  readonly rate?: number;
  /** Seconds that are left; default: by the rate. */
  readonly secondsLeft?: number;
  /** More, after the numbers. */
  readonly note?: string;
}

/** Shows {@link WorkState}s. */
export interface WorkProgress {
  show(state: WorkState): void;
  /** Takes the line away; where lines are plain, prints the last state when there were others before. */
  end(): void;
}

/** Between two plain lines, milliseconds. */
const PLAIN_INTERVAL_MS = 10_000;

/** Progress on standard error; with `--json` only where that is a terminal. `what` stands before the numbers. */
export function workProgress(
  what: string,
  { json }: Pick<Session, "json">,
  stream: ProgressStream = process.stderr,
): WorkProgress {
  const line = progressLine(stream);
  const started = performance.now();
  const text = (state: WorkState): string => `${what}: ${stateText(state, (performance.now() - started) / 1000)}`;
  if (stream.isTTY === true) return { show: (state) => line.show(text(state)), end: () => line.clear() };
  if (json) return { show() {}, end() {} };
  let printed = started;
  let last: WorkState | undefined;
  let shown: WorkState | undefined;
  return {
    show(state) {
      last = state;
      if (performance.now() - printed < PLAIN_INTERVAL_MS) return;
      printed = performance.now();
      shown = state;
      stream.write(`${text(state)}\n`);
    },
    end() {
      if (shown !== undefined && last !== undefined && last !== shown) stream.write(`${text(last)}\n`);
    },
  };
}

/** `312 of 1000 keys, 41.2/s, about 17 s left`. */
export function stateText({ done, total, rate, secondsLeft, note }: WorkState, elapsedSeconds: number): string {
  const perSecond = rate ?? (elapsedSeconds > 0 ? done / elapsedSeconds : 0);
  const left = secondsLeft ?? (total === undefined || perSecond === 0 ? undefined : (total - done) / perSecond);
  return [
    total === undefined ? `${done}` : `${done} of ${total}`,
    ...(perSecond > 0 ? [`${perSecond >= 99.5 ? perSecond.toFixed(0) : perSecond.toPrecision(2)}/s`] : []),
    ...(left === undefined || done === total ? [] : [`about ${durationText(left)} left`]),
    ...(note === undefined ? [] : [note]),
  ].join(", ");
}

/** `45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const units: readonly (readonly [number, string])[] = [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ];
  const largest = units.findIndex(([size]) => whole >= size);
  if (largest === -1) return "0 s";
  let rest = whole;
  return units
    .slice(largest, largest + 2)
    .flatMap(([size, name]) => {
      const count = Math.floor(rest / size);
      rest -= count * size;
      return count === 0 ? [] : [`${count} ${name}`];
    })
    .join(" ");
}
