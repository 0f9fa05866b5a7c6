/** The words of hierarchical deterministic keys. Types only; loads nothing. See `hd.ts`. */

import type { DerivationAlgorithm } from "@keyrail/core";

/** Algorithms that derive a child key from a parent key and an index. */
export type HdAlgorithm = Extract<DerivationAlgorithm, "BIP32" | "SLIP10" | "EDWARDS-HD" | "STARK-HD">;

/**
 * Key types that have children.
 *
 * | algorithm  | key types                         | hardened | from the public key alone |
 * | ---------- | --------------------------------- | -------- | ------------------------- |
 * | BIP32      | secp256k1                         | yes      | not hardened              |
 * | SLIP10     | secp256k1, P-256                  | yes      | not hardened              |
 * | SLIP10     | Ed25519, X25519                   | only     | no                        |
 * | EDWARDS-HD | Ed25519 (as a scalar)             | no       | yes                       |
 * | STARK-HD   | stark                             | no       | yes                       |
 */
export type HdKeyType = "secp256k1" | "P-256" | "stark" | "Ed25519" | "X25519";

/** Where a key stands in its tree: what an extended key carries beside the key (BIP-32). */
export interface HdPosition {
  /** 0 for the master key, at most 255. */
  readonly depth: number;
  /** First 4 bytes of HASH160 of the parent's public key; zeros for the master key. */
  readonly parentFingerprint: Uint8Array;
  /** The index, with 2^31 added when hardened; 0 for the master key. */
  readonly childNumber: number;
}

/** A private key that has children. The caller wipes `privateKey` and `chainCode`. */
export interface HdPrivateKey {
  readonly keyType: HdKeyType;
  /**
   * 32 bytes. secp256k1, P-256, stark: the scalar, big-endian. SLIP10 on Ed25519 and X25519: the seed as the key type
   * stores it. EDWARDS-HD: the **scalar, big-endian**, not a seed: children have no seed.
   */
  readonly privateKey: Uint8Array;
  /** 32 bytes. */
  readonly chainCode: Uint8Array;
  /** Kept by BIP32 and SLIP10 when the parent has one. */
  readonly position?: HdPosition;
}

/** A public key that has children. */
export interface HdPublicKey {
  readonly keyType: HdKeyType;
  /** The canonical raw form: 65 bytes uncompressed SEC 1, 32 bytes RFC 8032 or RFC 7748. Compressed is read too. */
  readonly publicKey: Uint8Array;
  /** 32 bytes. */
  readonly chainCode: Uint8Array;
  /** Kept by BIP32 and SLIP10 when the parent has one. */
  readonly position?: HdPosition;
}

/** Which network an extended key is marked for: `xprv`/`xpub`, or `tprv`/`tpub`. */
export type ExtendedKeyNetwork = "mainnet" | "testnet";

/** A parsed `xprv…` or `xpub…`. */
export type ExtendedKey =
  | {
      readonly kind: "private";
      readonly network: ExtendedKeyNetwork;
      readonly key: HdPrivateKey & { readonly position: HdPosition };
    }
  | {
      readonly kind: "public";
      readonly network: ExtendedKeyNetwork;
      readonly key: HdPublicKey & { readonly position: HdPosition };
    };
