/** From a request body and a key to the signature: what is signed, by which algorithm, and how it is written. */

import { keccak_256 } from "@noble/hashes/sha3.js";
import { ApiError, badRequest } from "../api-error.ts";
import { hintedEdDsaMessagesArePlain, unfitKindStatus } from "../assumptions.ts";
import { bytesFromHex } from "../http/hex-fields.ts";
import { reconstructSecret } from "../keys/generate.ts";
import type { KeyEntity } from "../keys/key-entity.ts";
import { type RawSignature, signEcdsa, signEd25519, signTaproot } from "../signing/sign.ts";
import { type ChainHint, chainHint } from "./networks.ts";
import type { SignatureBody } from "./signature-body.ts";

/** The `signature` member of a signature object. */
export interface EncodedSignature extends RawSignature {
  readonly encoded?: string;
}

/** Signs when called: at once, or when an approval comes. */
export type PlannedSignature = () => EncodedSignature;

/** @throws ApiError 400 when the kind does not fit the key (fact sheet, section 5) or is not emulated. */
export function planSignature(body: SignatureBody, key: KeyEntity): PlannedSignature {
  const hint = chainHint(body.network, body.blockchainKind);
  if (hint === "conflict") throw badRequest("network and blockchainKind name different kinds of chain");
  switch (body.kind) {
    case "Hash":
      return planHash(bytesFromHex(body.hash), body.taprootMerkleRoot, key, hint);
    case "Message":
      return planMessage(bytesFromHex(body.message), key, hint);
    case "Eip191":
      return planPersonalMessage(bytesFromHex(body.message), key, hint ?? "Evm");
    default:
      throw new ApiError(unfitKindStatus, `Signature requests of kind ${body.kind} are not emulated`);
  }
}

function planHash(hash: Uint8Array, merkleRoot: string | undefined, key: KeyEntity, hint: ChainHint): PlannedSignature {
  if ((merkleRoot === undefined) === (key.scheme === "Schnorr")) {
    throw new ApiError(unfitKindStatus, "taprootMerkleRoot is required for Schnorr keys and for no other");
  }
  switch (key.scheme) {
    case "ECDSA":
      return () => encoded(sign(key, hash), key, hint);
    case "EdDSA":
      return () => encoded(signEd25519(reconstructSecret(key), key.publicKey, hash), key, hint);
    case "Schnorr": {
      const root = bytesFromHex(merkleRoot ?? "");
      return () => signTaproot(reconstructSecret(key), hash, root);
    }
    case "DH":
      throw unfit("Hash", key);
  }
}

function planMessage(message: Uint8Array, key: KeyEntity, hint: ChainHint): PlannedSignature {
  if (hint === "Evm") return planPersonalMessage(message, key, hint);
  if (hint !== undefined && (key.scheme !== "EdDSA" || !hintedEdDsaMessagesArePlain)) {
    throw new ApiError(
      unfitKindStatus,
      "Message with a hint other than Evm is emulated for EdDSA keys only: how others wrap it is not documented",
    );
  }
  if (key.scheme !== "EdDSA") throw unfit("Message", key);
  return () => encoded(signEd25519(reconstructSecret(key), key.publicKey, message), key, hint);
}

/** EIP-191, version 0x45: keccak256("\x19Ethereum Signed Message:\n" || length || message). */
function planPersonalMessage(message: Uint8Array, key: KeyEntity, hint: ChainHint): PlannedSignature {
  if (hint !== "Evm" || key.scheme !== "ECDSA" || key.curve !== "secp256k1") throw unfit("Eip191", key);
  const prefix = Buffer.from(`\u0019Ethereum Signed Message:\n${message.length}`);
  const hash = keccak_256(Buffer.concat([prefix, message]));
  return () => encoded(sign(key, hash), key, hint);
}

function sign(key: KeyEntity, hash: Uint8Array): RawSignature {
  return signEcdsa(key.curve === "stark" ? "stark" : "secp256k1", reconstructSecret(key), hash);
}

/** `encoded` exists with a chain format only: Evm and Tron r||s||(1b or 1c), EdDSA chains r||s. */
function encoded(signature: RawSignature, key: KeyEntity, hint: ChainHint): EncodedSignature {
  const text = `0x${signature.r.slice(2)}${signature.s.slice(2)}`;
  if (key.scheme === "EdDSA" && hint === "other") return { ...signature, encoded: text };
  if (key.curve !== "secp256k1" || (hint !== "Evm" && hint !== "Tron")) return signature;
  return { ...signature, encoded: `${text}${signature.recid === 1 ? "1c" : "1b"}` };
}

function unfit(kind: string, { scheme, curve }: KeyEntity): ApiError {
  return new ApiError(unfitKindStatus, `Signature requests of kind ${kind} do not fit an ${scheme} key on ${curve}`);
}
