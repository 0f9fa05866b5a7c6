/**
 * Holds answers back to the end of the turn of the event loop. A write wakes the client's process, which costs more than
 * the write: with many requests in flight it is woken once for all answers of a turn.
 */
export class Outbox {
  #answers: (() => void)[] = [];

  /** @param send called at the end of this turn, in the order of the calls. */
  add(send: () => void): void {
    this.#answers.push(send);
    if (this.#answers.length === 1) setImmediate(() => this.#sendAll());
  }

  #sendAll(): void {
    const answers = this.#answers;
    this.#answers = [];
    for (const send of answers) send();
  }
}
