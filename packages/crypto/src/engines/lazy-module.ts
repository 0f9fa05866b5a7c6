/** Modules that are loaded at their first use: importing this package loads none of them. */

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** A module that is loaded at its first use. */
export class LazyModule<T> {
  readonly #fromDisk: () => T;
  readonly #imported: () => Promise<T>;
  #module: T | undefined;

  constructor(fromDisk: () => T, imported: () => Promise<T>) {
    this.#fromDisk = fromDisk;
    this.#imported = imported;
  }

  /** The module; read from disk in this call when it was not loaded yet. */
  get(): T {
    return (this.#module ??= this.#fromDisk());
  }

  /** Loads the module without blocking on the disk. */
  async load(): Promise<void> {
    this.#module ??= await this.#imported();
  }
}

/** libsecp256k1 as WebAssembly. */
export const tinySecp256k1: LazyModule<typeof import("tiny-secp256k1")> = new LazyModule(
  () => require("tiny-secp256k1"),
  () => import("tiny-secp256k1"),
);

/** The NIST curves of @noble/curves. */
export const nobleNist: LazyModule<typeof import("@noble/curves/nist.js")> = new LazyModule(
  () => require("@noble/curves/nist.js"),
  () => import("@noble/curves/nist.js"),
);

/** secp256k1 of @noble/curves. */
export const nobleSecp256k1: LazyModule<typeof import("@noble/curves/secp256k1.js")> = new LazyModule(
  () => require("@noble/curves/secp256k1.js"),
  () => import("@noble/curves/secp256k1.js"),
);

/** Curve25519 of @noble/curves. */
export const nobleEd25519: LazyModule<typeof import("@noble/curves/ed25519.js")> = new LazyModule(
  () => require("@noble/curves/ed25519.js"),
  () => import("@noble/curves/ed25519.js"),
);

/** Curve448 of @noble/curves. */
export const nobleEd448: LazyModule<typeof import("@noble/curves/ed448.js")> = new LazyModule(
  () => require("@noble/curves/ed448.js"),
  () => import("@noble/curves/ed448.js"),
);

/** ML-DSA of @noble/post-quantum. */
export const nobleMlDsa: LazyModule<typeof import("@noble/post-quantum/ml-dsa.js")> = new LazyModule(
  () => require("@noble/post-quantum/ml-dsa.js"),
  () => import("@noble/post-quantum/ml-dsa.js"),
);

/** ML-KEM of @noble/post-quantum. */
export const nobleMlKem: LazyModule<typeof import("@noble/post-quantum/ml-kem.js")> = new LazyModule(
  () => require("@noble/post-quantum/ml-kem.js"),
  () => import("@noble/post-quantum/ml-kem.js"),
);

/** AES of @noble/ciphers. */
export const nobleAes: LazyModule<typeof import("@noble/ciphers/aes.js")> = new LazyModule(
  () => require("@noble/ciphers/aes.js"),
  () => import("@noble/ciphers/aes.js"),
);

/** HMAC of @noble/hashes. */
export const nobleHmac: LazyModule<typeof import("@noble/hashes/hmac.js")> = new LazyModule(
  () => require("@noble/hashes/hmac.js"),
  () => import("@noble/hashes/hmac.js"),
);

/** SHA-2 of @noble/hashes. */
export const nobleSha2: LazyModule<typeof import("@noble/hashes/sha2.js")> = new LazyModule(
  () => require("@noble/hashes/sha2.js"),
  () => import("@noble/hashes/sha2.js"),
);

/** SHA-3 of @noble/hashes. */
export const nobleSha3: LazyModule<typeof import("@noble/hashes/sha3.js")> = new LazyModule(
  () => require("@noble/hashes/sha3.js"),
  () => import("@noble/hashes/sha3.js"),
);
