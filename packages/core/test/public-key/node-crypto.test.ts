/** PublicKey against node:crypto as an independent reader and writer, for every key type and format, both ways. */

import { ECDH, createHash, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  ASYMMETRIC_KEY_TYPES,
  PUBLIC_KEY_BYTES,
  PublicKey,
  isNamedCurveKeyType,
  type AsymmetricKeyType,
} from "../../src/index.ts";

type NodeKeyType = Exclude<AsymmetricKeyType, "stark">;
const NODE_KEY_TYPES = ASYMMETRIC_KEY_TYPES.filter((keyType): keyType is NodeKeyType => keyType !== "stark");

function generate(keyType: NodeKeyType): KeyObject {
  switch (keyType) {
    case "P-256":
    case "P-384":
    case "P-521":
    case "secp256k1":
      return generateKeyPairSync("ec", { namedCurve: keyType }).publicKey;
    case "Ed25519":
      return generateKeyPairSync("ed25519").publicKey;
    case "Ed448":
      return generateKeyPairSync("ed448").publicKey;
    case "X25519":
      return generateKeyPairSync("x25519").publicKey;
    case "X448":
      return generateKeyPairSync("x448").publicKey;
    case "ML-KEM-512":
      return generateKeyPairSync("ml-kem-512").publicKey;
    case "ML-KEM-768":
      return generateKeyPairSync("ml-kem-768").publicKey;
    case "ML-KEM-1024":
      return generateKeyPairSync("ml-kem-1024").publicKey;
    case "ML-DSA-44":
      return generateKeyPairSync("ml-dsa-44").publicKey;
    case "ML-DSA-65":
      return generateKeyPairSync("ml-dsa-65").publicKey;
    case "ML-DSA-87":
      return generateKeyPairSync("ml-dsa-87").publicKey;
  }
}

const NODE_CURVES: Readonly<Record<string, string>> = {
  "P-256": "prime256v1",
  "P-384": "secp384r1",
  "P-521": "secp521r1",
  secp256k1: "secp256k1",
};

describe.each(NODE_KEY_TYPES)("%s", (keyType) => {
  const rounds = Array.from({ length: keyType.startsWith("ML-") ? 2 : 8 }, () => generate(keyType));

  it("reads what Node.js writes", () => {
    for (const nodeKey of rounds) {
      const spki = nodeKey.export({ type: "spki", format: "der" });
      const fromSpki = PublicKey.fromSpki(spki);
      expect(fromSpki.keyType).toBe(keyType);
      expect(fromSpki.toRaw()).toHaveLength(PUBLIC_KEY_BYTES[keyType]);
      expect(fromSpki.equals(PublicKey.fromPem(nodeKey.export({ type: "spki", format: "pem" })))).toBe(true);
      expect(fromSpki.equals(PublicKey.fromJwk(nodeKey.export({ format: "jwk" })))).toBe(true);
      expect(fromSpki.equals(PublicKey.fromRaw(keyType, fromSpki.toRaw()))).toBe(true);
      expect(fromSpki.equals(PublicKey.fromTrustedRaw(keyType, fromSpki.toRaw()))).toBe(true);
    }
  });

  it("writes byte for byte what Node.js writes", () => {
    for (const nodeKey of rounds) {
      const spki = nodeKey.export({ type: "spki", format: "der" });
      const key = PublicKey.fromJwk(nodeKey.export({ format: "jwk" }));
      expect(Buffer.from(key.toSpki())).toEqual(spki);
      expect(key.toPem()).toBe(nodeKey.export({ type: "spki", format: "pem" }));
      expect(key.toJwk()).toEqual(nodeKey.export({ format: "jwk" }));
      const reread = createPublicKey({ key: { ...key.toJwk() }, format: "jwk" });
      expect(reread.equals(nodeKey)).toBe(true);
      const members = Object.entries(nodeKey.export({ format: "jwk" }));
      const sorted = Object.fromEntries(members.toSorted(([a], [b]) => (a < b ? -1 : 1)));
      expect(key.thumbprint()).toBe(createHash("sha256").update(JSON.stringify(sorted)).digest("base64url"));
    }
  });
});

describe.each(NODE_KEY_TYPES.filter((keyType) => isNamedCurveKeyType(keyType)))("%s points", (keyType) => {
  it("compresses and decompresses as Node.js does", () => {
    const curve = NODE_CURVES[keyType] ?? "";
    for (let round = 0; round < 8; round++) {
      const nodeKey = generate(keyType);
      const key = PublicKey.fromSpki(nodeKey.export({ type: "spki", format: "der" }));
      const compressed = ECDH.convertKey(key.toRaw(), curve, undefined, undefined, "compressed");
      expect(Buffer.from(key.toCompressed())).toEqual(compressed);
      expect(PublicKey.fromRaw(keyType, key.toCompressed()).equals(key)).toBe(true);
    }
  });
});
