/** Chance that comes again with its seed. Not for secrets. */

import { createHash } from "node:crypto";

/** Draws of one seed, always the same ones in the same order. */
export class Random {
  readonly #seed: string;
  #drawn = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** A number in [0, 1). */
  number(): number {
    const digest = createHash("sha256")
      .update(`${this.#seed}/${this.#drawn++}`)
      .digest();
    return digest.readUInt32BE(0) / 0x1_0000_0000;
  }

  /** An integer from 0 to `bound`, which is left out. */
  below(bound: number): number {
    return Math.floor(this.number() * bound);
  }

  chance(probability: number): boolean {
    return this.number() < probability;
  }

  pick<Value>(values: readonly Value[]): Value {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new Error("There is nothing to pick from.");
    return value;
  }
}
