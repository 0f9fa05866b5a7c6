/** How the tour speaks: headings, facts with a tick, lines of progress. */

import { styleText } from "node:util";
import { progressLine } from "../runtime/progress.ts";
import type { Style } from "../runtime/session.ts";

/** Speaks on standard output, and counts what was shown to hold. */
export class Narrator {
  readonly progress: ReturnType<typeof progressLine> = progressLine();
  #section = 0;
  #held = 0;

  /** Facts that were checked and held. */
  get held(): number {
    return this.#held;
  }

  style(style: Style, text: string): string {
    return styleText(style, text, { stream: process.stdout });
  }

  /** A numbered heading. */
  section(title: string): void {
    this.say(`\n${this.style("bold", `${++this.#section}. ${title}`)}`);
  }

  /** A line. */
  say(text: string): void {
    this.progress.clear();
    process.stdout.write(`${text}\n`);
  }

  /**
   * A fact that was checked.
   * @throws Error when it does not hold: the tour ends there, and says so.
   */
  fact(text: string, holds: boolean): void {
    if (!holds) throw new Error(`This does not hold: ${text}`);
    this.#held++;
    this.say(`   ${this.style("green", "✓")} ${text}`);
  }
}

/** The first bytes of something long, in hexadecimal. */
export function brief(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, 8)).toString("hex");
  return bytes.length <= 8 ? shown : `${shown}… (${bytes.length} bytes)`;
}
