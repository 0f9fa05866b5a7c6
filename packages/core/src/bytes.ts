/** Byte strings. Inside Keyrail bytes are `Uint8Array`; hex and base64 live at the edges. */

/** Overwrites every byte with zero. For secrets whose life is over. */
export function wipe(...secrets: readonly (Uint8Array | undefined)[]): void {
  for (const secret of secrets) secret?.fill(0);
}

/**
 * A Uint8Array that has its memory: no proxy of one and no object with its prototype, which the engines can't read, and none
 * whose buffer was transferred away, which would count as the empty message.
 */
export function isBytes(value: unknown): value is Uint8Array {
  if (!(value instanceof Uint8Array) || !ArrayBuffer.isView(value)) return false;
  return value.byteLength > 0 || !("detached" in value.buffer && value.buffer.detached);
}
