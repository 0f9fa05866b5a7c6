/** What this runtime's `node:crypto` can do, found by trying, once per process. */

import crypto from "node:crypto";

function once(probe: () => boolean): () => boolean {
  let known: boolean | undefined;
  return () => {
    if (known === undefined) {
      try {
        known = probe();
      } catch (error) {
        // A runtime without the feature throws whatever it likes; only a failure that is no Error is a surprise.
        if (!(error instanceof Error)) throw error;
        known = false;
      }
    }
    return known;
  };
}

/** `raw-public`, `raw-private` and `raw-seed` exports of key objects (Node.js 24). */
export const hasRawKeyFormats: () => boolean = once(
  () => crypto.generateKeyPairSync("ed25519").publicKey.export({ format: "raw-public" }).length === 32,
);

/** ML-DSA keys and signatures (Node.js 24). */
export const hasMlDsa: () => boolean = once(
  () => hasRawKeyFormats() && crypto.generateKeyPairSync("ml-dsa-44").privateKey.asymmetricKeyType === "ml-dsa-44",
);

/** ML-KEM keys, encapsulation and decapsulation (Node.js 24). */
export const hasMlKem: () => boolean = once(
  () =>
    hasRawKeyFormats() &&
    typeof crypto.encapsulate === "function" &&
    crypto.generateKeyPairSync("ml-kem-512").privateKey.asymmetricKeyType === "ml-kem-512",
);

/** Ed25519ctx by the `context` option. Node.js 22 ignores the option and makes a plain signature. */
export const hasEd25519Context: () => boolean = once(() =>
  honoursContext(crypto.generateKeyPairSync("ed25519").privateKey),
);

/** Ed448 with a context by the `context` option. Node.js 22 ignores the option. */
export const hasEd448Context: () => boolean = once(() =>
  honoursContext(crypto.generateKeyPairSync("ed448").privateKey),
);

/** `diffieHellman` with a callback (Node.js 24). */
export const hasDiffieHellmanCallback: () => boolean = once(() => crypto.diffieHellman.length > 1);

/** Argon2 (Node.js 24). */
export const hasArgon2: () => boolean = once(() => typeof crypto.argon2 === "function");

function honoursContext(key: crypto.KeyObject): boolean {
  const message = Uint8Array.of(1);
  const withContext = crypto.sign(null, message, { key, context: Uint8Array.of(2) });
  return !withContext.equals(crypto.sign(null, message, key));
}
