import { lookup } from "node:dns/promises";
import { setTimeout as wait } from "node:timers/promises";
import { InFlightLimit } from "@keyrail/http";

/**
 * The one turn of a device: parallel requests were never exercised on it, so one is in flight at a time, in the order
 * of the calls, over all clients of the device in this process (encedo-hem.md, section 1, "Concurrency").
 *
 * A device has two names here: the address it is reached at (`my.ence.do` and `192.168.7.1` are one), and its identity
 * `eid` once that is known. Whoever waits takes the turn of the address first and that of the identity second, so that
 * two addresses of one device still share it from the first answer on.
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

/** What stands for a device before its identity is known: its address and port; the name where it has no address. */
async function addressOf(origin: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  try {
    const addresses = await lookup(host, { all: true });
    const address = addresses.find(({ family }) => family === 4) ?? addresses[0];
    return `${address?.address ?? host} ${port}`;
  } catch {
    // Not to be found: the first request will say so, and why.
    return `${host} ${port}`;
  }
}

/** One client's place in the queue of its device. */
export class DeviceQueue {
  readonly #address: string;
  readonly #addressTurn: DeviceTurn;
  readonly #pacing: number;
  #identity: string | undefined;
  #identityTurn: DeviceTurn | undefined;
  #closed = false;

  private constructor(address: string, pacing: number) {
    this.#address = `address ${address}`;
    this.#addressTurn = joinTurn(this.#address);
    this.#pacing = pacing;
  }

  /** @param pacing milliseconds between the end of a request and the start of the next; 0 for none. */
  static async join(origin: string, pacing: number): Promise<DeviceQueue> {
    return new DeviceQueue(await addressOf(origin), pacing);
  }

  /** Runs a request when it is its turn. */
  run<Result>(task: () => Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
    return this.#addressTurn.run(
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
    leaveTurn(this.#address);
    if (this.#identity !== undefined) leaveTurn(this.#identity);
  }
}
