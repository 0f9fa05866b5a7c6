/** The port `Signer`, and the check of what comes back. */

import {
  KeyrailError,
  type KeyType,
  type LocalVerification,
  type PublicKey,
  type Signature,
  type Signer,
  type SignRequest,
} from "@keyrail/core";
import { openPublicKey, type OpenedPublicKey, prepareEngines, verify } from "@keyrail/crypto";
import { type CallLimits, limitsOf } from "../client/limits.ts";
import { refused, unexpected } from "../errors.ts";
import { normaliseKid } from "../keys/key-record.ts";
import { hasMode, type ModeKeyType, SIGNATURE_NAMES } from "../mapping.ts";
import { fromDevice, recoverByKid, recoveryIdOf, toCaller } from "./ecdsa-signature.ts";
import { explainRefusal, type OperationParts, usageNotPermitted } from "./operation-parts.ts";

/** The signer of one device. */
export function signer(parts: OperationParts): Signer {
  const { uri, directory, timing } = parts;
  return {
    async sign(request, options) {
      const kid = normaliseKid(uri, request.key);
      const limits = limitsOf(options, timing);
      const message = messageOf(request);
      const alg = SIGNATURE_NAMES[request.algorithm];
      if (alg === undefined) return signMlDsa(parts, kid, request, message, limits);
      const curve = await curveOf(parts, kid, request, limits);
      const context = contextOf(request);
      const made = await parts.crypto.sign(kid, { alg, message, context }, limits);
      if (made === undefined) throw await signingRefused(parts, kid, request, limits);
      if (curve === undefined) {
        learnSigner(parts, kid, request);
        return { signature: made };
      }
      const p1363 = fromDevice(curve, made);
      if (p1363 === undefined) throw unexpected("its signature is not DER of the curve", { mutates: false });
      const recoveryId = await checkSigner(parts, kid, { curve, alg, message, p1363, request, limits });
      directory.learn(kid, { keyType: curve, half: "private" });
      const { format = "p1363", lowS = curve === "secp256k1" } = request;
      const { signature, flipped } = toCaller(curve, p1363, { format, lowS });
      if (request.recoverable !== true || recoveryId === undefined) return { signature };
      return { signature, recoveryId: flipped ? recoveryId ^ 1 : recoveryId };
    },
  };
}

/** Checks signatures under public keys that are known; a request is never made for it. */
export const SIGNATURE_CHECK: LocalVerification = {
  policy: "when-known",
  verify: async (publicKey, request, { signature }) => {
    const { key: _key, recoverable: _recoverable, ...parameters } = request;
    await prepareEngines(publicKey.keyType, { algorithm: request.algorithm });
    return verify(openedOnce(publicKey), { ...parameters, signature });
  },
};

const opened = new WeakMap<PublicKey, OpenedPublicKey>();

/** Opening a key costs more than using it: once per key. */
export function openedOnce(publicKey: PublicKey): OpenedPublicKey {
  let key = opened.get(publicKey);
  if (key === undefined) opened.set(publicKey, (key = openPublicKey(publicKey.keyType, publicKey.toRaw())));
  return key;
}

async function signMlDsa(
  parts: OperationParts,
  kid: string,
  request: SignRequest,
  message: Uint8Array,
  limits: CallLimits,
): Promise<Signature> {
  const signature = await parts.crypto.signMlDsa(kid, { message, context: contextOf(request) }, limits);
  if (signature === undefined) throw await signingRefused(parts, kid, request, limits);
  const expected = ML_DSA_BYTES[request.algorithm];
  if (signature.length !== expected) {
    // The endpoint takes no algorithm: it signs with whatever ML-DSA key it is given.
    throw usageNotPermitted(parts.uri, kid, "sign", `it is no ${request.algorithm} key`);
  }
  learnSigner(parts, kid, request);
  return { signature };
}

/** Signature lengths of FIPS 204: they tell the parameter set. */
const ML_DSA_BYTES: Readonly<Record<string, number>> = { "ML-DSA-44": 2420, "ML-DSA-65": 3309, "ML-DSA-87": 4627 };

/** The key types each algorithm can be of; ECDSA with a free choice of curve has four. */
const KEY_TYPES_OF: Readonly<Record<string, readonly KeyType[]>> = {
  ES256: ["P-256"],
  ES384: ["P-384"],
  ES512: ["P-521"],
  ES256K: ["secp256k1"],
  Ed25519: ["Ed25519"],
  Ed25519ph: ["Ed25519"],
  Ed25519ctx: ["Ed25519"],
  Ed448: ["Ed448"],
  Ed448ph: ["Ed448"],
  "ML-DSA-44": ["ML-DSA-44"],
  "ML-DSA-65": ["ML-DSA-65"],
  "ML-DSA-87": ["ML-DSA-87"],
};

/** Whether keys of a type sign with an algorithm. */
export function signsWith(keyType: KeyType, algorithm: string): boolean {
  return KEY_TYPES_OF[algorithm]?.includes(keyType) ?? hasMode(keyType);
}

/** A signature of EdDSA or ML-DSA tells the type of its key by its algorithm. */
function learnSigner({ directory }: OperationParts, kid: string, { algorithm }: SignRequest): void {
  const keyType = KEY_TYPES_OF[algorithm]?.[0];
  if (keyType !== undefined && keyType !== "stark") directory.learn(kid, { keyType, half: "private" });
}

/** The curve of an ECDSA key, undefined for other algorithms. Costs a request only where neither key nor algorithm tell. */
async function curveOf(
  parts: OperationParts,
  kid: string,
  request: SignRequest,
  limits: CallLimits,
): Promise<ModeKeyType | undefined> {
  const { algorithm } = request;
  const implied = KEY_TYPES_OF[algorithm]?.[0];
  if (implied !== undefined) return hasMode(implied) ? implied : undefined;
  const keyType = parts.directory.get(kid)?.keyType ?? (await parts.reader.facts(kid, limits, true))?.keyType;
  if (keyType !== undefined && hasMode(keyType)) return keyType;
  throw usageNotPermitted(parts.uri, kid, "sign", `it is no key for ${algorithm}`);
}

/**
 * Makes sure that a signature is of the key it was asked of and on the curve it was asked for: by the public key when
 * it is known, otherwise by the key's id, which is a hash of the public key. Only when neither tells is the public key
 * fetched.
 */
async function checkSigner(
  parts: OperationParts,
  kid: string,
  made: {
    readonly curve: ModeKeyType;
    readonly alg: string;
    readonly message: Uint8Array;
    readonly p1363: Uint8Array;
    readonly request: SignRequest;
    readonly limits: CallLimits;
  },
): Promise<number | undefined> {
  const { curve, alg, message, p1363, request, limits } = made;
  const known = parts.directory.get(kid)?.publicKey;
  if (known?.keyType === curve) {
    // Core checks the signature under this key; the recovery id is computed for those who ask.
    return request.recoverable === true ? recoveryIdOf(known, curve, p1363, alg, message) : undefined;
  }
  const recovered = recoverByKid(curve, kid, p1363, alg, message);
  if (recovered !== undefined) {
    parts.directory.learn(kid, { keyType: curve, publicKey: recovered.publicKey });
    return recovered.recoveryId;
  }
  const publicKey = await parts.reader.publicKey(kid, limits, true);
  if (publicKey.keyType !== curve) throw usageNotPermitted(parts.uri, kid, "sign", `it is a ${publicKey.keyType} key`);
  const recoveryId = recoveryIdOf(publicKey, curve, p1363, alg, message);
  if (recoveryId !== undefined) return recoveryId;
  const key = `${parts.uri}/${kid}`;
  throw new KeyrailError(
    "SignatureMismatch",
    `The device returned a signature that is not one of ${key}; it was discarded.`,
    { provider: "encedo", key },
  );
}

async function signingRefused(
  parts: OperationParts,
  kid: string,
  request: SignRequest,
  limits: CallLimits,
): Promise<KeyrailError> {
  const { algorithm } = request;
  await explainRefusal(parts, kid, { usage: "sign", fits: (keyType) => signsWith(keyType, algorithm) }, limits);
  const known = parts.directory.get(kid);
  if (known?.usages?.includes("sign") === true) return refused("sign", "the operation failed on the device (406)");
  return usageNotPermitted(
    parts.uri,
    kid,
    "sign",
    "it was made without the mode ExDSA, or only its public half is on the device",
  );
}

function messageOf(request: SignRequest): Uint8Array {
  if ("message" in request) return request.message;
  throw new KeyrailError("UnsupportedCapability", "The Encedo HEM signs messages only.", {
    provider: "encedo",
    operation: "sign",
  });
}

/** An empty context is the same as none, except for Ed25519ctx, which exists for contexts alone. */
function contextOf({ algorithm, context }: SignRequest): Uint8Array | undefined {
  if (context !== undefined && context.length > 0) return context;
  if (algorithm !== "Ed25519ctx") return undefined;
  throw new KeyrailError("InvalidRequest", "Ed25519ctx needs a context of 1 to 255 bytes; without one use Ed25519.", {
    path: "context",
  });
}
