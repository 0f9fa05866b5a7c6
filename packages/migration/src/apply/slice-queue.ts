/** The jobs of a run: slices of its keys, handed out to workers on any machine by pg-boss (decision 0520). */

import { KeyrailError } from "@keyrail/core";
import type { PgBoss } from "pg-boss";
import { z } from "zod";

/** Where pg-boss keeps its tables, beside the journal's. */
const SCHEMA = "keyrail_queue";
/** Seconds without a sign of life after which a worker's job is given to another; the least that pg-boss takes. */
const HEARTBEAT = 10;
/** Seconds between two looks for such jobs. */
const SUPERVISE = 2;
/** Seconds a job may take in all: no slice does. */
const EXPIRE = 24 * 3600;
/** Seconds before a slice is looked at again that another worker still held keys of. */
const RETRY_DELAY = 2;
const RETRIES = 100_000;
/** Seconds between two looks for a job. */
const POLLING = 0.5;
/** Milliseconds that jobs under way are waited for when the queue is closed; their slices end with the session before. */
const CLOSE_PATIENCE = 5000;

const jobSchema = z.looseObject({ from: z.int().nonnegative() });

/** The queue of one run. */
export class SliceQueue implements AsyncDisposable {
  readonly #boss: PgBoss;
  readonly #name: string;

  private constructor(boss: PgBoss, name: string) {
    this.#boss = boss;
    this.#name = name;
  }

  /**
   * Opens the queue of a run; makes it where there is none.
   * @param databaseUri `postgres://…`, whose user may make the schema `keyrail_queue` or finds it there.
   * @throws KeyrailError `StoreUnavailable`.
   */
  static async open(databaseUri: string, run: string): Promise<SliceQueue> {
    const { PgBoss } = await import("pg-boss");
    const boss = new PgBoss({
      connectionString: databaseUri,
      application_name: "keyrail",
      schema: SCHEMA,
      max: 3,
      schedule: false,
      superviseIntervalSeconds: SUPERVISE,
      monitorIntervalSeconds: SUPERVISE,
    });
    // Its workers and timers try again by themselves; what they can't do shows as jobs that do not come.
    boss.on("error", () => undefined);
    const name = `keyrail-migration-${run}`;
    try {
      await boss.start();
      await boss.createQueue(name, {
        policy: "exclusive",
        heartbeatSeconds: HEARTBEAT,
        expireInSeconds: EXPIRE,
        retryLimit: RETRIES,
        retryDelay: RETRY_DELAY,
      });
    } catch (cause) {
      await boss.stop({ graceful: false }).catch(() => undefined);
      throw new KeyrailError(
        "StoreUnavailable",
        `The job queue can't be opened. The database's user must be allowed to make the schema ${SCHEMA}, or to use it.`,
        { reason: "job queue" },
        { cause, retry: "safe" },
      );
    }
    return new SliceQueue(boss, name);
  }

  /** Adds jobs for slices, by their first ordinals. One that is there already, waiting or under way, is not added again. */
  async add(slices: readonly number[]): Promise<void> {
    const jobs = slices.map((from) => ({ data: { from }, singletonKey: String(from) }));
    if (jobs.length > 0) await this.#boss.insert(this.#name, jobs);
  }

  /** Hands out slices to `work`, so many at once, until the queue is closed. What `work` rejects is handed out again. */
  async work(atOnce: number, work: (from: number) => Promise<void>): Promise<void> {
    await this.#boss.work(
      this.#name,
      { localConcurrency: atOnce, pollingIntervalSeconds: POLLING },
      async (jobs: readonly { readonly data: unknown }[]) => {
        for (const { data } of jobs) await work(jobSchema.parse(data).from);
      },
    );
  }

  /** Ends the work; jobs under way are handed out again. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#boss.offWork(this.#name).catch(() => undefined);
    await this.#boss.stop({ graceful: true, timeout: CLOSE_PATIENCE });
  }
}
