/** SLIP-10 on Ed25519 and X25519 (curve25519): hardened children only, the left half of the hash is the child's seed. */

import { wipe } from "@keyrail/core";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";

import { invalidKeyMaterial, invalidRequest } from "../errors.ts";
import { hmacSha512, serialiseChildNumber } from "./hmac.ts";
import { isHardened } from "./path.ts";
import type { Node, Scheme } from "./scheme.ts";

const KEY_BYTES = 32;

function slip10Edwards(text: string, publicOf: (seed: Uint8Array) => Uint8Array): Scheme {
  const masterKey = new TextEncoder().encode(text);
  return {
    master: (seed) => split(hmacSha512(masterKey, seed)),
    publicOf: (privateKey) => publicOf(requireKey(privateKey)),
    childOfPrivate(parent, childNumber) {
      if (!isHardened(childNumber)) {
        throw invalidRequest("On this curve SLIP-10 has hardened children only: write m/0' instead of m/0.", "path");
      }
      const index = serialiseChildNumber(childNumber);
      return split(hmacSha512(parent.chainCode, Uint8Array.of(0), requireKey(parent.key), index));
    },
    // SLIP-10 serialises these public keys as 33 bytes, the first one 00.
    identity: (publicKey) => Uint8Array.of(0, ...requireKey(publicKey)),
  };
}

function split(hash: Uint8Array): Node {
  const node = { key: Uint8Array.from(hash.subarray(0, 32)), chainCode: Uint8Array.from(hash.subarray(32)) };
  wipe(hash);
  return node;
}

function requireKey(key: Uint8Array): Uint8Array {
  if (key.length !== KEY_BYTES) throw invalidKeyMaterial("an Ed25519 or X25519 key is 32 bytes");
  return key;
}

/** SLIP-10 `ed25519`. */
export const SLIP10_ED25519: Scheme = slip10Edwards("ed25519 seed", (seed) => ed25519.getPublicKey(seed));

/** SLIP-10 `curve25519`. */
export const SLIP10_X25519: Scheme = slip10Edwards("curve25519 seed", (seed) => x25519.getPublicKey(seed));
