/** The device's key slots: valid records in insertion order, and what is remembered of deleted ones. */

import { DELETED_COUNT_AT_START } from "../assumptions.ts";
import type { KeyRecord } from "./key-record.ts";

/** What {@link KeyRepository.add} did. */
export type AddOutcome = "added" | "duplicate" | "full";

/** Valid records by kid, in insertion order; an updated record stays in its place. */
export class KeyRepository {
  readonly capacity: number;
  /** While true, list and search are refused. */
  busy = false;
  readonly #records = new Map<string, KeyRecord>();
  /** kid of a deleted record -> number of the boot in which it was deleted. */
  readonly #tombstones = new Map<string, number>();
  #deleted = DELETED_COUNT_AT_START;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Valid records. */
  get size(): number {
    return this.#records.size;
  }

  /** Deletions since the emulator started. */
  get deleted(): number {
    return this.#deleted;
  }

  /** Slots never used since the last start; deleted ones are reused last. */
  get free(): number {
    return Math.max(0, this.capacity - this.size - this.#deleted);
  }

  /** Every record, in list order. */
  records(): readonly KeyRecord[] {
    return [...this.#records.values()];
  }

  /** The record of a lowercase kid. */
  find(kid: string): KeyRecord | undefined {
    return this.#records.get(kid);
  }

  /** Adds a record unless its kid is taken or every slot is. */
  add(record: KeyRecord): AddOutcome {
    if (this.#records.has(record.kid)) return "duplicate";
    if (this.size >= this.capacity) return "full";
    this.#records.set(record.kid, record);
    this.#tombstones.delete(record.kid);
    return "added";
  }

  /** Puts a changed record in the place of the one with its kid. */
  replace(record: KeyRecord): void {
    if (this.#records.has(record.kid)) this.#records.set(record.kid, record);
  }

  /** Deletes a record and zeroes its secret. False when there is none. */
  delete(kid: string, boot: number): boolean {
    const record = this.#records.get(kid);
    if (record === undefined) return false;
    record.secretKey?.fill(0);
    this.#records.delete(kid);
    this.#tombstones.set(kid, boot);
    this.#deleted += 1;
    return true;
  }

  /** Whether a record of this kid was deleted before the given boot. */
  deletedBefore(kid: string, boot: number): boolean {
    const deletedIn = this.#tombstones.get(kid);
    return deletedIn !== undefined && deletedIn < boot;
  }

  /** Deleted kids with the boot in which they were deleted, for the state file. */
  tombstones(): readonly (readonly [string, number])[] {
    return [...this.#tombstones];
  }

  /** Puts back what {@link tombstones} gave. */
  restoreTombstones(tombstones: readonly (readonly [string, number])[]): void {
    for (const [kid, boot] of tombstones) this.#tombstones.set(kid, boot);
  }

  /** Erases the records `keep` does not keep, and every trace of them. */
  wipe(keep: (record: KeyRecord) => boolean): void {
    for (const record of this.records()) {
      if (keep(record)) continue;
      record.secretKey?.fill(0);
      this.#records.delete(record.kid);
    }
    this.#tombstones.clear();
  }
}
