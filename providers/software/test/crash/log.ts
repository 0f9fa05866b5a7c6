/** What the two sides of a crash round share. */

import type { KeyEncryptionKey } from "@keyrail/software";

/** Opens the stores of crash rounds. */
export const crashKeyEncryptionKey: KeyEncryptionKey = { bytes: new Uint8Array(32).fill(11) };

/** One line of the writer's log: a write that is about to begin, or one that was acknowledged. */
export type LogLine =
  | { readonly done: "open" }
  | { readonly done: "create"; readonly id: string; readonly label: string; readonly thumbprint?: string | undefined }
  | { readonly begun: "rename"; readonly id: string; readonly label: string }
  | { readonly done: "rename"; readonly id: string; readonly label: string }
  | { readonly begun: "remove"; readonly id: string }
  | { readonly done: "remove"; readonly id: string };

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). Not for secrets. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
