/** Making keys: the random numbers are OpenSSL's, the handles stay where they are made. */

import { createECDH, generateKeyPair, generateKeyPairSync, randomBytes, type KeyObject } from "node:crypto";
import { type AsymmetricKeyType, PRIVATE_KEY_BYTES, type SymmetricKeyType, wipe } from "@keyrail/core";
import { isScalarInRange, plain } from "../engines/byte-strings.ts";
import { CURVES } from "../engines/curves.ts";
import type { EngineName } from "../engines/engine.ts";
import { type Callback, schedule } from "../engines/in-flight.ts";
import { hasMlDsa, hasMlKem, hasRawKeyFormats } from "../engines/node-features.ts";
import { ECDH_NAMES } from "./key-templates.ts";
import { type PrivateKeyParts, publicKeyBytes, secretKeyParts } from "./key-parts.ts";
import type { OpenOptions } from "./open.ts";
import { OpenedPrivateKey, OpenedSecretKey } from "./opened-keys.ts";
import { publicKeyFromKeyObject } from "./public-from-private.ts";

/** Makes a private key. Its public key is computed here. */
export function generatePrivateKey(keyType: AsymmetricKeyType, options: OpenOptions = {}): OpenedPrivateKey {
  return new OpenedPrivateKey(generateParts(keyType, options.engine));
}

/** {@link generatePrivateKey}, in the thread pool when other operations are in flight and the type is slow to make. */
export function generatePrivateKeyAsync(
  keyType: AsymmetricKeyType,
  options: OpenOptions = {},
): Promise<OpenedPrivateKey> {
  const inThread = (): OpenedPrivateKey => generatePrivateKey(keyType, options);
  if (options.engine !== undefined && options.engine !== "node") return schedule(inThread, undefined);
  switch (keyType) {
    case "P-384":
    case "P-521":
      return schedule(inThread, (done) => {
        generateKeyPair("ec", { namedCurve: keyType }, finish(keyType, options.engine, done));
      });
    case "ML-DSA-44":
    case "ML-DSA-65":
    case "ML-DSA-87":
      if (!hasMlDsa()) return schedule(inThread, undefined);
      return schedule(inThread, (done) => generateMlDsa(keyType, finish(keyType, options.engine, done)));
    default:
      return schedule(inThread, undefined);
  }
}

type PairCallback = (error: Error | null, publicKey: KeyObject, privateKey: KeyObject) => void;

function finish(
  keyType: AsymmetricKeyType,
  preference: EngineName | undefined,
  done: Callback<OpenedPrivateKey>,
): PairCallback {
  return (error, publicKey, privateKey) => {
    if (error !== null) done(error);
    else done(null, new OpenedPrivateKey(partsOfPair(keyType, preference, { publicKey, privateKey })));
  };
}

/** Makes a secret key: AES keys of their size, HMAC keys as long as the hash's output (RFC 2104 section 3). */
export function generateSecretKey(keyType: SymmetricKeyType, options: OpenOptions = {}): OpenedSecretKey {
  const bytes = randomBytes(GENERATED_SECRET_BYTES[keyType]);
  try {
    return new OpenedSecretKey(secretKeyParts(keyType, bytes, options.engine));
  } finally {
    wipe(bytes);
  }
}

/** Lengths in bytes of generated secret keys. */
export const GENERATED_SECRET_BYTES: Readonly<Record<SymmetricKeyType, number>> = {
  "HMAC-SHA-256": 32,
  "HMAC-SHA-384": 48,
  "HMAC-SHA-512": 64,
  "HMAC-SHA3-256": 32,
  "HMAC-SHA3-384": 48,
  "HMAC-SHA3-512": 64,
  "AES-128": 16,
  "AES-192": 24,
  "AES-256": 32,
};

function generateParts(keyType: AsymmetricKeyType, preference: EngineName | undefined): PrivateKeyParts {
  const node = preference === undefined || preference === "node";
  switch (keyType) {
    case "P-256":
    case "P-384":
    case "P-521":
      // On Node.js 22 no cheap export of the raw public key exists, but ECDH objects give all bytes at once.
      if (!node || !hasRawKeyFormats()) return generateByEcdh(keyType, preference);
      return partsOfPair(keyType, preference, generateKeyPairSync("ec", { namedCurve: keyType }));
    case "secp256k1":
    case "stark":
      return withPublicKey(emptyParts(keyType, preference, randomScalar(CURVES[keyType].order)));
    case "Ed25519":
      return partsOfPair(keyType, preference, generateKeyPairSync("ed25519"));
    case "Ed448":
      return partsOfPair(keyType, preference, generateKeyPairSync("ed448"));
    case "X25519":
      return partsOfPair(keyType, preference, generateKeyPairSync("x25519"));
    case "X448":
      return partsOfPair(keyType, preference, generateKeyPairSync("x448"));
    case "ML-KEM-512":
      if (node && hasMlKem()) return partsOfPair(keyType, preference, generateKeyPairSync("ml-kem-512"));
      return generateFromSeed(keyType, preference);
    case "ML-KEM-768":
      if (node && hasMlKem()) return partsOfPair(keyType, preference, generateKeyPairSync("ml-kem-768"));
      return generateFromSeed(keyType, preference);
    case "ML-KEM-1024":
      if (node && hasMlKem()) return partsOfPair(keyType, preference, generateKeyPairSync("ml-kem-1024"));
      return generateFromSeed(keyType, preference);
    case "ML-DSA-44":
      if (node && hasMlDsa()) return partsOfPair(keyType, preference, generateKeyPairSync("ml-dsa-44"));
      return generateFromSeed(keyType, preference);
    case "ML-DSA-65":
      if (node && hasMlDsa()) return partsOfPair(keyType, preference, generateKeyPairSync("ml-dsa-65"));
      return generateFromSeed(keyType, preference);
    case "ML-DSA-87":
      if (node && hasMlDsa()) return partsOfPair(keyType, preference, generateKeyPairSync("ml-dsa-87"));
      return generateFromSeed(keyType, preference);
  }
}

function generateMlDsa(keyType: "ML-DSA-44" | "ML-DSA-65" | "ML-DSA-87", callback: PairCallback): void {
  if (keyType === "ML-DSA-44") generateKeyPair("ml-dsa-44", {}, callback);
  else if (keyType === "ML-DSA-65") generateKeyPair("ml-dsa-65", {}, callback);
  else generateKeyPair("ml-dsa-87", {}, callback);
}

function emptyParts(
  keyType: AsymmetricKeyType,
  preference: EngineName | undefined,
  privateKey: Uint8Array | undefined,
): PrivateKeyParts {
  return {
    keyType,
    format: PRIVATE_KEY_BYTES[keyType].scalar === undefined ? "seed" : "scalar",
    preference,
    chainCode: undefined,
    privateKey,
    publicKey: undefined,
    keyObject: undefined,
    publicKeyObject: undefined,
    expandedKey: undefined,
    wiped: false,
  };
}

function partsOfPair(
  keyType: AsymmetricKeyType,
  preference: EngineName | undefined,
  pair: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
): PrivateKeyParts {
  const parts = emptyParts(keyType, preference, undefined);
  parts.keyObject = pair.privateKey;
  parts.publicKeyObject = pair.publicKey;
  if (keyType !== "stark") parts.publicKey = publicKeyFromKeyObject(keyType, pair.publicKey);
  return parts;
}

function generateByEcdh(keyType: "P-256" | "P-384" | "P-521", preference: EngineName | undefined): PrivateKeyParts {
  const ecdh = createECDH(ECDH_NAMES[keyType]);
  const publicKey = ecdh.generateKeys();
  const scalar = ecdh.getPrivateKey();
  const padded = new Uint8Array(CURVES[keyType].bytes);
  padded.set(scalar, padded.length - scalar.length);
  wipe(scalar);
  const parts = emptyParts(keyType, preference, padded);
  parts.publicKey = plain(publicKey);
  return parts;
}

function generateFromSeed(keyType: AsymmetricKeyType, preference: EngineName | undefined): PrivateKeyParts {
  return withPublicKey(emptyParts(keyType, preference, plain(randomBytes(PRIVATE_KEY_BYTES[keyType].seed ?? 0))));
}

function withPublicKey(parts: PrivateKeyParts): PrivateKeyParts {
  publicKeyBytes(parts);
  return parts;
}

/** A uniform scalar in [1, n-1] by rejection (FIPS 186-5, A.2.2). */
function randomScalar(order: Uint8Array): Uint8Array {
  const mask = 0xff >> Math.clz32((order[0] ?? 0) << 24);
  for (;;) {
    const scalar = plain(randomBytes(order.length));
    scalar[0] = (scalar[0] ?? 0) & mask;
    if (isScalarInRange(scalar, order)) return scalar;
  }
}
