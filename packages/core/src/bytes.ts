/** Byte strings. Inside Keyrail bytes are `Uint8Array`; hex and base64 live at the edges. */

/** Overwrites every byte with zero. For secrets whose life is over. */
export function wipe(...secrets: readonly (Uint8Array | undefined)[]): void {
  for (const secret of secrets) secret?.fill(0);
}
