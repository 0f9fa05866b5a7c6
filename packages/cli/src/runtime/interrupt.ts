/** Ctrl-C and SIGTERM: the first ends the work cleanly, the second at once. */

import { EXIT, type ExitCode } from "./exit-codes.ts";

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
  const onSignal = (code: ExitCode) => () => {
    if (exitCode !== undefined) process.exit(code);
    exitCode = code;
    controller.abort(new Error("interrupted"));
  };
  const interrupt = onSignal(EXIT.interrupted);
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", onSignal(EXIT.terminated));
  return { signal: controller.signal, exitCode: () => exitCode, interrupt };
}
