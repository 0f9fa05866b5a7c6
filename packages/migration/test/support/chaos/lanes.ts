/** Many rounds, some at a time. */

import { Lane } from "./world.ts";

/** Runs a round for every seed from `first` on, `width` of them side by side; calls `done` after each. */
export async function runRounds<Round>(
  options: { readonly first: number; readonly count: number; readonly width: number },
  round: (lane: Lane, seed: number) => Promise<Round>,
  done: (round: Round) => void,
): Promise<void> {
  const { first, count, width } = options;
  let next = first;
  const work = async (): Promise<void> => {
    await using lane = new Lane();
    while (next < first + count) {
      const seed = next++;
      try {
        done(await round(lane, seed));
      } catch (error) {
        throw new Error(`The round of seed ${seed} broke off.`, { cause: error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, work));
}
