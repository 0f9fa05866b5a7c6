/** How cell states are written: distinct without colour, so that they survive a log and a colour-blind reader. */

import type { CellState } from "../options.ts";

/** Every state, in the order in which they are counted out. */
export const CELL_STATES: readonly CellState[] = ["pass", "fail", "error", "blocked", "unsupported"];

/** One character per state. */
export const MARKS: Readonly<Record<CellState, string>> = {
  pass: "✓",
  fail: "✗",
  unsupported: "–",
  blocked: "▪",
  error: "!",
};

/** What a state means, for legends. */
export const MEANINGS: Readonly<Record<CellState, string>> = {
  pass: "exercised, holds",
  fail: "exercised, does not hold",
  unsupported: "not declared; its refusal was verified",
  blocked: "could not be exercised here",
  error: "ended in an error or a timeout",
};

const COLOURS: Readonly<Record<CellState, string>> = {
  pass: "32",
  fail: "31",
  unsupported: "90",
  blocked: "33",
  error: "35",
};

/** The text in the colour of a state (ANSI), or as it is. */
export function coloured(text: string, state: CellState, colour: boolean): string {
  return colour ? `\u001b[${COLOURS[state]}m${text}\u001b[39m` : text;
}

/** `✓ 12  ✗ 1`: the states that occur. */
export function countedOut(totals: Readonly<Record<CellState, number>>, colour = false): string {
  return CELL_STATES.filter((state) => totals[state] > 0)
    .map((state) => coloured(`${MARKS[state]} ${totals[state]} ${state}`, state, colour))
    .join("   ");
}

/** One line that explains the marks. */
export function legend(): string {
  return CELL_STATES.map((state) => `${MARKS[state]} ${state}: ${MEANINGS[state]}`).join("; ");
}
