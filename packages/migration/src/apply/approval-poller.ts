/** Asks for approvals that were still pending, gently, beside all other work. */

import { setTimeout as delay } from "node:timers/promises";
import { KeyrailError, type Provider } from "@keyrail/core";
import type { JournalItem, Slice, WorkerLease } from "../journal/journal.ts";
import { openTicket } from "../proof/carried-ticket.ts";
import type { ItemWorker } from "./item-worker.ts";
import { asKeyrailError } from "./retry.ts";

/** How approvals are asked for. */
export interface ApprovalPace {
  /** Milliseconds between two questions, of whichever key; default 1,000. */
  readonly between: number;
  /** Milliseconds between the beginnings of two rounds over all waiting keys; default 15,000. */
  readonly rounds: number;
}

/** What is done when nothing else is said. */
export const DEFAULT_APPROVAL_PACE: ApprovalPace = { between: 1000, rounds: 15_000 };

/** Items per claim: few, since others may work on them meanwhile. */
const BATCH = 10;

/** What an {@link ApprovalPoller} works with. */
export interface ApprovalPollerOptions {
  readonly lease: WorkerLease;
  readonly worker: ItemWorker;
  readonly providers: readonly Provider[];
  readonly pace: ApprovalPace;
  readonly slice: Slice | undefined;
  readonly stopping: AbortSignal;
  /** Resolves when what was recorded is durable. */
  readonly flush: () => Promise<void>;
}

/** Rounds over the waiting keys of a run. */
export class ApprovalPoller {
  readonly #options: ApprovalPollerOptions;

  constructor(options: ApprovalPollerOptions) {
    this.#options = options;
  }

  /**
   * One round: every waiting key is asked about once; those that were decided are finished. Ends early when the run is
   * stopped. @throws KeyrailError when the run has to stop.
   */
  async round(): Promise<void> {
    const { lease, worker, slice, stopping, pace, flush } = this.#options;
    for (let from = slice?.from ?? 0; !stopping.aborted;) {
      const to = slice === undefined ? {} : { to: slice.to };
      const items = await lease.claim({ states: ["waiting"], limit: BATCH, from, ...to, counted: false });
      const last = items.at(-1);
      if (last === undefined) return;
      from = last.ordinal + 1;
      const undecided: number[] = [];
      const decided: Promise<void>[] = [];
      for (const item of items) {
        if (!stopping.aborted && (await this.#isDecided(item))) decided.push(worker.work(item));
        else undecided.push(item.ordinal);
        await delay(pace.between, undefined, { signal: stopping }).catch(() => undefined);
      }
      // All of them end before the error of one ends the round.
      const ends = await Promise.allSettled(decided);
      await flush();
      await lease.release(undecided);
      for (const end of ends) if (end.status === "rejected") throw end.reason;
    }
  }

  /** Asks about one key; true when there is something to do for it. */
  async #isDecided(item: JournalItem): Promise<boolean> {
    try {
      return !(await this.#isPending(item));
    } catch (caught) {
      // Only what will not change is decided: an approver refused. Anything else is asked again in the next round.
      return asKeyrailError(caught).retry === "never";
    }
  }

  async #isPending({ ticket, planned }: JournalItem): Promise<boolean> {
    if (ticket === undefined) return false;
    const own = this.#options.providers.find(({ uri }) => ticket.key.startsWith(`${uri}/`));
    if (own?.approvals === undefined) {
      throw new KeyrailError(
        "OperationRefused",
        `The approval that ${planned.source.uri} waits for is of neither end of this run: ${ticket.key}.`,
        { provider: ticket.provider, reason: "another provider's ticket" },
      );
    }
    const outcome = await own.approvals.resume(openTicket(ticket).ticket);
    return outcome.status === "pending";
  }
}
