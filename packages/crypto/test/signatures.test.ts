import { describe, expect, test } from "vitest";
import type { AsymmetricKeyType } from "@keyrail/core";
import {
  generatePrivateKey,
  openPrivateKey,
  openPublicKey,
  openStored,
  exportPrivateKey,
  sign,
  signAsync,
  signatureAlgorithms,
  type SignRequest,
  toStoredForm,
  verify,
  verifyAsync,
} from "../src/index.ts";

const SIGNING: readonly AsymmetricKeyType[] = ["P-256", "P-384", "P-521", "secp256k1", "Ed25519", "Ed448"];
const message = Buffer.from("the message");

function requestFor(algorithm: SignRequest["algorithm"]): SignRequest {
  if (algorithm === "ECDSA") return { algorithm, digest: new Uint8Array(32).fill(7) };
  if (algorithm === "Ed25519ctx") return { algorithm, message, context: Buffer.from("context") };
  return { algorithm, message };
}

describe.each(SIGNING)("%s", (keyType) => {
  const key = generatePrivateKey(keyType);
  const publicKey = openPublicKey(keyType, key.publicKey);

  test.each(signatureAlgorithms(keyType))("%s signs and verifies", async (algorithm) => {
    const request = requestFor(algorithm);
    const { signature } = sign(key, request);
    expect(verify(publicKey, { ...request, signature })).toBe(true);
    const made = await Promise.all([signAsync(key, request), signAsync(key, request), signAsync(key, request)]);
    for (const result of made) {
      expect(await verifyAsync(publicKey, { ...request, signature: result.signature })).toBe(true);
    }
    const spoilt = signature.slice();
    spoilt[10] = (spoilt[10] ?? 0) ^ 1;
    expect(verify(publicKey, { ...request, signature: spoilt })).toBe(false);
    expect(verify(publicKey, { ...request, signature: new Uint8Array(3) })).toBe(false);
  });

  test("survives its stored form and its export", () => {
    const algorithm = signatureAlgorithms(keyType)[0] ?? "ECDSA";
    const request = requestFor(algorithm);
    const stored = openStored(keyType, toStoredForm(key));
    expect(Buffer.from(stored.publicKey)).toEqual(Buffer.from(key.publicKey));
    expect(verify(publicKey, { ...request, signature: sign(stored, request).signature })).toBe(true);
    const exported = openPrivateKey(exportPrivateKey(key));
    expect(Buffer.from(exported.publicKey)).toEqual(Buffer.from(key.publicKey));
  });
});
