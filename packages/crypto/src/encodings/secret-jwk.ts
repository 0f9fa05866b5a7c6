/** Symmetric keys as JWK, `kty` `oct` (RFC 7518, 6.4): the algorithm names and the key types they stand for. */

import { encodeBase64Url, quotedName, type KeyType, type SymmetricKeyType, withArticle } from "@keyrail/core";
import { invalidKeyFile } from "./parsed-key.ts";

/** A symmetric JWK. Its `k` is the secret. */
export interface SecretJwk {
  readonly kty: "oct";
  readonly alg: string;
  readonly k: string;
}

/**
 * The key type of each `alg`. HMAC: RFC 7518, 3.2; the SHA-3 names are private names of Keyrail, as the SHA-3 algorithms
 * of the MAC port. AES: content encryption (RFC 7518, 5.3), key wrapping (4.4, 4.7), and the CBC names of WebCrypto.
 */
const KEY_TYPE_OF_ALGORITHM: Readonly<Record<string, SymmetricKeyType>> = {
  HS256: "HMAC-SHA-256",
  HS384: "HMAC-SHA-384",
  HS512: "HMAC-SHA-512",
  "HMAC-SHA3-256": "HMAC-SHA3-256",
  "HMAC-SHA3-384": "HMAC-SHA3-384",
  "HMAC-SHA3-512": "HMAC-SHA3-512",
  A128GCM: "AES-128",
  A192GCM: "AES-192",
  A256GCM: "AES-256",
  A128CBC: "AES-128",
  A192CBC: "AES-192",
  A256CBC: "AES-256",
  A128KW: "AES-128",
  A192KW: "AES-192",
  A256KW: "AES-256",
  A128GCMKW: "AES-128",
  A192GCMKW: "AES-192",
  A256GCMKW: "AES-256",
};

/** The `alg` written for each key type when the caller names none. */
const DEFAULT_ALGORITHM: Readonly<Record<SymmetricKeyType, string>> = {
  "HMAC-SHA-256": "HS256",
  "HMAC-SHA-384": "HS384",
  "HMAC-SHA-512": "HS512",
  "HMAC-SHA3-256": "HMAC-SHA3-256",
  "HMAC-SHA3-384": "HMAC-SHA3-384",
  "HMAC-SHA3-512": "HMAC-SHA3-512",
  "AES-128": "A128GCM",
  "AES-192": "A192GCM",
  "AES-256": "A256GCM",
};

const AES_BYTES: Readonly<Partial<Record<SymmetricKeyType, number>>> = { "AES-128": 16, "AES-192": 24, "AES-256": 32 };

/** Whether the key type is one secret byte string. */
export function isSymmetricKeyType(keyType: KeyType): keyType is SymmetricKeyType {
  return Object.hasOwn(DEFAULT_ALGORITHM, keyType);
}

/** The symmetric key type an `alg` of RFC 7518 stands for (`HS256`, `A128GCM`, `A256KW`, ...), or `undefined`. */
export function keyTypeOfJwkAlgorithm(algorithm: string): SymmetricKeyType | undefined {
  return Object.hasOwn(KEY_TYPE_OF_ALGORITHM, algorithm) ? KEY_TYPE_OF_ALGORITHM[algorithm] : undefined;
}

/**
 * The key type of a symmetric JWK: from its `alg`, or from the caller where it has none. Both must agree.
 *
 * @throws `InvalidKeyMaterial` when there is neither, when they differ, and for an `alg` of another kind.
 */
export function keyTypeOfSecretJwk(algorithm: string | undefined, expected: KeyType | undefined): SymmetricKeyType {
  const stated = algorithm === undefined ? undefined : keyTypeOfJwkAlgorithm(algorithm);
  if (algorithm !== undefined && stated === undefined) {
    throw invalidKeyFile(
      `A symmetric JWK with alg ${quotedName(algorithm)} is not supported.`,
      "unsupported alg",
      "jwk",
    );
  }
  const keyType = stated ?? expected;
  if (keyType === undefined) {
    throw invalidKeyFile(
      'The symmetric JWK has no "alg", so it does not say its type; give the key type.',
      "no alg",
      "jwk",
    );
  }
  if (!isSymmetricKeyType(keyType)) {
    throw invalidKeyFile(`The JWK holds a symmetric key, not ${withArticle(keyType)} key.`, "wrong type", "jwk");
  }
  if (expected !== undefined && expected !== keyType) {
    throw invalidKeyFile(
      `The JWK holds ${withArticle(keyType)} key, not ${withArticle(expected)} key.`,
      "wrong type",
      "jwk",
    );
  }
  return keyType;
}

/**
 * Whether a secret of this many bytes can be a key of the type: exactly 16, 24 or 32 for AES, at least 1 for HMAC
 * (shorter HMAC keys than the hash are legal in RFC 2104; RFC 7518 asks for more of new ones).
 */
export function isSecretLength(keyType: SymmetricKeyType, length: number): boolean {
  const exact = AES_BYTES[keyType];
  return exact === undefined ? length >= 1 : length === exact;
}

/**
 * A symmetric key as JWK.
 *
 * @param algorithm `alg` to write; `HS256`/`HS384`/`HS512`, `A128GCM`/`A192GCM`/`A256GCM` or the private SHA-3 name unless told.
 * @throws `InvalidKeyMaterial` when the length or the algorithm does not belong to the key type.
 */
export function writeSecretJwk(
  keyType: SymmetricKeyType,
  bytes: Uint8Array,
  algorithm: string = DEFAULT_ALGORITHM[keyType],
): SecretJwk {
  keyTypeOfSecretJwk(algorithm, keyType);
  requireSecretLength(keyType, bytes.length, "jwk");
  return { kty: "oct", alg: algorithm, k: encodeBase64Url(bytes) };
}

/** @throws `InvalidKeyMaterial` when {@link isSecretLength} says no. */
export function requireSecretLength(keyType: SymmetricKeyType, length: number, format: "jwk" | "hex" | "raw"): void {
  if (isSecretLength(keyType, length)) return;
  const expected = AES_BYTES[keyType] ?? "at least 1";
  throw invalidKeyFile(`A ${keyType} key has ${expected} bytes, not ${length}.`, "wrong length", format);
}
