/** First come, first served: the device works on a fixed number of requests at once. */

/** A queue of turns. */
export class TurnQueue {
  readonly #turns: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(turns: number) {
    this.#turns = turns;
  }

  /** Runs `work` when its turn comes, and gives the turn on however it ends. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken < this.#turns) this.#taken += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken -= 1;
      else next();
    }
  }
}
