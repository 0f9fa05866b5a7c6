/** How a command of `keyrail` is written: one module each, listed in `table.ts`. */

import type { Command } from "@commander-js/extra-typings";
import type { CommandItems, CommandResult } from "../runtime/result.ts";
import type { Session } from "../runtime/session.ts";

/** Runs a command's work and prints what it gives, or its error; never rejects. */
export type RunCommand = (work: (session: Session) => Promise<CommandResult | CommandItems>) => Promise<void>;

/** One line to type, and what it does. */
export interface CommandExample {
  readonly line: string;
  readonly does: string;
}

/** One command. `--json`, `--config` and `--help` are added to each. */
export interface CommandModule {
  /** The words after `keyrail`. */
  readonly words: readonly [string, ...string[]];
  /** One line of the list of commands. */
  readonly summary: string;
  /** More, for its own help. */
  readonly details?: string;
  readonly examples: readonly CommandExample[];
  /** Adds arguments, options and the action; the action calls `run`. */
  define(command: Command, run: RunCommand): void;
}
