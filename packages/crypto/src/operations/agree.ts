/** ECDH (SEC 1 section 3.3.1, SP 800-56A) and X25519, X448 (RFC 7748): the raw shared secret, never hashed. */

import { type KeyObject, diffieHellman } from "node:crypto";
import type { AgreementAlgorithm, AsymmetricKeyType } from "@keyrail/core";
import { plain } from "../engines/byte-strings.ts";
import { curveEngine } from "../engines/curve-engines.ts";
import { isCurve } from "../engines/curves.ts";
import type { EngineName } from "../engines/engine.ts";
import { type Callback, schedule } from "../engines/in-flight.ts";
import { nobleEd25519, nobleEd448 } from "../engines/lazy-module.ts";
import { hasDiffieHellmanCallback } from "../engines/node-features.ts";
import { invalidKeyMaterial, invalidRequest } from "../errors.ts";
import {
  privateKeyBytes,
  privateKeyObject,
  publicKeyBytes,
  publicKeyObject,
  type PrivateKeyParts,
  type PublicKeyParts,
} from "../keys/key-parts.ts";
import { type OpenedPrivateKey, type OpenedPublicKey, privatePartsOf, publicPartsOf } from "../keys/opened-keys.ts";

/**
 * The shared secret of an own private key and a peer's public key: the x coordinate at full field length, or the
 * RFC 7748 output. The caller wipes it.
 *
 * Errors: `InvalidRequest` when the keys can't agree (types), `InvalidKeyMaterial` when the peer's key is of low order
 * and the secret would be zero (RFC 7748 section 6), `Closed`.
 */
export function agree(
  key: OpenedPrivateKey,
  peer: OpenedPublicKey | OpenedPrivateKey,
  algorithm?: AgreementAlgorithm,
): Uint8Array {
  checkTypes(key.keyType, peer.keyType, algorithm);
  const own = privatePartsOf(key);
  const other = publicPartsOf(peer);
  return onNode(own) ? nodeAgree(own, other) : agreeOverBytes(own, other);
}

/** {@link agree}; curves that take 50 us and more use the thread pool when others are in flight. */
export async function agreeAsync(
  key: OpenedPrivateKey,
  peer: OpenedPublicKey | OpenedPrivateKey,
  algorithm?: AgreementAlgorithm,
): Promise<Uint8Array> {
  checkTypes(key.keyType, peer.keyType, algorithm);
  const own = privatePartsOf(key);
  const other = publicPartsOf(peer);
  if (!onNode(own)) return agreeOverBytes(own, other);
  // X25519 takes 30 us: the thread pool would only cost.
  if (key.keyType === "X25519" || !hasDiffieHellmanCallback()) return nodeAgree(own, other);
  return schedule(
    () => nodeAgree(own, other),
    (done) => agreeInPool(privateKeyObject(own), publicKeyObject(other), done),
  );
}

function agreeInPool(privateKey: KeyObject, publicKey: KeyObject, done: Callback<Uint8Array>): void {
  diffieHellman({ privateKey, publicKey }, (error, secret) => {
    if (error === null) done(null, plain(secret));
    else done(lowOrder(error));
  });
}

function checkTypes(own: AsymmetricKeyType, peer: AsymmetricKeyType, algorithm: AgreementAlgorithm | undefined): void {
  const expected = isCurve(own) ? "ECDH" : own;
  if (expected !== "ECDH" && expected !== "X25519" && expected !== "X448") {
    throw invalidRequest(`A ${own} key does not agree.`, "key");
  }
  if (algorithm !== undefined && algorithm !== expected) {
    throw invalidRequest(`A ${own} key agrees with ${expected}, not ${algorithm}.`, "algorithm");
  }
  if (own !== peer) throw invalidRequest(`A ${own} key can't agree with a ${peer} key.`, "peer");
}

/** NIST curves, X25519 and X448 are fastest as key objects; secp256k1 is only where that engine is asked for. */
function onNode({ keyType, preference }: AgreementKey): boolean {
  if (keyType === "stark") return false;
  return preference === "node" || (preference !== "noble" && keyType !== "secp256k1");
}

type AgreementKey = Pick<PrivateKeyParts, "keyType" | "preference">;

/** The engine that agrees for a key type when `preference` is asked for. */
export function agreementEngine(key: AgreementKey): EngineName {
  if (onNode(key)) return "node";
  return isCurve(key.keyType) ? curveEngine(key.keyType, key.preference).name : "noble";
}

function nodeAgree(own: PrivateKeyParts, peer: PublicKeyParts): Uint8Array {
  const keys = { privateKey: privateKeyObject(own), publicKey: publicKeyObject(peer) };
  try {
    return plain(diffieHellman(keys));
  } catch (error) {
    throw lowOrder(error);
  }
}

function agreeOverBytes(own: PrivateKeyParts, peer: PublicKeyParts): Uint8Array {
  const publicKey = publicKeyBytes(peer);
  const privateKey = privateKeyBytes(own);
  const { keyType } = own;
  if (isCurve(keyType)) return curveEngine(keyType, own.preference).sharedSecret(privateKey, publicKey);
  const montgomery = keyType === "X25519" ? nobleEd25519.get().x25519 : nobleEd448.get().x448;
  try {
    return montgomery.getSharedSecret(privateKey, publicKey);
  } catch (error) {
    throw lowOrder(error);
  }
}

/** OpenSSL and noble both refuse an all-zero output of X25519 and X448; an x coordinate of zero is a valid secret. */
function lowOrder(cause: unknown): Error {
  return invalidKeyMaterial("the peer's public key gives no usable shared secret", cause);
}
