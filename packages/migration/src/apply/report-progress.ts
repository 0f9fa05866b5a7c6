/** Tells how far a run is, now and then. */

import type { ApplyOptions } from "./apply-options.ts";
import { ProgressMeter } from "./progress.ts";

const DEFAULT_INTERVAL = 500;

/** Progress while it lasts. */
export interface ProgressReport extends Disposable {
  /** Tells for the last time, of what is in the journal now. */
  last(): Promise<void>;
}

/** Begins to call `onProgress`. */
export function reportProgress(
  options: Pick<ApplyOptions, "journal" | "run" | "onProgress" | "progressInterval">,
): ProgressReport {
  const { journal, run, onProgress, progressInterval = DEFAULT_INTERVAL } = options;
  if (onProgress === undefined) return { last: () => Promise.resolve(), [Symbol.dispose]: () => undefined };
  const meter = new ProgressMeter();
  const tell = async (): Promise<void> => onProgress(meter.observe(await journal.strategyCounts(run)));
  let telling: Promise<void> | undefined;
  const timer = setInterval(() => {
    // A journal that can't be read stops the run elsewhere; progress is left out until then.
    telling ??= tell()
      .catch(() => undefined)
      .finally(() => (telling = undefined));
  }, progressInterval);
  return {
    async last() {
      clearInterval(timer);
      await telling;
      await tell();
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
