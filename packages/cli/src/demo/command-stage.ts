/** Commands as a user types them, run in this process: what the tour shows is what they print. */

import { runCommandLine } from "../program.ts";
import type { ExitCode } from "../runtime/exit-codes.ts";
import type { TourPlace } from "./tour-place.ts";

/** Runs commands of `keyrail`, each after the line that was typed. */
export class CommandStage {
  readonly #place: TourPlace;

  /** @param environment variables of Keyrail that the commands find; those of the user are for other keys. */
  constructor(place: TourPlace, environment: Readonly<Record<string, string>>) {
    this.#place = place;
    for (const name of Object.keys(process.env)) {
      if (name.startsWith("KEYRAIL_") && name !== "KEYRAIL_DEBUG") delete process.env[name];
    }
    Object.assign(process.env, environment);
  }

  /**
   * Shows the line, runs it, and lets it print.
   * @throws Error when it ends with another exit code than `expected`.
   */
  async run(...words: string[]): Promise<void> {
    await this.runExpecting(0, ...words);
  }

  /** As {@link run}, for commands that end with another exit code. */
  async runExpecting(expected: ExitCode, ...words: string[]): Promise<void> {
    const { narrator, interruption } = this.#place;
    narrator.say(narrator.style("cyan", `$ keyrail ${words.map(typed).join(" ")}`));
    const code = await runCommandLine(words, interruption);
    this.#place.signal.throwIfAborted();
    if (code !== expected) throw new Error(`"keyrail ${words.join(" ")}" ended with ${code}, not ${expected}.`);
  }
}

/** A word as a shell wants it. */
function typed(word: string): string {
  return /^[\w./:@=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
