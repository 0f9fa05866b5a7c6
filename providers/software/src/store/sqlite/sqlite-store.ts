import { timingSafeEqual } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { KeyrailError, wipe } from "@keyrail/core";
import { unwrapDataKey, wrapDataKey } from "../../sealing/key-encryption.ts";
import type { KeyEncryptionKey } from "../../sealing/key-encryption-key.ts";
import { RecordSealer } from "../../sealing/record-sealer.ts";
import type { KeyDraft, KeyEntry } from "../key-entry.ts";
import type {
  IdempotencyMark,
  Inserted,
  KeyEntryStore,
  LoadedKey,
  NameChange,
  ScanFilter,
  ScannedRecord,
} from "../key-entry-store.ts";
import { formatKeyId, newKeyId, sequenceOfKeyId } from "../key-id.ts";
import { renamed } from "../memory-store.ts";
import { idempotencyConflict, recordDamaged, settledKeyRemoved, storeDamaged } from "../store-errors.ts";
import { CommitQueue } from "./commit-queue.ts";
import { createStoreFile } from "./create-file.ts";
import { isCorrupt, isRowTaken, storeError } from "./database.ts";
import { decodeHeader, encodeHeader, headerBinding } from "./header.ts";
import { exists, openStoreFile } from "./open-file.ts";
import { openRow, sealRow } from "./rows.ts";
import { scanRecords } from "./scan.ts";
import { storeUnavailable } from "../store-errors.ts";

/** How often other processes' changes are looked for, ms. */
const CHANGE_CHECK_MS = 50;

/** One encrypted SQLite file. Layout and reasons: docs/decisions/0300-software-store-format.md. */
export class SqliteStore implements KeyEntryStore {
  readonly fingerprintKey: Uint8Array;
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #sealer: RecordSealer;
  readonly #queue: CommitQueue;
  readonly #selectRow: StatementSync;
  readonly #insertRow: StatementSync;
  readonly #updateRow: StatementSync;
  readonly #deleteRow: StatementSync;
  readonly #selectMark: StatementSync;
  readonly #insertMark: StatementSync;
  readonly #dataVersion: StatementSync;
  #lastDataVersion: unknown;
  #nextChangeCheck = 0;
  #truncateLog = false;

  /**
   * Opens the store, making it when there is none and `create` allows it.
   * @throws KeyrailError `StoreUnavailable`, `IntegrityFailed`, `WrongPassphrase`.
   */
  static async open(path: string, keyEncryptionKey: KeyEncryptionKey, create: boolean): Promise<SqliteStore> {
    if (!(await exists(path))) {
      if (!create) throw storeUnavailable(path, "there is no such file");
      await createStoreFile(path, keyEncryptionKey);
    }
    const database = await openStoreFile(path);
    try {
      const header = decodeHeader(selectHeader(database, path), path);
      const dataKey = await unwrapDataKey(header, keyEncryptionKey, headerBinding(header.storeId), path);
      const sealer = new RecordSealer(dataKey);
      wipe(dataKey);
      return new SqliteStore(path, database, sealer);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  private constructor(path: string, database: DatabaseSync, sealer: RecordSealer) {
    this.#path = path;
    this.#database = database;
    this.#sealer = sealer;
    this.fingerprintKey = sealer.fingerprintKey();
    this.#queue = new CommitQueue(path, database, () => this.#committed());
    this.#selectRow = database.prepare(
      "SELECT id, label, description, attributes, public_key, sealed FROM keys WHERE sequence = ?",
    );
    this.#insertRow = database.prepare(
      "INSERT INTO keys (sequence, id, label, description, attributes, public_key, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#updateRow = database.prepare(
      "UPDATE keys SET label = ?, description = ?, attributes = ?, sealed = ? WHERE sequence = ?",
    );
    this.#deleteRow = database.prepare("DELETE FROM keys WHERE sequence = ?");
    this.#selectMark = database.prepare("SELECT fingerprint, id FROM idempotency WHERE idempotency_key = ?");
    this.#insertMark = database.prepare("INSERT INTO idempotency (idempotency_key, fingerprint, id) VALUES (?, ?, ?)");
    this.#dataVersion = database.prepare("PRAGMA data_version");
    this.#lastDataVersion = this.#dataVersion.get()?.["data_version"];
  }

  load(id: string): LoadedKey | undefined {
    const sequence = sequenceOfKeyId(id);
    return sequence === undefined ? undefined : this.#load(id, sequence);
  }

  settled(mark: IdempotencyMark): KeyEntry | undefined {
    const row = this.#read(() => this.#selectMark.get(mark.key));
    if (row === undefined) return undefined;
    const { fingerprint, id } = row;
    if (!(fingerprint instanceof Uint8Array) || !(id instanceof Uint8Array)) {
      throw storeDamaged(this.#path, "an idempotency record can't be read");
    }
    if (fingerprint.length !== mark.fingerprint.length || !timingSafeEqual(fingerprint, mark.fingerprint)) {
      throw idempotencyConflict(mark.key);
    }
    const key = formatKeyId(id);
    const loaded = this.load(key);
    if (loaded === undefined) throw settledKeyRemoved(mark.key, key);
    wipe(loaded.secret);
    return loaded.entry;
  }

  scan(filter: ScanFilter, pageSize: number): Generator<ScannedRecord, void, undefined> {
    return scanRecords(this.#database, this.#sealer, this.#path, filter, pageSize);
  }

  async insert(draft: KeyDraft, secret: Uint8Array, mark?: IdempotencyMark, signal?: AbortSignal): Promise<Inserted> {
    // Sealed before it waits, so that no secret waits in clear.
    let id = newKeyId();
    let row = sealRow(id.bytes, draft, secret, this.#sealer);
    return this.#queue.write(() => {
      const earlier = mark === undefined ? undefined : this.settled(mark);
      if (earlier !== undefined) return { entry: earlier, created: false };
      for (;;) {
        const { label, description, attributes, publicKey, sealed } = row;
        try {
          this.#insertRow.run(id.sequence, id.bytes, label, description, attributes, publicKey, sealed);
          break;
        } catch (error) {
          // Another process took this row in the same millisecond: one in some thousands.
          if (!isRowTaken(error)) throw error;
          const opened = openRow({ ...row, public_key: publicKey }, this.#sealer);
          if (opened === undefined) throw storeDamaged(this.#path, "a record could not be sealed anew", error);
          id = newKeyId();
          row = sealRow(id.bytes, draft, opened.secret, this.#sealer);
          wipe(opened.secret);
        }
      }
      if (mark !== undefined) this.#insertMark.run(mark.key, mark.fingerprint, id.bytes);
      return { entry: { id: id.text, ...draft }, created: true };
    }, signal);
  }

  rename(id: string, change: NameChange, signal?: AbortSignal): Promise<KeyEntry | undefined> {
    return this.#queue.write(() => {
      const sequence = sequenceOfKeyId(id);
      const loaded = sequence === undefined ? undefined : this.#load(id, sequence);
      if (sequence === undefined || loaded === undefined) return undefined;
      try {
        const entry = renamed(loaded.entry, change);
        const row = sealRow(idBytes(id), entry, loaded.secret, this.#sealer);
        this.#updateRow.run(row.label, row.description, row.attributes, row.sealed, sequence);
        return entry;
      } finally {
        wipe(loaded.secret);
      }
    }, signal);
  }

  remove(id: string, signal?: AbortSignal): Promise<boolean> {
    return this.#queue.write(() => {
      const sequence = sequenceOfKeyId(id);
      if (sequence === undefined || !this.#mayRemove(id, sequence)) return false;
      // What the log still holds of the record goes when the log is truncated, after the commit.
      this.#truncateLog = true;
      return this.#deleteRow.run(sequence).changes > 0;
    }, signal);
  }

  changedElsewhere(): boolean {
    const now = performance.now();
    if (now < this.#nextChangeCheck) return false;
    this.#nextChangeCheck = now + CHANGE_CHECK_MS;
    const version = this.#read(() => this.#dataVersion.get())?.["data_version"];
    if (version === this.#lastDataVersion) return false;
    this.#lastDataVersion = version;
    return true;
  }

  /** Wraps the data key under another key-encryption key; the records stay as they are. */
  async rewrap(keyEncryptionKey: KeyEncryptionKey): Promise<void> {
    const { storeId } = decodeHeader(
      this.#read(() => selectHeader(this.#database, this.#path)),
      this.#path,
    );
    const dataKey = this.#sealer.exportDataKey();
    try {
      const wrapped = await wrapDataKey(dataKey, keyEncryptionKey, headerBinding(storeId));
      const header = encodeHeader({ storeId, ...wrapped });
      await this.#queue.write(() => {
        this.#truncateLog = true;
        this.#database
          .prepare("UPDATE header SET facts = ?, wrapped_data_key = ?, checksum = ? WHERE singleton = 1")
          .run(header.facts, header.wrapped, header.checksum);
      });
    } finally {
      wipe(dataKey);
    }
  }

  async close(): Promise<void> {
    await this.#queue.drained();
    wipe(this.fingerprintKey);
    this.#database.close();
  }

  #load(id: string, sequence: number): LoadedKey | undefined {
    let row;
    try {
      row = this.#selectRow.get(sequence);
    } catch (error) {
      throw isCorrupt(error) ? recordDamaged(this.#path, id, error) : storeError(error, this.#path);
    }
    if (row === undefined) return undefined;
    const loaded = openRow(row, this.#sealer);
    if (loaded === undefined) throw recordDamaged(this.#path, id);
    if (loaded.entry.id === id) return loaded;
    // An intact record of another key in this row: the id asked for never was.
    wipe(loaded.secret);
    return undefined;
  }

  /** Whether the row is the key's: intact with its id, or damaged. */
  #mayRemove(id: string, sequence: number): boolean {
    try {
      const loaded = this.#load(id, sequence);
      wipe(loaded?.secret);
      return loaded !== undefined;
    } catch (error) {
      if (error instanceof KeyrailError && error.code === "IntegrityFailed") return true;
      throw error;
    }
  }

  #committed(): void {
    if (!this.#truncateLog) return;
    this.#truncateLog = false;
    // Not possible while another process reads: then the log is overwritten later, by SQLite's own checkpoints.
    this.#database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
  }

  #read<Result>(statement: () => Result): Result {
    try {
      return statement();
    } catch (error) {
      throw storeError(error, this.#path);
    }
  }
}

function selectHeader(database: DatabaseSync, path: string): unknown {
  try {
    return database.prepare("SELECT facts, wrapped_data_key, checksum FROM header WHERE singleton = 1").get();
  } catch (error) {
    throw storeError(error, path);
  }
}

function idBytes(id: string): Uint8Array {
  return new Uint8Array(Buffer.from(id.replaceAll("-", ""), "hex"));
}
