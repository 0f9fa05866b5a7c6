import { setTimeout as delay } from "node:timers/promises";
import type { CapabilityDeclaration } from "@keyrail/core";
import { InFlightLimit } from "@keyrail/http";
import type { HeldItemUpdate, ItemState, JournalItem, WorkerLease } from "../journal/journal.ts";
import { type StageOptions, throwIfStopped, workerName } from "./stage-options.ts";

/** Items claimed at once. */
const BATCH = 100;
/** Calls at once to a provider that declares no limit. */
const DEFAULT_IN_FLIGHT = 8;
/** Milliseconds between two looks for items that another process holds. */
const LOOK_AGAIN = 250;

/** How the items of a stage are worked on. */
export interface EachItem {
  readonly states: readonly ItemState[];
  /** The provider whose limit counts. */
  readonly provider: { readonly capabilities: CapabilityDeclaration };
  /** For error texts: "The roll-back". */
  readonly name: string;
  /** Called before each pass over the items; more than one when others held some. */
  begin?(): void;
  /**
   * Does the work of one item; its update is recorded after the batch. Undefined leaves the item as it is, and an update may
   * leave it in its state. It is called
   * again for an item whose update was not recorded.
   */
  work(item: JournalItem): Promise<HeldItemUpdate | undefined>;
}

/**
 * Works on every item in these states, within the provider's limit. What was done is in the journal batch by batch. Items that
 * another process holds are waited for: it finishes them, or its lease ends.
 *
 * @throws KeyrailError `Aborted`, and what `work` throws, after the rest of the batch is recorded.
 */
export async function eachItem(options: StageOptions, each: EachItem): Promise<void> {
  const { journal, run } = options;
  await using lease = await journal.join(run, workerName(options), options.lease);
  using _renewal = renewing(lease);
  for (;;) {
    each.begin?.();
    let held = 0;
    for (const state of each.states) {
      const kept = await eachOfState(options, each, lease, state);
      held += Math.max(0, (await journal.counts(run))[state] - kept);
    }
    if (held === 0) return;
    await delay(LOOK_AGAIN);
  }
}

/** Keeps a lease while slow providers take their time. A renewal that fails is told by the next call of the lease. */
function renewing(lease: WorkerLease): Disposable {
  const timer = setInterval(() => void lease.renew().catch(() => undefined), lease.duration / 3);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** How many items were left as they are. */
async function eachOfState(
  options: StageOptions,
  each: EachItem,
  lease: WorkerLease,
  state: ItemState,
): Promise<number> {
  const limit = new InFlightLimit(each.provider.capabilities.pace?.inFlight ?? DEFAULT_IN_FLIGHT);
  let kept = 0;
  for (let from = 0; ;) {
    throwIfStopped(options, each.name);
    const items = await lease.claim({ states: [state], limit: BATCH, from, counted: false });
    if (items.length === 0) return kept;
    from = 1 + items.reduce((highest, { ordinal }) => Math.max(highest, ordinal), 0);
    const settled = await Promise.allSettled(items.map((item) => limit.run(() => each.work(item))));
    const updates = settled.flatMap((one) =>
      one.status === "fulfilled" && one.value !== undefined ? [one.value] : [],
    );
    await lease.record(updates);
    const updated = new Set(updates.map(({ ordinal }) => ordinal));
    const untouched = items.filter(({ ordinal }) => !updated.has(ordinal));
    await lease.release(untouched.map(({ ordinal }) => ordinal));
    kept += untouched.length + updates.filter((update) => update.state === state).length;
    const failure = settled.find((one) => one.status === "rejected");
    if (failure !== undefined) throw failure.reason;
  }
}
