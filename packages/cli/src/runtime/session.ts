/** What one run of the command works with: streams, environment, the signal of Ctrl-C, warnings. */

import { styleText } from "node:util";
import type { Configuration } from "../config/configuration.ts";

/** Styles of terminal text; they vanish where there is no terminal or `NO_COLOR` is set. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** One run of one command. */
export interface Session {
  /** Whether results and errors are JSON documents. */
  readonly json: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder relative paths start from. */
  readonly cwd: string;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Whether someone sits at a terminal and can be asked. */
  readonly interactive: boolean;
  /** Tells the user of something that does not stop the command. */
  warn(message: string): void;
  /** The warnings so far, for the JSON error document. */
  readonly warnings: readonly string[];
  /** Whether standard output shows styles. */
  readonly coloured: boolean;
  /** Terminal style for text on standard output. */
  style(style: Style, text: string): string;
  /** The configuration file's content, read when first asked for. */
  configuration(): Promise<Configuration>;
}

/** What a session is made of. */
export interface SessionOptions {
  readonly json: boolean;
  readonly signal: AbortSignal;
  readonly loadConfiguration: () => Promise<Configuration>;
}

/** The session of this process. In JSON mode warnings are kept for the end; else they go to standard error at once. */
export function openSession({ json, signal, loadConfiguration }: SessionOptions): Session {
  const warnings: string[] = [];
  let configuration: Promise<Configuration> | undefined;
  const style = (name: Style, text: string): string => styleText(name, text, { stream: process.stdout });
  return {
    json,
    env: process.env,
    cwd: process.cwd(),
    signal,
    interactive: process.stdin.isTTY && process.stderr.isTTY,
    warnings,
    warn(message) {
      warnings.push(message);
      if (!json) process.stderr.write(`${styleText("yellow", "Warning:", { stream: process.stderr })} ${message}\n`);
    },
    coloured: style("bold", "x") !== "x",
    style,
    configuration: () => (configuration ??= loadConfiguration()),
  };
}
