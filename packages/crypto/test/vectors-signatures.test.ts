import { describe, expect, test } from "vitest";
import type { AsymmetricKeyType, SignatureAlgorithm, SignatureFormat } from "@keyrail/core";
import { isKeyrailError } from "@keyrail/core";
import { type EngineName, liftXOnlyPublicKey, openPrivateKey, openPublicKey, sign, verify } from "../src/index.ts";
import { hex, readVectorText, withVectors, wycheproof, type WycheproofGroup } from "./vector-files.ts";

interface EcdsaFile {
  readonly file: string;
  readonly curve: "P-256" | "P-384" | "P-521" | "secp256k1";
  readonly algorithm: SignatureAlgorithm;
  readonly format: SignatureFormat;
  readonly lowS?: boolean;
  readonly engines: readonly EngineName[];
}

const NIST: readonly EngineName[] = ["node", "noble"];
const KOBLITZ: readonly EngineName[] = ["node", "noble", "libsecp256k1-wasm", "libsecp256k1-native"];
const ECDSA_FILES: readonly EcdsaFile[] = [
  { file: "ecdsa_secp256r1_sha256_test", curve: "P-256", algorithm: "ES256", format: "der", engines: NIST },
  { file: "ecdsa_secp256r1_sha256_p1363_test", curve: "P-256", algorithm: "ES256", format: "p1363", engines: NIST },
  { file: "ecdsa_secp384r1_sha384_test", curve: "P-384", algorithm: "ES384", format: "der", engines: NIST },
  { file: "ecdsa_secp384r1_sha384_p1363_test", curve: "P-384", algorithm: "ES384", format: "p1363", engines: NIST },
  { file: "ecdsa_secp521r1_sha512_test", curve: "P-521", algorithm: "ES512", format: "der", engines: NIST },
  { file: "ecdsa_secp521r1_sha512_p1363_test", curve: "P-521", algorithm: "ES512", format: "p1363", engines: NIST },
  { file: "ecdsa_secp256k1_sha256_test", curve: "secp256k1", algorithm: "ES256K", format: "der", engines: KOBLITZ },
  {
    file: "ecdsa_secp256k1_sha256_p1363_test",
    curve: "secp256k1",
    algorithm: "ES256K",
    format: "p1363",
    engines: KOBLITZ,
  },
  {
    file: "ecdsa_secp256k1_sha256_bitcoin_test",
    curve: "secp256k1",
    algorithm: "ES256K",
    format: "der",
    lowS: true,
    engines: KOBLITZ,
  },
];

interface EddsaVector {
  readonly name: string;
  readonly secretKey: string;
  readonly publicKey: string;
  readonly message: string;
  readonly context?: string;
  readonly signature: string;
}

function verifyXOnly(xOnly: Uint8Array, message: Uint8Array, signature: Uint8Array, engine: EngineName): boolean {
  try {
    const publicKey = liftXOnlyPublicKey(xOnly);
    return verify(openPublicKey("secp256k1", publicKey, { engine }), { algorithm: "BIP340", message, signature });
  } catch (error) {
    // A public key that is no x coordinate of the curve is refused by opening it.
    if (isKeyrailError(error, "InvalidKeyMaterial")) return false;
    throw error;
  }
}

const ML_DSA = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"] as const;
const mlEngines = ML_DSA.flatMap((keyType) => [[keyType, "node"] as const, [keyType, "noble"] as const]);

function signsAsPublished(
  keyType: (typeof ML_DSA)[number],
  kind: "seed" | "noseed",
  engine: EngineName,
  group: WycheproofGroup,
  fields: Readonly<Record<string, unknown>>,
): boolean {
  return refusedAsFalse(() => {
    const bytes = hex(group[kind === "seed" ? "privateSeed" : "privateKey"]);
    const format = kind === "seed" ? "seed" : "expanded";
    const key = openPrivateKey({ keyType, format, bytes }, { engine });
    const request = { algorithm: keyType, message: hex(fields["msg"]), ...contextOf(fields["ctx"]) };
    const rnd = fields["rnd"];
    const { signature } = sign(key, {
      ...request,
      ...(rnd === undefined ? { deterministic: true } : { auxiliaryRandomness: hex(rnd) }),
    });
    if (Buffer.from(signature).toString("hex") !== fields["sig"]) return false;
    // Deterministic signatures are noble's on either engine; the engine itself signs hedged.
    return engine === "noble" || verify(key, { ...request, signature: sign(key, request).signature });
  });
}

function contextOf(context: unknown): { context?: Uint8Array } {
  return context === undefined ? {} : { context: hex(context) };
}

function refusedAsFalse(work: () => boolean): boolean {
  try {
    return work();
  } catch (error) {
    if (isKeyrailError(error, "InvalidRequest") || isKeyrailError(error, "InvalidKeyMaterial")) return false;
    throw error;
  }
}

withVectors(() => {
  describe.each(ECDSA_FILES)("Wycheproof $file", ({ file, curve, algorithm, format, lowS, engines }) => {
    test.each(engines)("%s", (engine) => {
      const wrong: number[] = [];
      for (const group of wycheproof(file)) {
        const publicKey = openPublicKey(curve, hex((group["publicKey"] as { uncompressed: string }).uncompressed), {
          engine,
        });
        for (const { tcId, result, ...fields } of group.tests) {
          const request = {
            algorithm,
            format,
            message: hex(fields["msg"]),
            signature: hex(fields["sig"]),
            ...(lowS === undefined ? {} : { lowS }),
          };
          if (verify(publicKey, request) !== (result === "valid")) wrong.push(tcId);
        }
      }
      expect(wrong).toEqual([]);
    });
  });

  describe.each(["Ed25519", "Ed448"] as const)("Wycheproof %s", (keyType) => {
    test.each(["node", "noble"] as const)("%s", (engine) => {
      const wrong: number[] = [];
      for (const group of wycheproof(`${keyType.toLowerCase()}_test`)) {
        const publicKey = openPublicKey(keyType, hex((group["publicKey"] as { pk: string }).pk), { engine });
        for (const { tcId, result, ...fields } of group.tests) {
          const message = hex(fields["msg"]);
          const signature = hex(fields["sig"]);
          if (verify(publicKey, { algorithm: keyType, message, signature }) !== (result === "valid")) wrong.push(tcId);
        }
      }
      expect(wrong).toEqual([]);
    });
  });

  describe("RFC 8032 section 7", () => {
    const variants = ["Ed25519", "Ed25519ctx", "Ed25519ph", "Ed448", "Ed448ph"] as const;
    test.each(variants.flatMap((variant) => [[variant, "node"] as const, [variant, "noble"] as const]))(
      "%s on %s",
      (variant, engine) => {
        const file: Readonly<Record<string, readonly EddsaVector[]>> = JSON.parse(
          readVectorText("rfc8032/rfc8032.json"),
        );
        const vectors = file[variant] ?? [];
        expect(vectors.length).toBeGreaterThan(0);
        const keyType: AsymmetricKeyType = variant.startsWith("Ed448") ? "Ed448" : "Ed25519";
        for (const { secretKey, publicKey, message, context, signature } of vectors) {
          const key = openPrivateKey({ keyType, format: "seed", bytes: hex(secretKey) }, { engine });
          expect(Buffer.from(key.publicKey).toString("hex")).toBe(publicKey);
          const request = {
            algorithm: variant,
            message: hex(message),
            ...(context === undefined ? {} : { context: hex(context) }),
          };
          const made = sign(key, request).signature;
          expect(Buffer.from(made).toString("hex")).toBe(signature);
          expect(verify(openPublicKey(keyType, key.publicKey, { engine }), { ...request, signature: made })).toBe(true);
          expect(verify(key, { ...request, message: hex("00"), signature: made })).toBe(false);
        }
      },
    );
  });

  describe("BIP-340", () => {
    test.each(["libsecp256k1-wasm", "noble"] as const)("%s", (engine) => {
      const [, ...rows] = readVectorText("bip340/test-vectors.csv").trim().split("\n");
      expect(rows.length).toBe(19);
      for (const row of rows) {
        const [, secret, xOnly, auxiliary, message = "", signature = "", result] = row.trim().split(",");
        if (secret !== undefined && secret !== "") {
          const key = openPrivateKey({ keyType: "secp256k1", format: "scalar", bytes: hex(secret) }, { engine });
          const request = { algorithm: "BIP340", message: hex(message) } as const;
          const made = sign(key, { ...request, auxiliaryRandomness: hex(auxiliary) });
          expect(Buffer.from(made.signature).toString("hex").toUpperCase()).toBe(signature);
          expect(Buffer.from(key.publicKey.subarray(1, 33)).toString("hex").toUpperCase()).toBe(xOnly);
          expect(verify(key, { ...request, signature: made.signature })).toBe(true);
        }
        expect(verifyXOnly(hex(xOnly), hex(message), hex(signature), engine)).toBe(result === "TRUE");
      }
    });
  });

  describe("Wycheproof ML-DSA verify", () => {
    test.each(mlEngines)("%s on %s", (keyType, engine) => {
      const wrong: number[] = [];
      for (const group of wycheproof(`${keyType.replace("-", "").replace("-", "_").toLowerCase()}_verify_test`)) {
        for (const { tcId, result, ...fields } of group.tests) {
          const outcome = refusedAsFalse(() =>
            verify(openPublicKey(keyType, hex(group["publicKey"]), { engine }), {
              algorithm: keyType,
              message: hex(fields["msg"]),
              signature: hex(fields["sig"]),
              ...contextOf(fields["ctx"]),
            }),
          );
          if (outcome !== (result === "valid")) wrong.push(tcId);
        }
      }
      expect(wrong).toEqual([]);
    });
  });

  describe.each(["seed", "noseed"] as const)("Wycheproof ML-DSA sign, %s", (kind) => {
    test.each(mlEngines)("%s on %s", (keyType, engine) => {
      const wrong: number[] = [];
      let internal = 0;
      for (const group of wycheproof(`${keyType.replace("-", "").replace("-", "_").toLowerCase()}_sign_${kind}_test`)) {
        for (const { tcId, result, flags, ...fields } of group.tests) {
          if (flags?.includes("Internal") === true) {
            internal++;
            continue;
          }
          if (signsAsPublished(keyType, kind, engine, group, fields) !== (result === "valid")) wrong.push(tcId);
        }
      }
      expect(wrong).toEqual([]);
      // External mu is no operation of this package; the files have some of these in each.
      expect(internal).toBeGreaterThan(0);
    });
  });
});
