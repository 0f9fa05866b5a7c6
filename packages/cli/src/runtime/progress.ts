/** One line of progress on standard error, only where that is a terminal. */

import { clearLine, cursorTo } from "node:readline";

/** A line that is overwritten until it is cleared. */
export interface ProgressLine {
  show(text: string): void;
  clear(): void;
}

/** Where progress is shown. */
export type ProgressStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

const INTERVAL_MS = 50;

/** Progress on standard error; does nothing when that is no terminal. */
export function progressLine(stream: ProgressStream = process.stderr): ProgressLine {
  if (stream.isTTY !== true) return { show() {}, clear() {} };
  let last = 0;
  return {
    show(text) {
      const now = performance.now();
      if (now - last < INTERVAL_MS) return;
      last = now;
      cursorTo(stream, 0);
      stream.write(text.slice(0, Math.max(1, (stream.columns ?? 80) - 1)));
      clearLine(stream, 1);
    },
    clear() {
      cursorTo(stream, 0);
      clearLine(stream, 0);
    },
  };
}
