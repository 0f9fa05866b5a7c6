/** Uses a key in one way, and checks the result without the provider that made it where that is possible. */

import { randomBytes } from "node:crypto";
import {
  type AsymmetricKeyType,
  ASYMMETRIC_KEY_TYPES,
  type KeyRecord,
  type KeyType,
  type OperationDescriptor,
  type Provider,
  PublicKey,
  type SignRequest,
  type Usage,
} from "@keyrail/core";
import { generatePrivateKey, openPublicKey, prepareEngines, verify } from "@keyrail/crypto";
import { expect } from "vitest";

/** What is to be done: a descriptor with the key it is about. */
export interface Use extends OperationDescriptor {
  readonly key: string;
}

const MESSAGE = new TextEncoder().encode("sixteen bytes ok");

/** Does it. Rejects as the port does; an operation without a port is an `Error`. */
export async function useKey(provider: Provider, use: Use, record: KeyRecord): Promise<void> {
  switch (use.operation) {
    case "sign":
      return signAndVerify(provider, use, record);
    case "verify":
      return verifyOnly(provider, use, record);
    case "agree":
      return agreeBothWays(provider, use, record);
    case "mac":
    case "verify-mac":
      return authenticate(provider, use);
    case "encrypt":
    case "decrypt":
      return encryptAndDecrypt(provider, use);
    case "wrap":
    case "unwrap":
      return wrapAndUnwrap(provider, use);
    case "encapsulate":
    case "decapsulate":
      return encapsulateAndBack(provider, use, record);
    case "derive:hd":
      return deriveChild(provider, use, record);
    case "derive:ecdh":
      return deriveStored(provider, use, record);
    case "derive-output":
      return deriveOutput(provider, use);
    default:
      throw new Error(`${use.operation} is no use of a key.`);
  }
}

function present<Port>(port: Port | undefined): Port {
  if (port === undefined) throw new Error("The provider has no such port.");
  return port;
}

function requestOf({ key, algorithm, input }: Use): SignRequest {
  const signature = present(SIGNATURES.find((name) => name === algorithm));
  const context = signature === "Ed25519ctx" ? { context: Uint8Array.of(1) } : {};
  return input === "digest"
    ? { key, algorithm: signature, digest: new Uint8Array(digestBytes(signature)).fill(7) }
    : { key, algorithm: signature, message: MESSAGE, ...context };
}

const SIGNATURES = [
  "ES256",
  "ES384",
  "ES512",
  "ES256K",
  "ECDSA-SHA-256",
  "ECDSA-SHA-384",
  "ECDSA-SHA-512",
  "ECDSA",
  "BIP340",
  "BIP341",
  "Ed25519",
  "Ed25519ph",
  "Ed25519ctx",
  "Ed448",
  "Ed448ph",
  "ML-DSA-44",
  "ML-DSA-65",
  "ML-DSA-87",
] as const;

function digestBytes(algorithm: string): number {
  if (algorithm === "ES384" || algorithm.endsWith("384")) return 48;
  return algorithm === "ES512" || algorithm.endsWith("512") ? 64 : 32;
}

async function signAndVerify(provider: Provider, use: Use, record: KeyRecord): Promise<void> {
  const request = requestOf(use);
  const signed = await present(provider.signer).sign(request);
  const publicKey = await provider.keys.getPublic(use.key);
  await prepareEngines(publicKey.keyType, { algorithm: request.algorithm });
  const { key: _key, ...parameters } = request;
  const opened = openPublicKey(publicKey.keyType, publicKey.toRaw());
  expect(verify(opened, { ...parameters, signature: signed.signature })).toBe(true);
  expect(record.usages).toContain("sign");
}

/** The port says of bytes that are no signature that they are none. */
async function verifyOnly(provider: Provider, use: Use, record: KeyRecord): Promise<void> {
  const signature = new Uint8Array(SIGNATURE_BYTES[record.keyType] ?? 64).fill(1);
  await expect(present(provider.verifier).verify({ ...requestOf(use), signature })).resolves.toBe(false);
}

const SIGNATURE_BYTES: Readonly<Partial<Record<KeyType, number>>> = {
  "P-384": 96,
  "P-521": 132,
  Ed448: 114,
  "ML-DSA-44": 2420,
  "ML-DSA-65": 3309,
  "ML-DSA-87": 4627,
};

function asymmetric(keyType: KeyType): AsymmetricKeyType {
  return present(ASYMMETRIC_KEY_TYPES.find((type) => type === keyType));
}

/** Somebody else's public key. */
async function peerOf(keyType: KeyType): Promise<PublicKey> {
  const type = asymmetric(keyType);
  await prepareEngines(type);
  return PublicKey.fromRaw(type, generatePrivateKey(type).publicKey);
}

async function agreeBothWays(provider: Provider, { key, algorithm }: Use, { keyType }: KeyRecord): Promise<void> {
  const named = present((["ECDH", "X25519", "X448"] as const).find((name) => name === algorithm));
  const secret = await present(provider.agreement).agree({
    key,
    algorithm: named,
    peer: { publicKey: await peerOf(keyType) },
  });
  expect(secret.length).toBeGreaterThanOrEqual(32);
}

async function authenticate(provider: Provider, { key, algorithm }: Use): Promise<void> {
  const names = ["HS256", "HS384", "HS512", "HMAC-SHA3-256", "HMAC-SHA3-384", "HMAC-SHA3-512"] as const;
  const named = present(names.find((name) => name === algorithm));
  const port = present(provider.mac);
  const tag = await port.mac({ key, algorithm: named, message: MESSAGE });
  await expect(port.verifyMac({ key, algorithm: named, message: MESSAGE, tag })).resolves.toBe(true);
}

async function encryptAndDecrypt(provider: Provider, { key, algorithm }: Use): Promise<void> {
  const names = ["A128GCM", "A192GCM", "A256GCM", "A128CBC", "A192CBC", "A256CBC"] as const;
  const named = present(names.find((name) => name === algorithm));
  const port = present(provider.cipher);
  const encrypted = await port.encrypt({ key, algorithm: named, plaintext: MESSAGE });
  const plaintext = await port.decrypt({ key, algorithm: named, ...encrypted });
  expect(Buffer.compare(plaintext, MESSAGE)).toBe(0);
}

async function wrapAndUnwrap(provider: Provider, { key, algorithm }: Use): Promise<void> {
  const names = ["A128KW", "A192KW", "A256KW", "A128KWP", "A192KWP", "A256KWP"] as const;
  const named = present(names.find((name) => name === algorithm));
  const port = present(provider.keyWrap);
  const wrapped = await port.wrap({ key, algorithm: named, plaintext: MESSAGE });
  expect(Buffer.compare(await port.unwrap({ key, algorithm: named, wrapped }), MESSAGE)).toBe(0);
}

async function encapsulateAndBack(provider: Provider, { key, algorithm }: Use, record: KeyRecord): Promise<void> {
  const named = present((["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"] as const).find((name) => name === algorithm));
  const port = present(provider.kem);
  const { ciphertext, sharedSecret } = await port.encapsulate({ key, algorithm: named });
  if (record.half === "public") return;
  const opened = await port.decapsulate({ key, algorithm: named, ciphertext });
  expect(Buffer.compare(opened, sharedSecret)).toBe(0);
}

async function deriveChild(provider: Provider, { key }: Use, record: KeyRecord): Promise<void> {
  const hardened = record.hierarchical?.scheme === "SLIP10" && !["secp256k1", "P-256"].includes(record.keyType);
  const usage: Usage = record.keyType === "X25519" ? "agree" : "sign";
  const path = hardened ? "m/5'" : "m/5";
  const child = await provider.keys.derive({ kind: "hd", key, path, usages: [usage], label: "child" });
  expect(child.origin).toBe("derived");
}

async function deriveStored(provider: Provider, { key, target }: Use, record: KeyRecord): Promise<void> {
  const keyType = target ?? "AES-128";
  const child = await provider.keys.derive({
    kind: "ecdh",
    key,
    peer: { publicKey: await peerOf(record.keyType) },
    keyType,
    usages: [usageOf(keyType)],
    label: "derived",
  });
  expect(child.keyType).toBe(keyType);
}

function usageOf(keyType: KeyType): Usage {
  if (keyType.startsWith("AES-")) return "encrypt";
  if (keyType.startsWith("HMAC-")) return "mac";
  if (keyType.startsWith("ML-KEM-")) return "encapsulate";
  return keyType === "X25519" || keyType === "X448" ? "derive" : "sign";
}

async function deriveOutput(provider: Provider, { key }: Use): Promise<void> {
  const domain = new TextEncoder().encode("domain");
  const request = { key, algorithm: "GLOW20", domain, seed: randomBytes(16) } as const;
  const port = present(provider.deterministicDerivation);
  const [first, second] = [await port.deriveOutput(request), await port.deriveOutput(request)];
  expect(Buffer.compare(first, second)).toBe(0);
}
