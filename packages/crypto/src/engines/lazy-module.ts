/** Modules that are loaded at their first use: importing this package loads none of them. */

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** A module that is loaded at its first use. */
export class LazyModule<T> {
  readonly #now: () => T;
  readonly #soon: () => Promise<T>;
  #module: T | undefined;

  /**
   * @param now reads it from disk in the calling thread.
   * @param soon imports it.
   */
  constructor(now: () => NoInfer<T>, soon: () => Promise<T>) {
    this.#now = now;
    this.#soon = soon;
  }

  /** The module; read from disk in this call when it was not loaded yet. */
  get(): T {
    return (this.#module ??= this.#now());
  }

  /** Whether {@link get} has nothing to read. */
  get loaded(): boolean {
    return this.#module !== undefined;
  }

  /** Loads the module without waiting for the disk in this thread. */
  async load(): Promise<void> {
    this.#module ??= await this.#soon();
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

/** The stark curve: part of this package, so it can only be imported; `prepareEngines("stark")` does. */
export const starkCurve: LazyModule<typeof import("../stark/stark-engine.ts")> = new LazyModule(
  () => {
    throw new TypeError('Await prepareEngines("stark") before the first use of a stark key.');
  },
  () => import("../stark/stark-engine.ts"),
);

/** The part of the optional addon `secp256k1` that is used here (its version 5). */
export interface NativeSecp256k1 {
  publicKeyCreate(scalar: Uint8Array, compressed: boolean): Uint8Array;
  publicKeyVerify(publicKey: Uint8Array): boolean;
  ecdsaSign(digest: Uint8Array, scalar: Uint8Array): { readonly signature: Uint8Array; readonly recid: number };
  /** Refuses high-S. */
  ecdsaVerify(signature: Uint8Array, digest: Uint8Array, publicKey: Uint8Array): boolean;
  ecdsaRecover(signature: Uint8Array, recoveryId: number, digest: Uint8Array, compressed: boolean): Uint8Array;
  ecdh(
    publicKey: Uint8Array,
    scalar: Uint8Array,
    options: { readonly hashfn: (x: Uint8Array, y: Uint8Array) => Uint8Array },
    output: Uint8Array,
  ): Uint8Array;
}

/** libsecp256k1 as a native addon: the bindings alone, since the package's main file falls back to slow JavaScript. */
export const nativeSecp256k1: LazyModule<NativeSecp256k1> = new LazyModule(
  () => require("secp256k1/bindings.js"),
  () => Promise.resolve().then((): NativeSecp256k1 => require("secp256k1/bindings.js")),
);
