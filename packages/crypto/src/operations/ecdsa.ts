/** ECDSA over the Weierstrass curves (FIPS 186-5, SEC 1): messages on the fastest engine, digests on engines over bytes. */

import type { Signature } from "@keyrail/core";
import { hash as hashOf, type KeyObject, sign as nodeSign, verify as nodeVerify } from "node:crypto";
import { plain } from "../engines/byte-strings.ts";
import type { CurveEngine } from "../engines/curve-engine.ts";
import { curveEngine } from "../engines/curve-engines.ts";
import { type Curve, CURVES } from "../engines/curves.ts";
import { derFromP1363, normaliseLowS, isLowS, p1363FromDer } from "../engines/ecdsa-signature.ts";
import type { EngineName } from "../engines/engine.ts";
import type { Callback } from "../engines/in-flight.ts";
import { isLarge } from "../engines/large-input.ts";
import { invalidRequest } from "../errors.ts";
import {
  privateKeyBytes,
  privateKeyObject,
  type PrivateKeyParts,
  publicKeyBytes,
  publicKeyObject,
  type PublicKeyParts,
} from "../keys/key-parts.ts";
import type { SignatureScheme, SignRequest, VerifyRequest } from "./signature-scheme.ts";

/** Hashes that ECDSA is named with. */
export type EcdsaHash = "sha256" | "sha384" | "sha512";

const DIGEST_BYTES: Readonly<Record<EcdsaHash, number>> = { sha256: 32, sha384: 48, sha512: 64 };

/**
 * The scheme of one curve and hash.
 *
 * @param hash undefined for `ECDSA`, which takes digests of 20 to 64 bytes only.
 */
export function ecdsaScheme(curve: Curve, hash: EcdsaHash | undefined): SignatureScheme {
  return hash === undefined || curve === "stark" ? digestScheme(curve, hash) : messageScheme(curve, hash);
}

/** Whether a request goes through key objects of `node:crypto`: messages on the NIST curves, or where it is preferred. */
function runsOnNode(curve: Curve, preference: EngineName | undefined, request: SignRequest | VerifyRequest): boolean {
  if (request.message === undefined || ("recoverable" in request && request.recoverable)) return false;
  return prefersNode(curve, preference);
}

function prefersNode(curve: Curve, preference: EngineName | undefined): boolean {
  return preference === "node" || (curve !== "secp256k1" && preference !== "noble");
}

function messageScheme(curve: Exclude<Curve, "stark">, hash: EcdsaHash): SignatureScheme {
  const byDigest = digestScheme(curve, hash);
  return {
    engine(preference, input) {
      return input === "message" && prefersNode(curve, preference) ? "node" : byDigest.engine(preference, input);
    },
    sign(parts, request) {
      const message = request.message;
      if (message === undefined || !runsOnNode(curve, parts.preference, request)) return byDigest.sign(parts, request);
      return fromDer(curve, nodeSign(hash, message, privateKeyObject(parts)), request);
    },
    verify(parts, request) {
      const message = request.message;
      if (message === undefined || !runsOnNode(curve, parts.preference, request))
        return byDigest.verify(parts, request);
      const der = acceptableDer(curve, request);
      return der !== undefined && nodeVerify(hash, message, publicKeyObject(parts), der);
    },
    signInPool(parts, request) {
      const message = request.message;
      // P-256 takes 23 us: the thread pool would only cost.
      if (
        message === undefined ||
        (curve === "P-256" && !isLarge(message)) ||
        !runsOnNode(curve, parts.preference, request)
      )
        return undefined;
      return (done) => signInPool(curve, hash, message, privateKeyObject(parts), request, done);
    },
    verifyInPool(parts, request) {
      const message = request.message;
      if (message === undefined || !runsOnNode(curve, parts.preference, request)) return undefined;
      const der = acceptableDer(curve, request);
      if (der === undefined) return undefined;
      return (done) => nodeVerify(hash, message, publicKeyObject(parts), der, done);
    },
  };
}

function signInPool(
  curve: Curve,
  hash: EcdsaHash,
  message: Uint8Array,
  key: KeyObject,
  request: SignRequest,
  done: Callback<Signature>,
): void {
  nodeSign(hash, message, key, (error, der) => {
    if (error !== null) done(error);
    else done(null, fromDer(curve, der, request));
  });
}

function fromDer(curve: Curve, der: Uint8Array, request: SignRequest): Signature {
  if (!wantsLowS(curve, request) && request.format === "der") return { signature: plain(der) };
  const signature = p1363FromDer(curve, der);
  if (signature === undefined) throw new TypeError("node:crypto made a signature that is not DER.");
  return encode(curve, { signature, recoveryId: undefined }, request);
}

function wantsLowS(curve: Curve, request: SignRequest): boolean {
  return request.lowS ?? curve === "secp256k1";
}

function encode(
  curve: Curve,
  made: { readonly signature: Uint8Array; readonly recoveryId: number | undefined },
  request: SignRequest,
): Signature {
  let { signature, recoveryId } = made;
  if (wantsLowS(curve, request)) {
    const normalised = normaliseLowS(curve, signature);
    signature = normalised.signature;
    if (normalised.changed && recoveryId !== undefined) recoveryId ^= 1;
  }
  if (request.format === "der") signature = derFromP1363(signature);
  return request.recoverable === true && recoveryId !== undefined ? { signature, recoveryId } : { signature };
}

/** `r || s` of the signature in a request, or undefined when it is malformed or high-S where low-S is demanded. */
function acceptableP1363(curve: Curve, request: VerifyRequest): Uint8Array | undefined {
  const { signature, format } = request;
  const halves = format === "der" ? p1363FromDer(curve, signature) : signature;
  if (halves === undefined || halves.length !== 2 * CURVES[curve].bytes) return undefined;
  return request.lowS === true && !isLowS(curve, halves) ? undefined : halves;
}

function acceptableDer(curve: Curve, request: VerifyRequest): Uint8Array | undefined {
  const halves = acceptableP1363(curve, request);
  if (halves === undefined) return undefined;
  return request.format === "der" ? request.signature : derFromP1363(halves);
}

function digestScheme(curve: Curve, hash: EcdsaHash | undefined): SignatureScheme {
  return {
    engine: (preference) => curveEngine(curve, preference).name,
    sign(parts: PrivateKeyParts, request: SignRequest): Signature {
      if (request.recoverable === true && curve !== "secp256k1") {
        throw invalidRequest("Recovery ids exist for secp256k1 only.", "recoverable");
      }
      const digest = digestOf(request, hash);
      return encode(curve, engineFor(curve, parts).signDigest(digest, privateKeyBytes(parts)), request);
    },
    verify(parts: PublicKeyParts, request: VerifyRequest): boolean {
      const digest = digestOf(request, hash);
      const signature = acceptableP1363(curve, request);
      return signature !== undefined && engineFor(curve, parts).verifyDigest(signature, digest, publicKeyBytes(parts));
    },
  };
}

function engineFor(curve: Curve, parts: PublicKeyParts): CurveEngine {
  return curveEngine(curve, parts.preference);
}

function digestOf(request: SignRequest | VerifyRequest, hash: EcdsaHash | undefined): Uint8Array {
  const { message, digest } = request;
  if (digest !== undefined && message === undefined) {
    if (hash === undefined ? digest.length < 20 || digest.length > 64 : digest.length !== DIGEST_BYTES[hash]) {
      const expected = hash === undefined ? "20 to 64" : String(DIGEST_BYTES[hash]);
      throw invalidRequest(`The digest has ${expected} bytes, not ${digest.length}.`, "digest");
    }
    return digest;
  }
  if (message === undefined || digest !== undefined) {
    throw invalidRequest("Give a message or a digest, and not both.", "message");
  }
  if (hash === undefined) throw invalidRequest(`${request.algorithm} takes a ready-made digest.`, "digest");
  return hashOf(hash, message, "buffer");
}
