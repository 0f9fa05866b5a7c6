import type { ItemCounts, ItemState } from "@keyrail/migration";

const WORDS: Readonly<Record<ItemState, string>> = {
  finalised: "retired at the source",
  verified: "at the target and verified",
  proved: "at the target and proved",
  made: "made at the target",
  waiting: "waiting for an approval",
  failed: "failed",
  planned: "not begun",
  "rolled-back": "rolled back",
  retained: "staying where they are",
};
const ORDER: readonly ItemState[] = [
  "finalised",
  "verified",
  "proved",
  "made",
  "waiting",
  "failed",
  "planned",
  "rolled-back",
  "retained",
];

/** `Keys: 18 at the target and verified, 40 staying where they are.` */
export function countsText(counts: ItemCounts): string {
  const parts = ORDER.filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${WORDS[state]}`);
  return `Keys: ${parts.length === 0 ? "none" : parts.join(", ")}.`;
}
