/** Published signatures, through the ports. */

import {
  type AsymmetricKeyType,
  type KeyRecord,
  PublicKey,
  type SignatureAlgorithm,
  type SignatureFormat,
} from "@keyrail/core";
import * as z from "zod/mini";
import type { SoftwareProvider } from "../../src/index.ts";
import type { Outcome, Tally } from "./tally.ts";
import { hex, innerHex, readJson, readText, type VectorCase, type VectorGroup, wycheproof } from "./vector-files.ts";
import { port, same, withKey } from "./with-key.ts";

const EXTERNAL_MU = "external mu: no port signs a caller's mu";

interface EcdsaFile {
  readonly keyType: AsymmetricKeyType;
  readonly algorithm: SignatureAlgorithm;
  readonly format: SignatureFormat;
  readonly lowS?: boolean;
}

/** ECDSA verification files by name. */
export const ECDSA_FILES: Readonly<Record<string, EcdsaFile>> = {
  ecdsa_secp256r1_sha256_test: { keyType: "P-256", algorithm: "ES256", format: "der" },
  ecdsa_secp256r1_sha256_p1363_test: { keyType: "P-256", algorithm: "ES256", format: "p1363" },
  ecdsa_secp384r1_sha384_test: { keyType: "P-384", algorithm: "ES384", format: "der" },
  ecdsa_secp384r1_sha384_p1363_test: { keyType: "P-384", algorithm: "ES384", format: "p1363" },
  ecdsa_secp521r1_sha512_test: { keyType: "P-521", algorithm: "ES512", format: "der" },
  ecdsa_secp521r1_sha512_p1363_test: { keyType: "P-521", algorithm: "ES512", format: "p1363" },
  ecdsa_secp256k1_sha256_test: { keyType: "secp256k1", algorithm: "ES256K", format: "der" },
  ecdsa_secp256k1_sha256_p1363_test: { keyType: "secp256k1", algorithm: "ES256K", format: "p1363" },
  ecdsa_secp256k1_sha256_bitcoin_test: { keyType: "secp256k1", algorithm: "ES256K", format: "der", lowS: true },
};

export async function ecdsaVectors(provider: SoftwareProvider, tally: Tally): Promise<void> {
  const { keyType, algorithm, format, lowS } = port(ECDSA_FILES[tally.file]);
  for (const group of wycheproof(tally.file)) {
    const publicKey = PublicKey.fromRaw(keyType, innerHex(group["publicKey"], "uncompressed"));
    await withKey(provider, { kind: "public", publicKey, usages: ["verify"] }, async ({ uri: key }) => {
      for (const each of group.tests) {
        await tally.judge(each.tcId, each.result, () =>
          port(provider.verifier).verify({
            key,
            algorithm,
            format,
            message: hex(each["msg"]),
            signature: hex(each["sig"]),
            ...(lowS === undefined ? {} : { lowS }),
          }),
        );
      }
    });
  }
}

export function eddsaVectors(keyType: "Ed25519" | "Ed448") {
  return async (provider: SoftwareProvider, tally: Tally): Promise<void> => {
    for (const group of wycheproof(tally.file)) {
      const publicKey = PublicKey.fromRaw(keyType, innerHex(group["publicKey"], "pk"));
      await withKey(provider, { kind: "public", publicKey, usages: ["verify"] }, async ({ uri: key }) => {
        for (const { tcId, result, ...each } of group.tests) {
          const request = { key, algorithm: keyType, message: hex(each["msg"]), signature: hex(each["sig"]) };
          await tally.judge(tcId, result, () => port(provider.verifier).verify(request));
        }
      });
    }
  };
}

const eddsaSchema = z.array(
  z.object({
    name: z.string(),
    secretKey: z.string(),
    publicKey: z.string(),
    message: z.string(),
    context: z.optional(z.string()),
    signature: z.string(),
  }),
);
const VARIANTS = ["Ed25519", "Ed25519ctx", "Ed25519ph", "Ed448", "Ed448ph"] as const;

/** RFC 8032, section 7: EdDSA is deterministic, so the published signature must come out. */
export async function rfc8032Vectors(provider: SoftwareProvider, tally: Tally): Promise<void> {
  const file = readJson(
    "rfc8032/rfc8032.json",
    z.object({
      Ed25519: eddsaSchema,
      Ed25519ctx: eddsaSchema,
      Ed25519ph: eddsaSchema,
      Ed448: eddsaSchema,
      Ed448ph: eddsaSchema,
    }),
  );
  for (const algorithm of VARIANTS) {
    const keyType = algorithm.startsWith("Ed448") ? "Ed448" : "Ed25519";
    for (const each of file[algorithm]) {
      await tally.judge(`${algorithm} ${each.name}`, "valid", () => {
        const privateKey = { keyType, format: "seed", bytes: hex(each.secretKey) } as const;
        return withKey(provider, { kind: "private", privateKey, usages: ["sign", "verify"] }, async (record) => {
          const input = { key: record.uri, algorithm, message: hex(each.message), ...contextOf(each.context) };
          const { signature } = await port(provider.signer).sign(input);
          return (
            same(port(record.publicKey).toRaw(), hex(each.publicKey)) &&
            same(signature, hex(each.signature)) &&
            (await port(provider.verifier).verify({ ...input, signature }))
          );
        });
      });
    }
  }
}

/** BIP-340: signing takes fresh randomness in the port, so the signature made and the published one are both verified. */
export async function bip340Vectors(provider: SoftwareProvider, tally: Tally): Promise<void> {
  const [, ...rows] = readText("bip340/test-vectors.csv").trim().split("\n");
  for (const row of rows) {
    const [index = "", secret = "", xOnly = "", , message = "", signature = "", result] = row.trim().split(",");
    const input = { algorithm: "BIP340", message: hex(message) } as const;
    await tally.judge(index, result === "TRUE" ? "valid" : "invalid", async () => {
      const publicKey = PublicKey.fromXOnly(hex(xOnly));
      const published = await withKey(provider, { kind: "public", publicKey, usages: ["verify"] }, ({ uri: key }) =>
        port(provider.verifier).verify({ ...input, key, signature: hex(signature) }),
      );
      if (secret === "" || !published) return published;
      const privateKey = { keyType: "secp256k1", format: "scalar", bytes: hex(secret) } as const;
      return withKey(provider, { kind: "private", privateKey, usages: ["sign", "verify"] }, async (record) => {
        if (!same(port(record.publicKey).toXOnly(), hex(xOnly))) return false;
        return signsAndVerifies(provider, { ...input, key: record.uri });
      });
    });
  }
}

type MlDsa = "ML-DSA-44" | "ML-DSA-65" | "ML-DSA-87";

export function mlDsaVerifyVectors(keyType: MlDsa) {
  return async (provider: SoftwareProvider, tally: Tally): Promise<void> => {
    for (const group of wycheproof(tally.file)) {
      for (const each of group.tests) {
        await tally.judge(each.tcId, each.result, async () => {
          const publicKey = PublicKey.fromRaw(keyType, hex(group["publicKey"]));
          return withKey(provider, { kind: "public", publicKey, usages: ["verify"] }, ({ uri: key }) =>
            port(provider.verifier).verify({
              key,
              algorithm: keyType,
              message: hex(each["msg"]),
              signature: hex(each["sig"]),
              ...contextOf(each["ctx"]),
            }),
          );
        });
      }
    }
  };
}

/** The port signs hedged, the vectors are deterministic: both signatures are verified instead of compared. */
export function mlDsaSignVectors(keyType: MlDsa, form: "seed" | "expanded") {
  return async (provider: SoftwareProvider, tally: Tally): Promise<void> => {
    for (const group of wycheproof(tally.file)) {
      for (const each of group.tests) {
        await tally.judge(each.tcId, each.result, () => mlDsaSign(provider, keyType, form, group, each));
      }
    }
  };
}

async function mlDsaSign(
  provider: SoftwareProvider,
  keyType: MlDsa,
  format: "seed" | "expanded",
  group: VectorGroup,
  each: VectorCase,
): Promise<Outcome> {
  if (each["msg"] === undefined && each["mu"] !== undefined) return { byDesign: EXTERNAL_MU };
  const privateKey = { keyType, format, bytes: hex(group[format === "seed" ? "privateSeed" : "privateKey"]) };
  return withKey(
    provider,
    { kind: "private", privateKey, usages: ["sign", "verify"] },
    async (record: KeyRecord): Promise<Outcome> => {
      if (!same(port(record.publicKey).toRaw(), hex(group["publicKey"]))) return false;
      const input = { key: record.uri, algorithm: keyType, message: hex(each["msg"]), ...contextOf(each["ctx"]) };
      const made = await signsAndVerifies(provider, input);
      if (made === false) return false;
      const published = await port(provider.verifier).verify({ ...input, signature: hex(each["sig"]) });
      return published ? made : false;
    },
  );
}

async function signsAndVerifies(
  provider: SoftwareProvider,
  input: {
    readonly key: string;
    readonly algorithm: SignatureAlgorithm;
    readonly message: Uint8Array;
    readonly context?: Uint8Array;
  },
): Promise<Outcome> {
  const { signature } = await port(provider.signer).sign(input);
  return (await port(provider.verifier).verify({ ...input, signature })) ? "verified" : false;
}

function contextOf(context: unknown): { context?: Uint8Array } {
  return context === undefined ? {} : { context: hex(context) };
}
