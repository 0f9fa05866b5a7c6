/** Published MACs and ciphertexts, through the ports. */

import { isKeyrailError } from "@keyrail/core";
import * as z from "zod/mini";
import type { SoftwareProvider } from "../../src/index.ts";
import type { Outcome, Tally } from "./tally.ts";
import { hex, readJson, type VectorCase, wycheproof } from "./vector-files.ts";
import { port, same, withKey } from "./with-key.ts";

const LONG_IV = "GCM IV over 128 bytes: the declared limit";
const ECB = "ECB: no algorithm of the port";

const MACS = {
  hmac_sha256_test: ["HMAC-SHA-256", "HS256"],
  hmac_sha384_test: ["HMAC-SHA-384", "HS384"],
  hmac_sha512_test: ["HMAC-SHA-512", "HS512"],
  hmac_sha3_256_test: ["HMAC-SHA3-256", "HMAC-SHA3-256"],
  hmac_sha3_384_test: ["HMAC-SHA3-384", "HMAC-SHA3-384"],
  hmac_sha3_512_test: ["HMAC-SHA3-512", "HMAC-SHA3-512"],
} as const;

/** Names of the HMAC files. */
export const MAC_FILES: readonly (keyof typeof MACS)[] = [
  "hmac_sha256_test",
  "hmac_sha384_test",
  "hmac_sha512_test",
  "hmac_sha3_256_test",
  "hmac_sha3_384_test",
  "hmac_sha3_512_test",
];

export function macVectors(file: keyof typeof MACS) {
  const [keyType, algorithm] = MACS[file];
  return async (provider: SoftwareProvider, tally: Tally): Promise<void> => {
    for (const group of wycheproof(file)) {
      for (const each of group.tests) {
        await tally.judge(each.tcId, each.result, () => {
          const secret = hex(each["key"]);
          return withKey(provider, { kind: "secret", keyType, secret, usages: ["mac"] }, async ({ uri: key }) => {
            const input = { key, algorithm, message: hex(each["msg"]) };
            const tag = hex(each["tag"]);
            const verified = await port(provider.mac).verifyMac({ ...input, tag });
            const made = (await port(provider.mac).mac(input)).subarray(0, tag.length);
            if (same(made, tag) !== verified) throw new Error("Making and checking the MAC disagree.");
            return verified;
          });
        });
      }
    }
  };
}

const BITS = { 16: 128, 24: 192, 32: 256 } as const;

function bitsOf(key: Uint8Array): 128 | 192 | 256 {
  const { length } = key;
  if (length === 16 || length === 24 || length === 32) return BITS[length];
  throw new Error("The vectors have no other AES keys.");
}

export async function gcmVectors(provider: SoftwareProvider, tally: Tally): Promise<void> {
  for (const group of wycheproof(tally.file)) {
    for (const each of group.tests) await tally.judge(each.tcId, each.result, () => gcm(provider, each));
  }
}

async function gcm(provider: SoftwareProvider, each: VectorCase): Promise<Outcome> {
  const secret = hex(each["key"]);
  const bits = bitsOf(secret);
  return withKey(
    provider,
    { kind: "secret", keyType: `AES-${bits}`, secret, usages: ["encrypt"] },
    async ({ uri: key }): Promise<Outcome> => {
      const iv = hex(each["iv"]);
      const common = { key, algorithm: `A${bits}GCM`, iv, additionalData: hex(each["aad"]) } as const;
      try {
        const plaintext = await port(provider.cipher).decrypt({
          ...common,
          ciphertext: hex(each["ct"]),
          tag: hex(each["tag"]),
        });
        const sealed = await port(provider.cipher).encrypt({ ...common, plaintext });
        return (
          same(plaintext, hex(each["msg"])) &&
          same(sealed.ciphertext, hex(each["ct"])) &&
          same(port(sealed.tag), hex(each["tag"]))
        );
      } catch (error) {
        if (each.result === "valid" && iv.length > 128 && isKeyrailError(error, "LimitExceeded"))
          return { byDesign: LONG_IV };
        throw error;
      }
    },
  );
}

export async function cbcVectors(provider: SoftwareProvider, tally: Tally): Promise<void> {
  for (const group of wycheproof(tally.file)) {
    for (const each of group.tests) {
      await tally.judge(each.tcId, each.result, () => {
        const secret = hex(each["key"]);
        const bits = bitsOf(secret);
        return withKey(
          provider,
          { kind: "secret", keyType: `AES-${bits}`, secret, usages: ["encrypt"] },
          async ({ uri: key }) => {
            const common = { key, algorithm: `A${bits}CBC`, iv: hex(each["iv"]) } as const;
            const plaintext = await port(provider.cipher).decrypt({ ...common, ciphertext: hex(each["ct"]) });
            const sealed = await port(provider.cipher).encrypt({ ...common, plaintext });
            return same(plaintext, hex(each["msg"])) && same(sealed.ciphertext, hex(each["ct"]));
          },
        );
      });
    }
  }
}

export function keyWrapVectors(padded: boolean) {
  return async (provider: SoftwareProvider, tally: Tally): Promise<void> => {
    for (const group of wycheproof(tally.file)) {
      for (const each of group.tests) await tally.judge(each.tcId, each.result, () => unwraps(provider, padded, each));
    }
  };
}

async function unwraps(provider: SoftwareProvider, padded: boolean, each: VectorCase): Promise<Outcome> {
  const secret = hex(each["key"]);
  const bits = bitsOf(secret);
  return withKey(
    provider,
    { kind: "secret", keyType: `AES-${bits}`, secret, usages: ["wrap"] },
    async ({ uri: key }) => {
      const algorithm = padded ? (`A${bits}KWP` as const) : (`A${bits}KW` as const);
      const plaintext = await port(provider.keyWrap).unwrap({ key, algorithm, wrapped: hex(each["ct"]) });
      const wrapped = await port(provider.keyWrap).wrap({ key, algorithm, plaintext });
      return same(plaintext, hex(each["msg"])) && same(wrapped, hex(each["ct"]));
    },
  );
}

const blockSchema = z.object({
  vectors: z.array(
    z.object({
      mode: z.string(),
      section: z.string(),
      key: z.string(),
      iv: z.optional(z.string()),
      pt: z.string(),
      ct: z.string(),
    }),
  ),
});

/** SP 800-38A: CBC without padding, so the port's ciphertext is the published one and one more block. */
export async function blockVectors(provider: SoftwareProvider, tally: Tally): Promise<void> {
  for (const { mode, section, key: secret, iv, pt, ct } of readJson("aes/sp800-38a-ecb-cbc.json", blockSchema)
    .vectors) {
    await tally.judge(section, "valid", async () => {
      if (mode === "ECB") return { byDesign: ECB };
      const bits = bitsOf(hex(secret));
      const request = { kind: "secret", keyType: `AES-${bits}`, secret: hex(secret), usages: ["encrypt"] } as const;
      return withKey(provider, request, async ({ uri: key }) => {
        const common = { key, algorithm: `A${bits}CBC`, iv: hex(iv) } as const;
        const { ciphertext } = await port(provider.cipher).encrypt({ ...common, plaintext: hex(pt) });
        const plaintext = await port(provider.cipher).decrypt({ ...common, ciphertext });
        return same(ciphertext.subarray(0, -16), hex(ct)) && same(plaintext, hex(pt));
      });
    });
  }
}
