/**
 * Ed25519 by libsodium (the optional package `sodium-native`), taken when it is installed and works: it verifies in two
 * fifths of the time `node:crypto` takes and multiplies in a third, which is most of what a request costs here.
 */

import { createRequire } from "node:module";

/** What is used of the addon. All arguments are buffers of exactly the length that is named. */
export interface NativeEd25519 {
  /** Writes scalar x B into 32 bytes; the scalar is 32 bytes little-endian and not clamped. Throws for the neutral point. */
  crypto_scalarmult_ed25519_base_noclamp(point: Uint8Array, scalar: Uint8Array): void;
  /** Pure Ed25519 (RFC 8032): signature of 64 bytes, public key of 32. */
  crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
}

const require = createRequire(import.meta.url);

const ONE = Uint8Array.from({ length: 32 }, (_, position) => (position === 0 ? 1 : 0));
/** B of RFC 8032, 5.1. */
const BASE_POINT = "5866666666666666666666666666666666666666666666666666666666666666";

/** The addon, or undefined: then `node:crypto` and @noble/curves do the same work. */
export const nativeEd25519: NativeEd25519 | undefined = working(() => require("sodium-native"));

/** Loads the addon and multiplies once: an addon built for another runtime may load and then fail. */
export function working(load: () => NativeEd25519): NativeEd25519 | undefined {
  try {
    const addon = load();
    const point = new Uint8Array(32);
    addon.crypto_scalarmult_ed25519_base_noclamp(point, ONE);
    return Buffer.from(point).toString("hex") === BASE_POINT ? addon : undefined;
  } catch {
    // Not installed, or not for this runtime.
    return undefined;
  }
}
