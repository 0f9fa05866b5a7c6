/** Ctrl-C and SIGTERM: the first ends the work cleanly, a second one at once. */

import { EXIT, type ExitCode } from "./exit-codes.ts";

/**
 * One Ctrl-C may arrive several times: from the terminal, which signals every process of the group, and from npm and
 * other parents, which pass theirs on. Milliseconds; nobody means a second one that soon.
 */
const SAME_SIGNAL_MS = 500;

/** Watches the signals of the process. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** The exit code of the signal that came, if one came. */
  exitCode(): ExitCode | undefined;
  /** Ends the work as Ctrl-C does; a prompt in raw mode tells of Ctrl-C this way. */
  interrupt(): void;
}

/** Starts watching. */
export function watchInterruption(): Interruption {
  const controller = new AbortController();
  let exitCode: ExitCode | undefined;
  let first = 0;
  const onSignal = (code: ExitCode) => () => {
    if (exitCode !== undefined) {
      if (performance.now() - first < SAME_SIGNAL_MS) return;
      process.exit(code);
    }
    exitCode = code;
    first = performance.now();
    controller.abort(new Error("interrupted"));
  };
  const interrupt = onSignal(EXIT.interrupted);
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", onSignal(EXIT.terminated));
  return { signal: controller.signal, exitCode: () => exitCode, interrupt };
}
