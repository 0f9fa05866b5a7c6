import { setTimeout as wait } from "node:timers/promises";
import { InFlightLimit } from "@keyrail/http";

/**
 * The one turn of a device: parallel requests were never exercised on it, so one is in flight at a time, in the order
 * of the calls, over all clients of the device in this process (encedo-hem.md, section 1, "Concurrency").
 *
 * A device has two names here: the origin it is reached at, and its identity `eid` once that is known. Whoever waits
 * takes the turn of the origin first and that of the identity second, so that two origins of one device still share it.
 */
class DeviceTurn {
  readonly #limit = new InFlightLimit(1);
  #users = 0;
  #lastEnd = Number.NEGATIVE_INFINITY;

  get unused(): boolean {
    return this.#users === 0;
  }

  join(): void {
    this.#users += 1;
  }

  leave(): void {
    this.#users -= 1;
  }

  run<Result>(task: () => Promise<Result>, pacing: number, signal: AbortSignal | undefined): Promise<Result> {
    return this.#limit.run(async () => {
      const gap = pacing === 0 ? 0 : this.#lastEnd + pacing - performance.now();
      if (gap > 0) await wait(gap, undefined, { ref: false });
      try {
        return await task();
      } finally {
        this.#lastEnd = performance.now();
      }
    }, signal);
  }
}

const turns = new Map<string, DeviceTurn>();

function joinTurn(name: string): DeviceTurn {
  let turn = turns.get(name);
  if (turn === undefined) turns.set(name, (turn = new DeviceTurn()));
  turn.join();
  return turn;
}

function leaveTurn(name: string): void {
  const turn = turns.get(name);
  turn?.leave();
  if (turn?.unused === true) turns.delete(name);
}

/** One client's place in the queue of its device. */
export class DeviceQueue {
  readonly #origin: string;
  readonly #originTurn: DeviceTurn;
  readonly #pacing: number;
  #identity: string | undefined;
  #identityTurn: DeviceTurn | undefined;
  #closed = false;

  /** @param pacing milliseconds between the end of a request and the start of the next; 0 for none. */
  constructor(origin: string, pacing: number) {
    this.#origin = `origin ${origin}`;
    this.#originTurn = joinTurn(this.#origin);
    this.#pacing = pacing;
  }

  /** Runs a request when it is its turn. */
  run<Result>(task: () => Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
    return this.#originTurn.run(
      () => this.#identityTurn?.run(task, this.#pacing, signal) ?? task(),
      this.#pacing,
      signal,
    );
  }

  /** Says which device this is, as soon as that is known. */
  identify(eid: string): void {
    if (this.#identity !== undefined || this.#closed) return;
    this.#identity = `identity ${eid}`;
    this.#identityTurn = joinTurn(this.#identity);
  }

  /** Gives the place up. Safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    leaveTurn(this.#origin);
    if (this.#identity !== undefined) leaveTurn(this.#identity);
  }
}
