import { randomInt } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { KeyrailError, isKeyrailError } from "@keyrail/core";
import type { Kysely, QueryExecutorProvider, Transaction } from "kysely";
import type { ChangeWatch } from "./change-watch.ts";
import type { Database, DatabaseKind, TransactionOptions } from "./database.ts";
import { databaseError, isSerializationFailure, outcomeUnknown } from "./database-errors.ts";
import type { Engine } from "./engine.ts";
import type { Place } from "./location.ts";

/** How often a serializable transaction is begun before its failure is passed on. */
const ATTEMPTS = 20;

/** A database whose tables are up to date. */
export class OpenedDatabase<Tables> implements Database<Tables> {
  readonly kind: DatabaseKind;
  readonly location: string;
  readonly query: Kysely<Tables>;
  readonly #engine: Engine;
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;
  /** Settles when the last exclusive transaction of this process has ended; never rejects. */
  #exclusive: Promise<unknown> = Promise.resolve();

  constructor(query: Kysely<Tables>, engine: Engine, { kind, location }: Place) {
    this.kind = kind;
    this.location = location;
    this.query = query;
    this.#engine = engine;
  }

  async run<Result>(work: (query: Kysely<Tables>) => Promise<Result>): Promise<Result> {
    this.#checkOpen();
    try {
      return await work(this.query);
    } catch (error) {
      throw this.#known(error);
    }
  }

  async transaction<Result>(
    work: (transaction: Transaction<Tables>) => Promise<Result>,
    options: TransactionOptions = {},
  ): Promise<Result> {
    if (options.exclusive !== true) return this.#attempts(work, false);
    // In this process they queue here: one connection waits for those of other processes, and none of its own.
    const result = this.#exclusive.then(() => this.#attempts(work, true));
    this.#exclusive = result.catch(() => undefined);
    return result;
  }

  watch(channel: string): ChangeWatch {
    this.#checkOpen();
    return this.#engine.watch(channel, this.#closed.signal);
  }

  announce(transaction: QueryExecutorProvider, channel: string): Promise<void> {
    return this.#engine.announce(transaction, channel);
  }

  close(): Promise<void> {
    this.#closed.abort();
    return (this.#closing ??= this.query.destroy());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #attempts<Result>(
    work: (transaction: Transaction<Tables>) => Promise<Result>,
    alone: boolean,
  ): Promise<Result> {
    this.#checkOpen();
    for (let attempt = 1; ; attempt += 1) {
      let worked = false;
      try {
        return await this.#engine.begin(this.query, alone).execute(async (transaction) => {
          if (alone) await this.#engine.lock(transaction);
          const result = await work(transaction);
          worked = true;
          return result;
        });
      } catch (error) {
        if (isSerializationFailure(error) && attempt < ATTEMPTS) {
          // A random pause, so that two who got in each other's way do not do so again.
          await wait(randomInt(4 * attempt));
          continue;
        }
        // Only the commit came after the work: a server that was lost then may have done it.
        throw worked && this.kind === "postgresql" ? outcomeUnknown(error, this.location) : this.#known(error);
      }
    }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw this.#closedError();
  }

  /** The error as Keyrail's. What a database says that was closed under a call is of no use to anybody. */
  #known(error: unknown): unknown {
    const known = databaseError(error, this.location);
    return this.#closing === undefined || isKeyrailError(known) ? known : this.#closedError(error);
  }

  #closedError(cause?: unknown): KeyrailError<"Closed"> {
    return new KeyrailError("Closed", "The database was closed.", { what: "database" }, { cause });
  }
}
