/** Callers that never stop: so many requests in flight, each answer checked by node:crypto. */

import { createPublicKey, hash, type KeyObject, verify } from "node:crypto";
import { Pool } from "undici";
import type { Signed } from "./client.ts";
import { TOKEN } from "./place.ts";

/** A signature that was asked for, and came. */
export interface Observation {
  /** Milliseconds since the epoch, with fractions: when the request was begun and when its answer was there. */
  readonly start: number;
  readonly end: number;
  readonly version: number;
  readonly key: string;
}

/** This moment, milliseconds since the epoch with fractions; never goes back. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Load on one or several instances of the service. */
export class Load implements AsyncDisposable {
  readonly observations: Observation[] = [];
  /** What went wrong, in words. */
  readonly failures: string[] = [];
  readonly #pools = new Map<string, Pool>();
  readonly #alias: string;
  readonly #inFlight: number;
  readonly #publicKeys = new Map<string, KeyObject>();
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  #workers: readonly Promise<void>[] = [];
  #turn = 0;
  #serial = 0;
  #stopped = false;

  constructor(alias: string, inFlight: number) {
    this.#alias = alias;
    this.#inFlight = inFlight;
  }

  /** Sends requests to this instance too. */
  add(url: string): void {
    this.#pools.set(url, new Pool(url, { connections: this.#inFlight, pipelining: 1 }));
  }

  /** Sends no more requests to this instance; those in flight there go on. */
  takeOut(url: string): void {
    const pool = this.#pools.get(url);
    this.#pools.delete(url);
    void pool?.close();
  }

  start(): void {
    this.#workers = Array.from({ length: this.#inFlight }, () => this.#work());
  }

  /** Resolves when so many more answers came. */
  async answers(count: number): Promise<void> {
    const reached = this.observations.length + this.failures.length + count;
    await new Promise<void>((resolve) => this.#waiting.push({ count: reached, resolve }));
  }

  /** Lets what is in flight come to its end. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      const message = Buffer.from(`order ${++this.#serial}`);
      try {
        this.observations.push(await this.#sign(message));
      } catch (error) {
        this.failures.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
      }
      const done = this.observations.length + this.failures.length;
      while ((this.#waiting[0]?.count ?? Infinity) <= done) this.#waiting.shift()?.resolve();
    }
  }

  async #sign(message: Uint8Array): Promise<Observation> {
    const pools = [...this.#pools.values()];
    const pool = pools[this.#turn++ % pools.length];
    if (pool === undefined) throw new Error("No instance is left.");
    const start = now();
    const { statusCode, body } = await pool.request({
      method: "POST",
      path: `/keys/${encodeURIComponent(this.#alias)}/sign`,
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ message: Buffer.from(message).toString("base64url"), algorithm: "Ed25519" }),
    });
    const text = await body.text();
    const end = now();
    if (statusCode !== 200) throw new Error(`${statusCode} ${text}`);
    const signed = JSON.parse(text) as Signed;
    if (!verify(null, message, this.#publicKeyOf(signed), Buffer.from(signed.signature, "base64url"))) {
      throw new Error(`The signature of version ${signed.version} is wrong.`);
    }
    return { start, end, version: signed.version, key: signed.key };
  }

  /** The public key of the answer; one key has one, whichever answer names it. */
  #publicKeyOf({ key, publicKey }: Signed): KeyObject {
    const name = `${key} ${hash("sha256", JSON.stringify(publicKey))}`;
    let known = this.#publicKeys.get(name);
    if (known === undefined) {
      if ([...this.#publicKeys.keys()].some((other) => other.startsWith(`${key} `))) {
        throw new Error(`${key} has two public keys.`);
      }
      this.#publicKeys.set(name, (known = createPublicKey({ key: publicKey, format: "jwk" })));
    }
    return known;
  }
}
