/** What is wrong with a bundle, gathered: the first ones, and how many there are. */

/** One thing that is wrong. */
export interface EvidenceProblem {
  /** The file, relative to the folder. */
  readonly file: string;
  /** A sentence. */
  readonly reason: string;
  /** The key it is about. */
  readonly ordinal?: number;
}

const LISTED = 100;

/** Problems found so far. */
export class Problems {
  readonly list: EvidenceProblem[] = [];
  #count = 0;

  /** All of them, those beyond the list too. */
  get count(): number {
    return this.#count;
  }

  add(file: string, reason: string, ordinal?: number): void {
    this.#count++;
    if (this.list.length < LISTED) this.list.push({ file, reason, ...(ordinal === undefined ? {} : { ordinal }) });
  }
}
