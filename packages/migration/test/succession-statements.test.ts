/** Succession statements checked by other people's code: jose, node:crypto, noble, tiny-secp256k1 and a textbook. */

import { createHash, createPublicKey, type KeyObject, verify as nodeVerify } from "node:crypto";
import {
  type AsymmetricKeyType,
  decodeBase64Url,
  type Provider,
  type PublicKey,
  type SignatureAlgorithm,
} from "@keyrail/core";
import { openSoftwareProvider } from "@keyrail/software";
import { ed25519ctx, ed25519ph } from "@noble/curves/ed25519.js";
import { ed448ph } from "@noble/curves/ed448.js";
import { calculateJwkThumbprint, flattenedVerify, importJWK, type JWK } from "jose";
import { verifySchnorr, xOnlyPointAddTweak } from "tiny-secp256k1";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GeneralJws, PRIVATE_ALGORITHM_PREFIX, proveKey } from "../src/index.ts";
import { present, rotated } from "./support/moves.ts";
import { verifyStark } from "./support/stark.ts";

let source: Provider;
let target: Provider;

beforeAll(async () => {
  source = await openSoftwareProvider({ store: { kind: "memory" } });
  target = await openSoftwareProvider({ store: { kind: "memory" } });
});
afterAll(async () => {
  await source.close();
  await target.close();
});

const text = new TextEncoder();
const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** JSON of a base64url text, as an object. */
function json(encoded: string): Record<string, unknown> {
  const value: unknown = JSON.parse(Buffer.from(encoded, "base64url").toString());
  if (!isObject(value)) throw new Error("not an object");
  return value;
}

/** A statement of two keys restricted to an algorithm, or of unrestricted ones. */
async function statementOf(keyType: AsymmetricKeyType, algorithm?: SignatureAlgorithm): Promise<GeneralJws> {
  const restriction = algorithm === undefined ? {} : { algorithms: [algorithm] };
  const request = { keyType, usages: ["sign"], label: keyType, ...restriction } as const;
  const proof = await proveKey(await rotated(source, target, request, { proof: "succession-signature" }));
  if (proof.kind !== "succession-signature") throw new Error(proof.kind);
  return JSON.parse(JSON.stringify(proof.statement));
}

/** The two keys a statement names, each with its half of the JWS. */
async function parties(
  jws: GeneralJws,
): Promise<
  { jwk: JWK; publicKey: PublicKey; alg: string; input: Uint8Array; signature: Uint8Array; protected: string }[]
> {
  const payload = json(jws.payload);
  expect(payload["typ"]).toBe("keyrail-succession");
  const list = [];
  for (const [index, name] of ["old", "new"].entries()) {
    const key = payload[name];
    const one = present(jws.signatures[index]);
    if (!isObject(key)) throw new Error(name);
    const header = json(one.protected);
    expect(header["typ"]).toBe("keyrail-succession+jws");
    expect(header["kid"]).toBe(key["jkt"]);
    const provider = index === 0 ? source : target;
    const publicKey = await provider.keys.getPublic(String(key["uri"]));
    const jwk: JWK = { ...publicKey.toJwk() };
    // The JWK is in the payload unless it is too long for the device that signs.
    if (key["jwk"] !== undefined) expect(key["jwk"]).toEqual(jwk);
    // RFC 9964 thumbprints are newer than the jose of these tests.
    if (jwk.kty !== "AKP") expect(await calculateJwkThumbprint(jwk)).toBe(key["jkt"]);
    list.push({
      jwk,
      publicKey,
      alg: String(header["alg"]),
      input: text.encode(`${one.protected}.${jws.payload}`),
      signature: decodeBase64Url(one.signature),
      protected: one.protected,
    });
  }
  return list;
}

describe("jose verifies", () => {
  it.for(["P-256", "P-384", "P-521", "Ed25519"] as const)("%s", async (keyType) => {
    const jws = await statementOf(keyType);
    for (const { jwk, alg, protected: header, signature } of await parties(jws)) {
      const key = await importJWK(jwk, alg);
      const flattened = {
        payload: jws.payload,
        protected: header,
        signature: Buffer.from(signature).toString("base64url"),
      };
      const { payload } = await flattenedVerify(flattened, key, { algorithms: [alg] });
      expect(Buffer.from(payload).toString("base64url")).toBe(jws.payload);
    }
  });

  it.for(["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"] as const)("%s", async (keyType, { skip }) => {
    const [major = 0] = process.versions.node.split(".").map(Number);
    if (major < 24) skip("This Node.js has no ML-DSA in WebCrypto, which jose uses.");
    const jws = await statementOf(keyType);
    for (const { jwk, alg, protected: header, signature } of await parties(jws)) {
      const flattened = {
        payload: jws.payload,
        protected: header,
        signature: Buffer.from(signature).toString("base64url"),
      };
      await flattenedVerify(flattened, await importJWK(jwk, alg), { algorithms: [alg] });
    }
  });
});

/** A JWK as node:crypto takes it. */
const nodeKey = (jwk: JWK): KeyObject => createPublicKey({ key: { ...jwk }, format: "jwk" });
const ecdsa =
  (hash: string) =>
  (input: Uint8Array, signature: Uint8Array, _key: PublicKey, jwk: JWK): boolean =>
    nodeVerify(hash, input, { key: nodeKey(jwk), dsaEncoding: "ieee-p1363" }, signature);
const context = text.encode("keyrail succession");
const tapTweak = (xOnly: Uint8Array): Uint8Array => {
  const tag = sha256(text.encode("TapTweak"));
  return sha256(tag, tag, xOnly);
};

/** Key type, the restriction of both keys, the `alg`, and who checks it. */
const others: readonly (readonly [
  AsymmetricKeyType,
  SignatureAlgorithm | undefined,
  string,
  (input: Uint8Array, signature: Uint8Array, key: PublicKey, jwk: JWK) => boolean,
])[] = [
  ["secp256k1", undefined, "ES256K", ecdsa("sha256")],
  ["secp256k1", "ECDSA", "ES256K", ecdsa("sha256")],
  ["secp256k1", "ECDSA-SHA-384", "ECDSA-secp256k1-SHA-384", ecdsa("sha384")],
  ["secp256k1", "ECDSA-SHA-512", "ECDSA-secp256k1-SHA-512", ecdsa("sha512")],
  ["P-256", "ECDSA", "ES256", ecdsa("sha256")],
  ["P-256", "ECDSA-SHA-256", "ES256", ecdsa("sha256")],
  ["P-256", "ECDSA-SHA-384", "ECDSA-P-256-SHA-384", ecdsa("sha384")],
  ["P-256", "ECDSA-SHA-512", "ECDSA-P-256-SHA-512", ecdsa("sha512")],
  ["P-384", "ECDSA", "ES384", ecdsa("sha384")],
  ["P-384", "ECDSA-SHA-256", "ECDSA-P-384-SHA-256", ecdsa("sha256")],
  ["P-384", "ECDSA-SHA-512", "ECDSA-P-384-SHA-512", ecdsa("sha512")],
  ["P-521", "ECDSA", "ES512", ecdsa("sha512")],
  ["P-521", "ECDSA-SHA-256", "ECDSA-P-521-SHA-256", ecdsa("sha256")],
  ["P-521", "ECDSA-SHA-384", "ECDSA-P-521-SHA-384", ecdsa("sha384")],
  ["Ed448", undefined, "Ed448", (input, signature, _key, jwk) => nodeVerify(null, input, nodeKey(jwk), signature)],
  ["Ed25519", "Ed25519ph", "Ed25519ph", (input, signature, key) => ed25519ph.verify(signature, input, key.toRaw())],
  [
    "Ed25519",
    "Ed25519ctx",
    "Ed25519ctx",
    (input, signature, key) => ed25519ctx.verify(signature, input, key.toRaw(), { context }),
  ],
  ["Ed448", "Ed448ph", "Ed448ph", (input, signature, key) => ed448ph.verify(signature, input, key.toRaw())],
  [
    "secp256k1",
    "BIP340",
    "BIP340-SHA-256",
    (input, signature, key) => verifySchnorr(sha256(input), key.toXOnly(), signature),
  ],
  [
    "secp256k1",
    "BIP341",
    "BIP341-SHA-256",
    (input, signature, key) => {
      const output = xOnlyPointAddTweak(key.toXOnly(), tapTweak(key.toXOnly()));
      return output !== null && verifySchnorr(sha256(input), output.xOnlyPubkey, signature);
    },
  ],
  [
    "stark",
    undefined,
    "ECDSA-stark-SHA-256",
    (input, signature, key) => verifyStark(signature, sha256(input), key.toRaw()),
  ],
];

describe("other code verifies", () => {
  it.for(others)("%s restricted to %s as %s", async ([keyType, algorithm, name, verifies]) => {
    const registered = !/[-]SHA-|ph$|ctx$/.test(name);
    for (const party of await parties(await statementOf(keyType, algorithm))) {
      const { alg, input, signature, publicKey, jwk } = party;
      expect(alg).toBe(registered ? name : `${PRIVATE_ALGORITHM_PREFIX}${name}`);
      expect(verifies(input, signature, publicKey, jwk)).toBe(true);
      const other = input.slice();
      other[10] = (other[10] ?? 0) ^ 1;
      expect(verifies(other, signature, publicKey, jwk)).toBe(false);
    }
  });
});

describe("the payload", () => {
  it("is the same for the same move, whatever the signatures are", async () => {
    const task = await rotated(
      source,
      target,
      { keyType: "P-256", usages: ["sign"], label: "again" },
      { proof: "succession-signature" },
    );
    const proofs = await Promise.all([proveKey(task), proveKey(task)]);
    const [one, two] = proofs.map((proof) => (proof.kind === "succession-signature" ? proof.statement : undefined));
    expect(one?.payload).toBe(two?.payload);
    expect(one?.signatures).not.toEqual(two?.signatures);
  });

  it("fits into 2,048 bytes, if need be without the JWKs", async () => {
    const reason = "é".repeat(300);
    for (const keyType of ["P-521", "ML-DSA-87"] as const) {
      const request = { keyType, usages: ["sign"], label: "long" } as const;
      const proof = await proveKey(await rotated(source, target, request, { proof: "succession-signature", reason }));
      if (proof.kind !== "succession-signature") throw new Error(proof.kind);
      const { payload, signatures } = proof.statement;
      for (const { protected: header } of signatures) expect(`${header}.${payload}`.length).toBeLessThanOrEqual(2048);
      expect(json(payload)["reason"]).toBe("é".repeat(200));
      const { old } = json(payload);
      expect(isObject(old) && "jwk" in old).toBe(keyType === "P-521");
    }
  });
});
