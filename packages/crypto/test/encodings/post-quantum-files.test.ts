/** The three forms of post-quantum private keys in PKCS#8 (RFC 9881, RFC 9935), and damaged ones. */

import { createPrivateKey, createPublicKey } from "node:crypto";
import {
  PRIVATE_KEY_BYTES,
  PublicKey,
  derOctetString,
  derSequence,
  derSmallInteger,
  keyAlgorithmIdentifier,
  type PrivateKeyMaterial,
} from "@keyrail/core";
import { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";
import { ml_kem512 } from "@noble/post-quantum/ml-kem.js";
import { describe, expect, it } from "vitest";
import { derivePublicKey } from "../../src/encodings/derive-public-key.ts";
import { readKeyFile, writePkcs8 } from "../../src/index.ts";
import { refusalReason } from "./errors.ts";
import { readPrivate, spkiOf } from "./generated-keys.ts";

const SCHEMES = [
  ["ML-DSA-44", ml_dsa44],
  ["ML-KEM-512", ml_kem512],
] as const;

describe.each(SCHEMES)("%s", (keyType, scheme) => {
  const seed = new Uint8Array(PRIVATE_KEY_BYTES[keyType].seed ?? 0).fill(7);
  const pair = scheme.keygen(seed);
  const file = (content: Uint8Array): Uint8Array =>
    derSequence(derSmallInteger(0), keyAlgorithmIdentifier(keyType), derOctetString(content));
  const bothOf = (first: Uint8Array, second: Uint8Array): Uint8Array =>
    file(derSequence(derOctetString(first), derOctetString(second)));
  const expandedMaterial: PrivateKeyMaterial = { keyType, format: "expanded", bytes: pair.secretKey };

  it("both forms give the seed, when they belong together", async () => {
    const { material } = await readPrivate(bothOf(seed, pair.secretKey));
    expect(material).toEqual({ keyType, format: "seed", bytes: seed });
    expect(await refusalReason(readKeyFile(bothOf(seed.with(0, 8), pair.secretKey)))).toBe(
      "seed and expanded key differ",
    );
    expect(await refusalReason(readKeyFile(bothOf(seed, pair.secretKey.with(9, 1))))).toBe(
      "seed and expanded key differ",
    );
  });

  it("the expanded form is what Node.js reads too, and gives the public key", async () => {
    const der = writePkcs8(expandedMaterial);
    const { material } = await readPrivate(der);
    expect(material).toEqual(expandedMaterial);
    const nodeKey = createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
    const publicKey = await derivePublicKey(material, "pkcs8");
    expect(Buffer.from(publicKey.toSpki())).toEqual(spkiOf(createPublicKey(nodeKey)));
    expect(publicKey.equals(PublicKey.fromRaw(keyType, pair.publicKey))).toBe(true);
  });

  it("other lengths and forms are refused", async () => {
    expect(await refusalReason(readKeyFile(file(derOctetString(seed))))).toBe("wrong length");
    expect(await refusalReason(readKeyFile(bothOf(seed.subarray(1), pair.secretKey)))).toBe("wrong length");
    expect(await refusalReason(readKeyFile(bothOf(seed, pair.secretKey.subarray(1))))).toBe("wrong length");
    expect(await refusalReason(readKeyFile(file(derSmallInteger(1))))).toBe("expected SEQUENCE");
  });
});

it("a damaged expanded ML-DSA key is found in every part that the public key depends on", async () => {
  const { secretKey } = ml_dsa44.keygen(new Uint8Array(32).fill(7));
  // FIPS 204, skEncode: rho 32, K 32, tr 64, s1 384, s2 384, t0. K is a secret of its own: nothing can tell.
  for (const offset of [0, 31, 64, 127, 128, 500, 512, 890, 896, 2559]) {
    const damaged = secretKey.with(offset, (secretKey[offset] ?? 0) ^ 1);
    const der = writePkcs8({ keyType: "ML-DSA-44", format: "expanded", bytes: damaged });
    expect(await refusalReason(readKeyFile(der))).toBe("expanded key is not consistent");
  }
});

it("a damaged expanded ML-KEM key is found in the encapsulation key and its hash (FIPS 203, 7.3)", async () => {
  const { secretKey } = ml_kem512.keygen(new Uint8Array(64).fill(7));
  // FIPS 203: dk_PKE 768, ek 800, H(ek) 32, z 32. dk_PKE and z are not covered by the check of the standard.
  for (const offset of [768, 1000, 1567, 1568, 1599]) {
    const damaged = secretKey.with(offset, (secretKey[offset] ?? 0) ^ 1);
    const der = writePkcs8({ keyType: "ML-KEM-512", format: "expanded", bytes: damaged });
    expect(["expanded key is not consistent", "coefficient out of range"]).toContain(
      await refusalReason(readKeyFile(der)),
    );
  }
});
