import type { Clock } from "../clock.ts";

interface Entry<Value> {
  readonly value: Value;
  readonly expiresAt: number;
}

/** A map whose entries live for one fixed time each; what has expired is dropped from the front as new ones come. */
export class ExpiringMap<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #clock: Clock;
  readonly lifetimeMs: number;

  constructor(clock: Clock, lifetimeMs: number) {
    this.#clock = clock;
    this.lifetimeMs = lifetimeMs;
  }

  set(key: string, value: Value): void {
    const now = this.#clock.now();
    for (const [oldest, { expiresAt }] of this.#entries) {
      if (expiresAt > now) break;
      this.#entries.delete(oldest);
    }
    this.#entries.set(key, { value, expiresAt: now + this.lifetimeMs });
  }

  /** The value, unless it has expired. */
  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.expiresAt > this.#clock.now() ? entry.value : undefined;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
