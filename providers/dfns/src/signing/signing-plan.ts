/** From a request to what is sent, and from what comes back to a checked signature. */

import { createHash } from "node:crypto";
import {
  encodeHex,
  KeyrailError,
  type PublicKey,
  type Signature,
  type SignatureAlgorithm,
  type SignRequest,
} from "@keyrail/core";
import { prepareEngines, recoverPublicKey, taprootOutputKey } from "@keyrail/crypto";
import type { CreateSignatureBody } from "../client/requests.ts";
import type { DfnsSignature } from "../client/schemas.ts";
import { PROVIDER_NAME } from "../mapping.ts";
import type { KeyFacts } from "../keys/key-directory.ts";
import { isSignedBy } from "./local-verification.ts";
import { type EcdsaWishes, encodeEcdsa, rawSignature } from "./signature-bytes.ts";

/** What is asked of the service, and what of its answer. */
export interface SigningPlan extends EcdsaWishes {
  readonly algorithm: SignatureAlgorithm;
  /** What the service signs: 32 bytes for ECDSA and BIP341, a message for Ed25519. */
  readonly input: { readonly digest: Uint8Array } | { readonly message: Uint8Array };
  /** BIP341: the root of the script tree, 32 bytes. */
  readonly merkleRoot?: Uint8Array;
}

/**
 * What a request comes down to. A message for ES256K is hashed here with SHA-256: the service does not hash for ECDSA.
 * @throws KeyrailError `UsageNotPermitted` when the key is of another kind than the algorithm needs.
 */
export function planOf(request: SignRequest, facts: KeyFacts): SigningPlan {
  const { algorithm, format, lowS, recoverable, merkleRoot } = request;
  if (!facts.kind.signatureAlgorithms.includes(algorithm)) {
    const able = facts.kind.signatureAlgorithms.join(", ");
    throw new KeyrailError(
      "UsageNotPermitted",
      `The Dfns key ${facts.id} is a ${facts.kind.scheme} key on ${facts.kind.curve}; it ${able === "" ? "signs nothing" : `signs with ${able}`}, not with ${algorithm}.`,
      { key: facts.id, usage: algorithm },
    );
  }
  return {
    algorithm,
    input: inputOf(request),
    ...(format === undefined ? {} : { format }),
    ...(lowS === undefined ? {} : { lowS }),
    ...(recoverable === undefined ? {} : { recoverable }),
    ...(merkleRoot === undefined ? {} : { merkleRoot }),
  };
}

function inputOf(request: SignRequest): SigningPlan["input"] {
  if ("digest" in request) return { digest: request.digest };
  if (request.algorithm !== "ES256K") return { message: request.message };
  return { digest: createHash("sha256").update(request.message).digest() };
}

/** Body of the signature request. */
export function signatureBody(plan: SigningPlan, externalId: string | undefined): CreateSignatureBody {
  const id = externalId === undefined ? {} : { externalId };
  if ("message" in plan.input) return { kind: "Message", message: `0x${encodeHex(plan.input.message)}`, ...id };
  const hash = `0x${encodeHex(plan.input.digest)}`;
  if (plan.algorithm !== "BIP341") return { kind: "Hash", hash, ...id };
  const root = plan.merkleRoot;
  return { kind: "Hash", hash, taprootMerkleRoot: root === undefined ? "" : `0x${encodeHex(root)}`, ...id };
}

/** The signature of an answer that is `Signed`, encoded as asked; not yet verified. */
export async function signatureOf(plan: SigningPlan, answer: DfnsSignature, facts: KeyFacts): Promise<Signature> {
  const raw = rawSignature(answer);
  const { publicKey, keyType } = facts;
  if (keyType === "Ed25519" || !("digest" in plan.input)) return { signature: raw };
  await prepareEngines(keyType, { algorithm: plan.algorithm });
  if (plan.algorithm === "BIP341") {
    const output = taprootOutputKey(publicKey.toRaw(), plan.merkleRoot);
    return { signature: raw, outputKey: output.xOnlyPublicKey };
  }
  const recoveryId =
    plan.recoverable === true
      ? recoveryIdOf(plan.input.digest, raw, publicKey, answer.signature?.recid, facts.id)
      : undefined;
  return encodeEcdsa(keyType, raw, recoveryId, plan);
}

/** The recovery id that gives the public key back: the one of the answer if it does. */
function recoveryIdOf(
  digest: Uint8Array,
  signature: Uint8Array,
  publicKey: PublicKey,
  told: number | null | undefined,
  key: string,
): number {
  const expected = publicKey.toRaw();
  const candidates = typeof told === "number" ? [told, 0, 1, 2, 3] : [0, 1, 2, 3];
  for (const recoveryId of candidates) {
    try {
      if (Buffer.compare(recoverPublicKey({ digest, signature, recoveryId }), expected) === 0) return recoveryId;
    } catch (error) {
      // No key at all for this id: the next one.
      if (!(error instanceof KeyrailError)) throw error;
    }
  }
  throw signatureMismatch(key);
}

/**
 * The signature of an answer, verified under the key.
 * @throws KeyrailError `SignatureMismatch`.
 */
export async function verifiedSignature(plan: SigningPlan, answer: DfnsSignature, facts: KeyFacts): Promise<Signature> {
  const signature = await signatureOf(plan, answer, facts);
  const { algorithm, input, format, merkleRoot } = plan;
  const request: SignRequest = {
    key: facts.id,
    algorithm,
    ...input,
    ...(format === undefined ? {} : { format }),
    ...(merkleRoot === undefined ? {} : { merkleRoot }),
  };
  if (await isSignedBy(facts.publicKey, request, signature)) return signature;
  throw signatureMismatch(facts.id);
}

function signatureMismatch(key: string): KeyrailError<"SignatureMismatch"> {
  return new KeyrailError(
    "SignatureMismatch",
    `Dfns returned a signature that does not verify under the public key of ${key}; it was discarded.`,
    { provider: PROVIDER_NAME, key },
  );
}
