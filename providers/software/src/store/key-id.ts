/**
 * Key ids: UUIDv7 (RFC 9562, section 5.7), and the table row each names.
 *
 * The first 60 bits, the time and a counter, are the row number too: looking a key up is one B-tree descent with no index
 * beside it, new keys are appended, and a damaged id column is found by the row it sits in. The other 62 bits are random.
 * Only 11 of the 12 counter bits are used, so that a row number is a safe integer until the year 2109.
 */

import { randomFillSync } from "node:crypto";

/** Counter values per millisecond. */
const COUNTER_VALUES = 2048;
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-7][0-9a-f]{2}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const POOL_BYTES = 4096;

/** An id in its three forms. */
export interface KeyId {
  readonly text: string;
  readonly bytes: Uint8Array;
  /** Row number: milliseconds since the epoch times 2048, plus a counter. */
  readonly sequence: number;
}

const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;
let last = 0;

/** A new id, greater than every one this process made before. */
export function newKeyId(): KeyId {
  if (used === POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + 8);
  used += 8;
  // A random start within the millisecond keeps two processes on one store from choosing the same rows.
  const now = Date.now() * COUNTER_VALUES + (random[0] ?? 0);
  const sequence = now > last ? now : last + 1;
  last = sequence;
  const bytes = new Uint8Array(16);
  const milliseconds = Math.floor(sequence / COUNTER_VALUES);
  const counter = sequence % COUNTER_VALUES;
  const high = Math.floor(milliseconds / 0x1_0000);
  bytes[0] = high >>> 24;
  bytes[1] = high >>> 16;
  bytes[2] = high >>> 8;
  bytes[3] = high;
  bytes[4] = milliseconds >>> 8;
  bytes[5] = milliseconds;
  bytes[6] = 0x70 | (counter >>> 8);
  bytes[7] = counter;
  bytes.set(random, 8);
  bytes[8] = 0x80 | ((random[1] ?? 0) & 0x3f);
  return { text: formatKeyId(bytes), bytes, sequence };
}

/** The row an id names; undefined when the text is no id of ours. */
export function sequenceOfKeyId(text: string): number | undefined {
  if (!ID.test(text)) return undefined;
  const milliseconds = Number.parseInt(text.slice(0, 8) + text.slice(9, 13), 16);
  const sequence = milliseconds * COUNTER_VALUES + Number.parseInt(text.slice(15, 18), 16);
  return Number.isSafeInteger(sequence) ? sequence : undefined;
}

/** The text form of 16 bytes. */
export function formatKeyId(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** What of an id can be told from its row number: for naming a record whose id column is damaged. */
export function partialKeyId(sequence: number): string {
  const milliseconds = Math.floor(sequence / COUNTER_VALUES)
    .toString(16)
    .padStart(12, "0");
  const counter = (sequence % COUNTER_VALUES).toString(16).padStart(3, "0");
  return `${milliseconds.slice(0, 8)}-${milliseconds.slice(8)}-7${counter}-…`;
}
