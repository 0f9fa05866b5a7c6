import type { KeyDraft, KeyEntry } from "./key-entry.ts";

/** A key with its secret in clear. */
export interface LoadedKey {
  readonly entry: KeyEntry;
  /** The stored form of the secret half; empty for a public key. A copy: whoever loads it wipes it. */
  readonly secret: Uint8Array;
}

/** A record that does not match its authentication tag, or can't be read at all. */
export interface DamagedRecord {
  /** The id as far as it can be told. */
  readonly damaged: string;
}

/** What a scan gives for each record. */
export type ScannedRecord = KeyEntry | DamagedRecord;

/** Names an intent, so that a repeated call gives the first call's key. */
export interface IdempotencyMark {
  readonly key: string;
  /** Of the request; holds no secret. */
  readonly fingerprint: Uint8Array;
}

/** The key that is there after an insert. */
export interface Inserted {
  readonly entry: KeyEntry;
  /** False when an earlier call with the same mark made it. */
  readonly created: boolean;
}

/** What a scan looks for; given members must all match. */
export interface ScanFilter {
  readonly label?: string;
  readonly descriptionPrefix?: string;
}

/** New names; absent members stay, `null` takes the description away. */
export interface NameChange {
  readonly label?: string;
  readonly description?: string | null;
}

/**
 * Where keys are kept. Reads are synchronous. Writes are acknowledged when they are durable; when one rejects with an
 * error whose `retry` is not `unknown-outcome`, nothing was written.
 */
export interface KeyEntryStore {
  /** Fingerprints of requests are made under this key, so that they tell nothing to who has only the store. */
  readonly fingerprintKey: Uint8Array;

  /**
   * The key with its secret, or undefined when there is none.
   * @throws KeyrailError `IntegrityFailed` naming the key, `StoreUnavailable`.
   */
  load(id: string): LoadedKey | undefined;

  /**
   * The key that an earlier call with this mark made, if any.
   * @throws KeyrailError `IdempotencyConflict` when that call was another request, `KeyNotFound` when its key was removed.
   */
  settled(mark: IdempotencyMark): KeyEntry | undefined;

  /**
   * Every key that matches and is there throughout, each once; damaged records are given, never left out.
   * @param pageSize records read at once.
   */
  scan(filter: ScanFilter, pageSize: number): Generator<ScannedRecord, void, undefined>;

  /** Adds a key. The secret is copied. Rejects as {@link settled}, or with `Aborted` before anything was written. */
  insert(draft: KeyDraft, secret: Uint8Array, mark?: IdempotencyMark, signal?: AbortSignal): Promise<Inserted>;

  /** Changes names; undefined when there is no such key. Rejects with `IntegrityFailed` as {@link load}. */
  rename(id: string, change: NameChange, signal?: AbortSignal): Promise<KeyEntry | undefined>;

  /** Removes a key, damaged or not; false when there is none. */
  remove(id: string, signal?: AbortSignal): Promise<boolean>;

  /** True when another process has changed the store since the last call; whoever caches records then forgets them. */
  changedElsewhere(): boolean;

  /** Waits for the writes that are queued, then lets go of the file and the keys. */
  close(): Promise<void>;
}
