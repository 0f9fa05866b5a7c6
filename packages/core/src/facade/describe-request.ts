/** From a checked request to the descriptor the gate is asked about. */

import type { RowParameter } from "../capabilities/declaration.ts";
import type { OperationDescriptor } from "../capabilities/descriptor.ts";
import type { DecryptRequest, EncryptRequest } from "../ports/cipher.ts";
import type { AgreeRequest } from "../ports/key-agreement.ts";
import type { CreateRequest, DeriveRequest, ImportRequest, KeyAttributes } from "../ports/key-store.ts";
import type { VerifyMacRequest } from "../ports/mac.ts";
import type { SignRequest, VerifyRequest } from "../ports/signer.ts";
import type { KnownKey } from "../provider.ts";
import type { Algorithm, KeyType, Operation } from "../vocabulary.ts";

type Writable<Type> = { -readonly [Member in keyof Type]: Type[Member] };

/** Facts of the key, when they are known without a request. */
function keyFacts(known: KnownKey | undefined): { keyType?: KeyType; half?: KnownKey["half"] } {
  return known === undefined ? {} : { keyType: known.keyType, half: known.half };
}

function attributeFacts(request: KeyAttributes): Pick<OperationDescriptor, "usages" | "keyAlgorithms" | "extractable"> {
  const facts: Writable<Pick<OperationDescriptor, "usages" | "keyAlgorithms" | "extractable">> = {
    usages: request.usages,
  };
  if (request.algorithms !== undefined) facts.keyAlgorithms = request.algorithms;
  if (request.extractable !== undefined) facts.extractable = request.extractable;
  return facts;
}

export function describeCreate(request: CreateRequest): OperationDescriptor {
  return {
    operation: "create",
    keyType: request.keyType,
    ...attributeFacts(request),
    ...(request.hierarchical === undefined ? {} : { hierarchical: request.hierarchical }),
  };
}

export function describeImport(request: ImportRequest): OperationDescriptor {
  const facts = attributeFacts(request);
  switch (request.kind) {
    case "public":
      return { operation: "import:public", keyType: request.publicKey.keyType, ...facts };
    case "private":
      return {
        operation: "import:private",
        keyType: request.privateKey.keyType,
        privateFormat: request.privateKey.format,
        ...facts,
        ...(request.hierarchical === undefined ? {} : { hierarchical: request.hierarchical }),
      };
    case "secret":
      return {
        operation: "import:secret",
        keyType: request.keyType,
        sizes: { secret: request.secret.length },
        ...facts,
      };
    case "encrypted-shares":
      return {
        operation: "import:encrypted-shares",
        keyType: request.keyType,
        ...facts,
        ...(request.hierarchical === undefined ? {} : { hierarchical: request.hierarchical }),
      };
  }
}

export function describeDerive(request: DeriveRequest, known: KnownKey | undefined): OperationDescriptor {
  const facts = { ...keyFacts(known), ...attributeFacts(request) };
  if (request.kind === "hd") return { operation: "derive:hd", ...facts };
  const parameters: RowParameter[] = [];
  if (request.salt !== undefined) parameters.push("salt");
  if (request.info !== undefined) parameters.push("info");
  if ("key" in request.peer) parameters.push("peerKey");
  return {
    operation: "derive:ecdh",
    ...facts,
    ...("publicKey" in request.peer && facts.keyType === undefined ? { keyType: request.peer.publicKey.keyType } : {}),
    target: request.keyType,
    ...(request.algorithm === undefined ? {} : { algorithm: request.algorithm }),
    ...(parameters.length === 0 ? {} : { parameters }),
  };
}

/** The key type an algorithm's name implies, for keys whose type is not known. */
const KEY_TYPE_OF_ALGORITHM: Readonly<Partial<Record<Algorithm, KeyType>>> = {
  ES256: "P-256",
  ES384: "P-384",
  ES512: "P-521",
  ES256K: "secp256k1",
  BIP340: "secp256k1",
  BIP341: "secp256k1",
  Ed25519: "Ed25519",
  Ed25519ph: "Ed25519",
  Ed25519ctx: "Ed25519",
  Ed448: "Ed448",
  Ed448ph: "Ed448",
  "ML-DSA-44": "ML-DSA-44",
  "ML-DSA-65": "ML-DSA-65",
  "ML-DSA-87": "ML-DSA-87",
  "ML-KEM-512": "ML-KEM-512",
  "ML-KEM-768": "ML-KEM-768",
  "ML-KEM-1024": "ML-KEM-1024",
  X25519: "X25519",
  X448: "X448",
  HS256: "HMAC-SHA-256",
  HS384: "HMAC-SHA-384",
  HS512: "HMAC-SHA-512",
};

/** Operation on an existing key with an algorithm and nothing else to check. */
export function describeUse(
  operation: Operation,
  algorithm: Algorithm,
  known: KnownKey | undefined,
): Writable<OperationDescriptor> {
  const descriptor: Writable<OperationDescriptor> = { operation, algorithm };
  const keyType = known?.keyType ?? KEY_TYPE_OF_ALGORITHM[algorithm];
  if (keyType !== undefined) descriptor.keyType = keyType;
  if (known !== undefined) descriptor.half = known.half;
  return descriptor;
}

type SignOrVerify = SignRequest | VerifyRequest;

export function describeSignature(
  operation: "sign" | "verify",
  request: SignOrVerify,
  known: KnownKey | undefined,
): OperationDescriptor {
  const descriptor = describeUse(operation, request.algorithm, known);
  const withMessage = "message" in request;
  const input = withMessage ? request.message : request.digest;
  const sizes: Writable<NonNullable<OperationDescriptor["sizes"]>> = withMessage
    ? { message: input.length }
    : { digest: input.length };
  descriptor.input = withMessage ? "message" : "digest";
  descriptor.sizes = sizes;
  if (request.format !== undefined) descriptor.format = request.format;
  let parameters: RowParameter[] | undefined;
  if (request.context !== undefined) {
    sizes.context = request.context.length;
    (parameters ??= []).push("context");
  }
  if (request.merkleRoot !== undefined) (parameters ??= []).push("merkleRoot");
  if (request.lowS !== undefined) (parameters ??= []).push("lowS");
  if ("recoverable" in request && request.recoverable !== undefined) (parameters ??= []).push("recoverable");
  if (parameters !== undefined) descriptor.parameters = parameters;
  return descriptor;
}

export function describeAgree(request: AgreeRequest, known: KnownKey | undefined): OperationDescriptor {
  const descriptor = describeUse("agree", request.algorithm, known);
  if ("publicKey" in request.peer) descriptor.keyType ??= request.peer.publicKey.keyType;
  else descriptor.parameters = ["peerKey"];
  return descriptor;
}

export function describeVerifyMac(request: VerifyMacRequest, known: KnownKey | undefined): OperationDescriptor {
  const descriptor = describeUse("verify-mac", request.algorithm, known);
  descriptor.sizes = { message: request.message.length, tag: request.tag.length };
  return descriptor;
}

export function describeCipher(
  operation: "encrypt" | "decrypt",
  request: EncryptRequest | DecryptRequest,
  known: KnownKey | undefined,
): OperationDescriptor {
  const descriptor = describeUse(operation, request.algorithm, known);
  const sizes: Writable<NonNullable<OperationDescriptor["sizes"]>> =
    "plaintext" in request ? { plaintext: request.plaintext.length } : { ciphertext: request.ciphertext.length };
  descriptor.sizes = sizes;
  if (request.iv !== undefined) {
    sizes.iv = request.iv.length;
    if (operation === "encrypt") descriptor.parameters = ["iv"];
  }
  if ("tag" in request && request.tag !== undefined) sizes.tag = request.tag.length;
  if (request.additionalData !== undefined) {
    sizes.additionalData = request.additionalData.length;
    descriptor.parameters = [...(descriptor.parameters ?? []), "additionalData"];
  }
  return descriptor;
}

/** Adds the length of one part of a request. */
export function withSize(
  descriptor: Writable<OperationDescriptor>,
  name: "message" | "plaintext" | "ciphertext",
  length: number,
): OperationDescriptor {
  descriptor.sizes = { [name]: length };
  return descriptor;
}
