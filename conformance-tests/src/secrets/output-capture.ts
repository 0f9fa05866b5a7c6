/** Reads along what a process prints while checks run: console, standard output and error, process warnings. */

import type { SecretWatch } from "./secret-watch.ts";

const CONSOLE_METHODS = ["log", "info", "warn", "error", "debug", "trace", "dir"] as const;

/**
 * Starts reading along; everything is passed on unchanged. The function it gives takes the hooks back.
 */
export function captureOutput(watch: SecretWatch): () => void {
  const undo: (() => void)[] = [];
  for (const name of ["stdout", "stderr"] as const) {
    const stream = process[name];
    // eslint-disable-next-line typescript/unbound-method -- the proxy calls it on the stream it is called on
    const original = stream.write;
    const seen = (chunk: unknown): void => {
      if (typeof chunk === "string") watch.inspectText(name, chunk);
      else if (chunk instanceof Uint8Array) watch.inspectText(name, Buffer.from(chunk).toString("latin1"));
    };
    stream.write = new Proxy(original, {
      apply(target, self, given: Parameters<typeof original>) {
        seen(given[0]);
        return Reflect.apply(target, self, given);
      },
    });
    undo.push(() => {
      stream.write = original;
    });
  }
  for (const method of CONSOLE_METHODS) {
    const original = console[method];
    console[method] = new Proxy(original, {
      apply(target, self, given: unknown[]) {
        for (const value of given) watch.inspect(`console.${method}`, value);
        return Reflect.apply(target, self, given);
      },
    });
    undo.push(() => {
      console[method] = original;
    });
  }
  const onWarning = (warning: Error): void => watch.inspect("a process warning", warning);
  process.on("warning", onWarning);
  undo.push(() => process.off("warning", onWarning));
  return () => {
    for (const step of undo.toReversed()) step();
  };
}
