/** Brings one key from where it stands to verified. */

import { setTimeout as delay } from "node:timers/promises";
import { type ApprovalTicket, isKeyrailError, type KeyrailError, type Provider } from "@keyrail/core";
import { InFlightLimit } from "@keyrail/http";
import type { HeldItemUpdate, JournalItem, RecordedError } from "../journal/journal.ts";
import { failedVerification } from "./failed-verification.ts";
import { needsRenaming } from "./target-label.ts";
import { giveLabel, makeTargetKey } from "./make-target-key.ts";
import { asKeyrailError, FirstFailures, isSystematic, pauseBefore, type RetryPolicy } from "./retry.ts";
import type { ItemSteps, StepTask } from "./steps.ts";

/** What an {@link ItemWorker} works with. */
export interface ItemWorkerOptions {
  readonly run: StepTask["run"];
  readonly source: Provider;
  readonly target: Provider;
  readonly steps: ItemSteps;
  readonly retry: RetryPolicy;
  /** Steps at once. */
  readonly inFlight: number;
  /** How many keys may fail alike at a step nobody has passed before the run stops. */
  readonly firstFailures: number;
  /** Aborted when no further step is to be begun; steps that are under way are finished. */
  readonly stopping: AbortSignal;
  /** Takes what became of a key; may come several times for one. */
  readonly record: (update: HeldItemUpdate) => void;
  /** Resolves when all that was recorded is durable. */
  readonly durable: () => Promise<void>;
}

/** The names of the steps, for errors and for telling failures apart. */
type StepName = "make" | "name" | "prove" | "verify";

/** Thrown inside when the run is to stop: the key stays as it is. */
class Stopped extends Error {}

/** Works on keys; any number of them at once, within the limit of steps. */
export class ItemWorker {
  readonly #options: ItemWorkerOptions;
  readonly #slots: InFlightLimit;
  readonly #failures: FirstFailures;

  constructor(options: ItemWorkerOptions) {
    this.#options = options;
    this.#slots = new InFlightLimit(options.inFlight);
    this.#failures = new FirstFailures(options.firstFailures);
  }

  /**
   * Does what is left to do for a key. Every end is recorded: verified, waiting for an approval, or failed; a key that is
   * stopped in between stays in the state it had reached.
   *
   * @throws KeyrailError when the failure is not this key's but everybody's: the run has to stop.
   */
  async work(item: JournalItem): Promise<void> {
    const { ordinal } = item;
    try {
      await this.#advance(item);
    } catch (error) {
      if (error instanceof Stopped) return;
      if (isKeyrailError(error, "ApprovalPending")) {
        this.#options.record({ ordinal, state: "waiting", ticket: error.context.ticket });
        return;
      }
      if (!(error instanceof StepFailure)) throw error;
      const { cause, step } = error;
      if (isSystematic(cause) || this.#failures.failed(`${step} ${item.strategy}`, cause.code)) throw cause;
      this.fail(item, cause);
    }
  }

  /** Records that a key failed. */
  fail(item: JournalItem, error: KeyrailError): void {
    const refusals = (item.error?.refusals ?? 0) + (error.code === "ApprovalDenied" ? 1 : 0);
    const recorded: RecordedError = {
      code: error.code,
      message: error.message.toWellFormed(),
      ...(refusals === 0 ? {} : { refusals }),
    };
    this.#options.record({ ordinal: item.ordinal, state: "failed", ticket: null, error: recorded });
  }

  async #advance(item: JournalItem): Promise<void> {
    const { record, steps, source, target } = this.#options;
    const { ordinal, planned, ticket } = item;
    let { target: targetKey, targetPublicKey, proof } = item;
    if (targetKey === undefined) {
      const first = item.attempts === 1;
      const made = await this.#step("make", item, (failed) =>
        makeTargetKey({ planned, source, target, earlierAttempt: first && failed === 0 ? "none" : "possible" }),
      );
      targetKey = made.uri;
      targetPublicKey = made.publicKey;
      record({
        ordinal,
        state: "made",
        target: targetKey,
        ...(targetPublicKey === undefined ? {} : { targetPublicKey }),
        keep: true,
      });
    }
    if (proof === undefined && needsRenaming(planned.target, target)) {
      const key = targetKey;
      await this.#options.durable();
      await this.#step("name", item, () => giveLabel(planned, target, key));
    }
    const task = this.#task(item, targetKey, targetPublicKey);
    let unused = ticket;
    if (proof === undefined) {
      proof = await this.#step("prove", item, () => steps.prove(withTicket(task, unused)));
      unused = undefined;
      record({ ordinal, state: "proved", proof, ticket: null, keep: true });
    }
    const proved = proof;
    const verification = await this.#step("verify", item, () =>
      steps.verify({ ...withTicket(task, unused), proof: proved }),
    );
    if (verification.passed) {
      record({ ordinal, state: "verified", verification, ticket: null, error: null });
      return;
    }
    record(failedVerification(item, verification, false));
  }

  #task({ planned, error }: JournalItem, targetKey: string, targetPublicKey: string | undefined): StepTask {
    const { run, source, target } = this.#options;
    return {
      planned,
      run,
      source,
      target,
      targetKey,
      ...(targetPublicKey === undefined ? {} : { targetPublicKey }),
      attempt: error?.refusals ?? 0,
    };
  }

  /** A step, repeated as its errors advise. */
  async #step<Result>(step: StepName, item: JournalItem, begin: (failed: number) => Promise<Result>): Promise<Result> {
    const { stopping, retry } = this.#options;
    for (let failed = 0; ;) {
      let pause: number;
      try {
        const result = await this.#slots.run(() => {
          if (stopping.aborted) throw new Stopped();
          return begin(failed);
        });
        this.#failures.passed(`${step} ${item.strategy}`);
        return result;
      } catch (caught) {
        if (caught instanceof Stopped || isKeyrailError(caught, "ApprovalPending")) throw caught;
        const error = asKeyrailError(caught);
        failed += 1;
        const advised = pauseBefore(error, failed, retry);
        if (advised === undefined) throw new StepFailure(step, error);
        pause = advised;
      }
      await delay(pause, undefined, { signal: stopping }).catch(() => undefined);
      if (stopping.aborted) throw new Stopped();
    }
  }
}

/** A step that failed for good. */
class StepFailure extends Error {
  readonly step: StepName;
  override readonly cause: KeyrailError;

  constructor(step: StepName, cause: KeyrailError) {
    super(cause.message);
    this.step = step;
    this.cause = cause;
  }
}

function withTicket(task: StepTask, ticket: ApprovalTicket | undefined): StepTask {
  return ticket === undefined ? task : { ...task, ticket };
}
