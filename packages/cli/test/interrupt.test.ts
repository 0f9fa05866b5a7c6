/** One Ctrl-C that arrives several times is one Ctrl-C. */

import { expect, it } from "vitest";
import { watchInterruption } from "../src/runtime/interrupt.ts";

it("takes the signal of the terminal and the one npm passes on for one", () => {
  const before = new Map((["SIGINT", "SIGTERM"] as const).map((signal) => [signal, process.listeners(signal)]));
  for (const signal of before.keys()) process.removeAllListeners(signal);
  try {
    const interruption = watchInterruption();
    process.emit("SIGINT");
    // The runner makes an error of process.exit, which a second Ctrl-C would call.
    process.emit("SIGINT");
    process.emit("SIGTERM");
    expect(interruption.exitCode()).toBe(130);
    expect(interruption.signal.aborted).toBe(true);
  } finally {
    for (const [signal, listeners] of before) {
      process.removeAllListeners(signal);
      for (const listener of listeners) process.on(signal, listener);
    }
  }
});
