/** Inputs that would hold the event loop: above 1 MiB they are worked on in pieces, or in the thread pool. */

import { setImmediate as nextTurn } from "node:timers/promises";

/** From this length in bytes on an input is large: about a millisecond of work. */
export const LARGE_INPUT_BYTES: number = 1024 ** 2;

/** Whether an input is large. */
export function isLarge(input: Uint8Array | undefined): input is Uint8Array {
  return input !== undefined && input.length > LARGE_INPUT_BYTES;
}

/** Feeds a large input in pieces; other work of the process runs between them. */
export async function feedInPieces(input: Uint8Array, feed: (piece: Uint8Array) => void): Promise<void> {
  for (let offset = 0; offset < input.length; offset += LARGE_INPUT_BYTES) {
    if (offset > 0) await nextTurn();
    feed(input.subarray(offset, offset + LARGE_INPUT_BYTES));
  }
}
