import { randomBytes, timingSafeEqual } from "node:crypto";
import { wipe } from "@keyrail/core";
import type { KeyDraft, KeyEntry } from "./key-entry.ts";
import type {
  IdempotencyMark,
  Inserted,
  KeyEntryStore,
  LoadedKey,
  NameChange,
  ScanFilter,
  ScannedRecord,
} from "./key-entry-store.ts";
import { newKeyId } from "./key-id.ts";
import { abortedBeforeWrite, closedBeforeWrite, idempotencyConflict, settledKeyRemoved } from "./store-errors.ts";

interface Settled {
  readonly fingerprint: Uint8Array;
  readonly id: string;
}

/** Keys in this process only: gone when the provider is closed. */
export class MemoryStore implements KeyEntryStore {
  readonly fingerprintKey: Uint8Array = randomBytes(32);
  readonly #keys = new Map<string, LoadedKey>();
  readonly #settled = new Map<string, Settled>();
  #closed = false;

  load(id: string): LoadedKey | undefined {
    const key = this.#keys.get(id);
    return key === undefined ? undefined : { entry: key.entry, secret: Uint8Array.from(key.secret) };
  }

  settled(mark: IdempotencyMark): KeyEntry | undefined {
    const earlier = this.#settled.get(mark.key);
    if (earlier === undefined) return undefined;
    if (!timingSafeEqual(earlier.fingerprint, mark.fingerprint)) throw idempotencyConflict(mark.key);
    const key = this.#keys.get(earlier.id);
    if (key === undefined) throw settledKeyRemoved(mark.key, earlier.id);
    return key.entry;
  }

  *scan(filter: ScanFilter): Generator<ScannedRecord, void, undefined> {
    // A Map's iterator sees keys that are added and passes over those removed meanwhile.
    for (const { entry } of this.#keys.values()) if (matches(entry, filter)) yield entry;
  }

  async insert(draft: KeyDraft, secret: Uint8Array, mark?: IdempotencyMark, signal?: AbortSignal): Promise<Inserted> {
    if (signal?.aborted === true) throw abortedBeforeWrite(signal);
    // A key that was being made when the store was closed: acknowledged it would be gone, and its secret never wiped.
    if (this.#closed) throw closedBeforeWrite();
    const earlier = mark === undefined ? undefined : this.settled(mark);
    if (earlier !== undefined) return { entry: earlier, created: false };
    const entry: KeyEntry = { id: newKeyId().text, ...draft };
    this.#keys.set(entry.id, { entry, secret: Uint8Array.from(secret) });
    if (mark !== undefined) this.#settled.set(mark.key, { fingerprint: mark.fingerprint, id: entry.id });
    return { entry, created: true };
  }

  async rename(id: string, change: NameChange, signal?: AbortSignal): Promise<KeyEntry | undefined> {
    if (signal?.aborted === true) throw abortedBeforeWrite(signal);
    const key = this.#keys.get(id);
    if (key === undefined) return undefined;
    const entry = renamed(key.entry, change);
    this.#keys.set(id, { entry, secret: key.secret });
    return entry;
  }

  async remove(id: string, signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted === true) throw abortedBeforeWrite(signal);
    wipe(this.#keys.get(id)?.secret);
    return this.#keys.delete(id);
  }

  changedElsewhere(): boolean {
    return false;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { secret } of this.#keys.values()) wipe(secret);
    this.#keys.clear();
    this.#settled.clear();
    wipe(this.fingerprintKey);
  }
}

/** Whether an entry is one that is looked for. */
function matches(entry: KeyEntry, filter: ScanFilter): boolean {
  return (
    (filter.label === undefined || entry.label === filter.label) &&
    (filter.descriptionPrefix === undefined || entry.description?.startsWith(filter.descriptionPrefix) === true)
  );
}

/** The entry with other names and a new time of change. */
export function renamed(entry: KeyEntry, change: NameChange): KeyEntry {
  const { description, ...rest } = entry;
  const kept = change.description === undefined ? description : (change.description ?? undefined);
  return {
    ...rest,
    ...(change.label === undefined ? {} : { label: change.label }),
    ...(kept === undefined ? {} : { description: kept }),
    updatedAt: Math.floor(Date.now() / 1000),
  };
}
