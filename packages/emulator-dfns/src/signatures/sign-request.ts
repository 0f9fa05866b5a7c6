/** From a request body and a key to the signature: what is signed, by which algorithm, and how it is written. */

import { keccak_256 } from "@noble/hashes/sha3.js";
import { ApiError, badRequest } from "../api-error.ts";
import { hintedEdDsaMessagesArePlain, unfitKindStatus } from "../assumptions.ts";
import { bytesFromHex } from "../http/hex-fields.ts";
import { reconstructSecret } from "../keys/generate.ts";
import type { KeyEntity } from "../keys/key-entity.ts";
import { type RawSignature, signEcdsa, signEd25519, signTaproot } from "../signing/sign.ts";
import { signPsbt } from "./bitcoin-transaction.ts";
import type { TransactionBody } from "./chain-bodies.ts";
import { type ChainPlan, encodedEdDsa, encodedEvm, type SignedOutcome } from "./encoded-signature.ts";
import { planAuthorization, planEvmTransaction } from "./evm-formats.ts";
import { type ChainHint, chainHint } from "./networks.ts";
import { readSolanaTransaction } from "./solana-transaction.ts";
import type { SignatureBody } from "./signature-body.ts";
import { typedDataDigest } from "./typed-data.ts";

/** Signs when called: at once, or when an approval comes. */
export type PlannedSignature = () => SignedOutcome;

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
    case "Eip712":
    case "Eip7702": {
      if ((hint ?? "Evm") !== "Evm" || !isEvmKey(key)) throw unfit(body.kind, key);
      if (body.kind === "Eip7702") return withSecret(planAuthorization(body), key);
      const digest = typedDataDigest(body);
      return () => ({ signature: encodedEvm(sign(key, digest)) });
    }
    case "Transaction":
      return planTransaction(body.transaction, key, hint);
    case "Psbt":
      return planPsbt(bytesFromHex(body.psbt), key, hint);
    default:
      throw notEmulated(body.kind);
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
      return () => ({ signature: signTaproot(reconstructSecret(key), hash, root) });
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
  if (hint !== "Evm" || !isEvmKey(key)) throw unfit("Eip191", key);
  const prefix = Buffer.from(`\u0019Ethereum Signed Message:\n${message.length}`);
  const hash = keccak_256(Buffer.concat([prefix, message]));
  return () => encoded(sign(key, hash), key, hint);
}

function sign(key: KeyEntity, hash: Uint8Array): RawSignature {
  return signEcdsa(key.curve === "stark" ? "stark" : "secp256k1", reconstructSecret(key), hash);
}

/**
 * A serialized transaction of an Evm chain or of Solana. Other chains, and the JSON forms, are not documented.
 * @throws ApiError 400
 */
function planTransaction(
  transaction: TransactionBody["transaction"],
  key: KeyEntity,
  hint: ChainHint,
): PlannedSignature {
  if (hint === undefined) throw badRequest("Transaction: network or blockchainKind must say how to read it");
  if (hint !== "Evm" && hint !== "Solana") throw notEmulated("Transaction", "with this hint");
  if (typeof transaction !== "string") throw notEmulated("Transaction", "in JSON");
  if (hint === "Evm") {
    if (!isEvmKey(key)) throw unfit("Transaction", key);
    return withSecret(planEvmTransaction(transaction.replace(/^0x/, "")), key);
  }
  if (key.scheme !== "EdDSA") throw unfit("Transaction", key);
  const { message, withSignature } = readSolanaTransaction(bytesFromHex(transaction), key.publicKey);
  return () => {
    const signature = encodedEdDsa(signEd25519(reconstructSecret(key), key.publicKey, message));
    return { signature, signedData: withSignature(bytesFromHex(signature.encoded ?? "")) };
  };
}

/** Signed once for a trial: what is malformed is refused now and not when an approval comes. */
function planPsbt(psbt: Uint8Array, key: KeyEntity, hint: ChainHint): PlannedSignature {
  const { scheme, curve, publicKey } = key;
  if (curve !== "secp256k1" || (scheme !== "ECDSA" && scheme !== "Schnorr") || (hint ?? "other") !== "other") {
    throw unfit("Psbt", key);
  }
  const plan = (): SignedOutcome => signPsbt(psbt, { scheme, publicKey, secret: reconstructSecret(key) });
  plan();
  return plan;
}

function withSecret(plan: ChainPlan, key: KeyEntity): PlannedSignature {
  return () => plan(reconstructSecret(key));
}

function isEvmKey({ scheme, curve }: KeyEntity): boolean {
  return scheme === "ECDSA" && curve === "secp256k1";
}

/** `encoded` exists with a chain format only. */
function encoded(signature: RawSignature, key: KeyEntity, hint: ChainHint): SignedOutcome {
  const evmHint = hint === "Evm" || hint === "Tron";
  if (key.scheme === "EdDSA" && hint !== undefined && !evmHint) return { signature: encodedEdDsa(signature) };
  const evm = isEvmKey(key) && evmHint;
  return { signature: evm ? encodedEvm(signature) : signature };
}

function notEmulated(kind: string, how = ""): ApiError {
  return new ApiError(unfitKindStatus, `Signature requests of kind ${kind}${how && ` ${how}`} are not emulated`);
}

function unfit(kind: string, { scheme, curve }: KeyEntity): ApiError {
  return new ApiError(unfitKindStatus, `Signature requests of kind ${kind} do not fit an ${scheme} key on ${curve}`);
}
