/** The words and signs of the report. */

import type { ItemState, RunState } from "../journal/journal.ts";
import type { ProofKind, Strategy } from "../plan/plan.ts";
import type { ReportData } from "./report-data.ts";

/** How good a state is: the colour of its badge. A sign always says the same. */
export type Tone = "good" | "bad" | "wait" | "plain";

/** States in the order of the report: what needs somebody first. */
export const STATE_ORDER: readonly ItemState[] = [
  "failed",
  "waiting",
  "planned",
  "made",
  "proved",
  "verified",
  "finalised",
  "retained",
  "rolled-back",
];

/** Each state's badge and meaning. */
export const STATES: Readonly<
  Record<ItemState, { readonly tone: Tone; readonly sign: string; readonly meaning: string }>
> = {
  failed: { tone: "bad", sign: "✕", meaning: "the last attempt failed; resuming tries again" },
  waiting: { tone: "wait", sign: "…", meaning: "people at a vendor have to approve" },
  planned: { tone: "wait", sign: "○", meaning: "nothing was done yet" },
  made: { tone: "wait", sign: "◔", meaning: "the target holds the key" },
  proved: { tone: "wait", sign: "◑", meaning: "the new key is tied to the old one" },
  verified: { tone: "good", sign: "✓", meaning: "the new key was used and checked independently" },
  finalised: { tone: "good", sign: "✓✓", meaning: "the source's key was retired" },
  retained: { tone: "plain", sign: "–", meaning: "stays at the source, as planned" },
  "rolled-back": { tone: "plain", sign: "↺", meaning: "the key at the target was removed again" },
};

/** What each strategy does. */
export const STRATEGY_MEANING: Readonly<Record<Strategy, string>> = {
  import: "the material moves, the public key stays",
  rotate: "a new key, and a succession statement by the old one",
  adopt: "the target holds the key already",
  retain: "stays at the source: the target can't hold or use it",
};

/** What each proof shows. */
export const PROOF_MEANING: Readonly<Record<ProofKind, string>> = {
  "same-key": "Both ends hold the same key",
  "succession-signature": "Signed by the old key, countersigned by the new",
  "succession-agreement": "Both keys answered a challenge",
  "succession-mac": "Both keys authenticated the statement",
  none: "The old key can prove nothing",
};

const RUN_WORDS: Readonly<Record<RunState, string>> = {
  created: "Not begun",
  applying: "Under way",
  paused: "Paused",
  cancelled: "Cancelled",
  applied: "Applied",
  verified: "Verified",
  "cut-over": "Cut over",
  finalised: "Finalised",
  "rolled-back": "Rolled back",
};

/** A run's state in words. */
export function runWord(state: RunState): string {
  return RUN_WORDS[state];
}

const HEADLINES: Readonly<Record<Tone, string>> = {
  good: "Every key that can move was moved",
  bad: "Some keys failed",
  wait: "Not complete",
  plain: "Nothing was moved",
};

/** How the run stands, and whether all is well. */
export function verdict({ counts }: ReportData): {
  readonly headline: string;
  readonly tone: Tone;
  readonly sentences: string[];
} {
  const open = counts.planned + counts.made + counts.proved;
  const done = counts.verified + counts.finalised;
  const sentences = [
    ...(counts.failed > 0 ? [`${keys(counts.failed)} failed.`] : []),
    ...(counts.waiting > 0
      ? [`${keys(counts.waiting)} ${counts.waiting === 1 ? "waits" : "wait"} for an approval.`]
      : []),
    ...(open > 0 ? [`${keys(open)} ${open === 1 ? "is" : "are"} not done yet.`] : []),
    ...(done > 0 ? [`${keys(done)} ${done === 1 ? "was" : "were"} moved and checked independently.`] : []),
    ...(counts["rolled-back"] > 0
      ? [`${keys(counts["rolled-back"])} ${counts["rolled-back"] === 1 ? "was" : "were"} taken back.`]
      : []),
    ...(counts.retained > 0
      ? [`${keys(counts.retained)} ${counts.retained === 1 ? "stays" : "stay"} at the source, as planned.`]
      : []),
  ];
  const tone: Tone = counts.failed > 0 ? "bad" : counts.waiting + open > 0 ? "wait" : done > 0 ? "good" : "plain";
  return { headline: HEADLINES[tone], tone, sentences };
}

/** `1 key`, `1,234 keys`. */
export function keys(count: number): string {
  return `${number(count)} ${count === 1 ? "key" : "keys"}`;
}

/** A number with separators of thousands. */
export function number(value: number): string {
  return NUMBERS.format(value);
}

const NUMBERS = new Intl.NumberFormat("en-GB");

/** `2026-01-31 12:00:00 UTC`. */
export function time(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** A span of time in its two largest units. */
export function duration(milliseconds: number): string {
  const units: readonly [number, string][] = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "min"],
    [1000, "s"],
  ];
  const parts: string[] = [];
  let rest = Math.max(0, milliseconds);
  for (const [size, unit] of units) {
    const whole = Math.floor(rest / size);
    rest -= whole * size;
    if (whole > 0 || parts.length > 0) parts.push(`${whole} ${unit}`);
  }
  return parts.slice(0, 2).join(" ") || "under a second";
}
