import { randomFillSync } from "node:crypto";

const pool = new Uint8Array(8192);
let used = pool.length;

/**
 * Random bytes from the system's generator, fetched 8 KiB at a time: ids, challenges and scalars take a few bytes each, and
 * every fetch costs more than the bytes.
 */
export function takeRandomBytes(length: number): Uint8Array {
  if (length > pool.length - used) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = pool.slice(used, used + length);
  pool.fill(0, used, used + length);
  used += length;
  return bytes;
}
