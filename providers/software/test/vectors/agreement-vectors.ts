/** Published shared secrets and encapsulations, through the ports. */

import { type PrivateKeyMaterial, PublicKey } from "@keyrail/core";
import type { SoftwareProvider } from "../../src/index.ts";
import type { Outcome, Tally } from "./tally.ts";
import { hex, wycheproof } from "./vector-files.ts";
import { port, same, withKey } from "./with-key.ts";

const GIVEN_RANDOMNESS = "given randomness m: no port takes it (the public key was taken and used)";
const SCALAR_BYTES = { "P-256": 32, "P-384": 48, "P-521": 66, secp256k1: 32 } as const;

export function ecdhVectors(keyType: keyof typeof SCALAR_BYTES) {
  return async (provider: SoftwareProvider, tally: Tally): Promise<void> => {
    for (const group of wycheproof(tally.file)) {
      for (const each of group.tests) {
        await tally.judge(each.tcId, each.result, async () => {
          const encoded = hex(each["public"]);
          const publicKey =
            group["encoding"] === "asn" ? PublicKey.fromSpki(encoded) : PublicKey.fromRaw(keyType, encoded);
          const privateKey = {
            keyType,
            format: "scalar",
            bytes: fixedLength(hex(each["private"]), SCALAR_BYTES[keyType]),
          } as const;
          return agrees(provider, privateKey, publicKey, "ECDH", hex(each["shared"]));
        });
      }
    }
  };
}

export function xdhVectors(keyType: "X25519" | "X448") {
  return async (provider: SoftwareProvider, tally: Tally): Promise<void> => {
    for (const group of wycheproof(tally.file)) {
      for (const each of group.tests) {
        await tally.judge(each.tcId, each.result, async () => {
          const publicKey = PublicKey.fromRaw(keyType, hex(each["public"]));
          const privateKey = { keyType, format: "seed", bytes: hex(each["private"]) } as const;
          return agrees(provider, privateKey, publicKey, keyType, hex(each["shared"]));
        });
      }
    }
  };
}

function agrees(
  provider: SoftwareProvider,
  privateKey: PrivateKeyMaterial,
  publicKey: PublicKey,
  algorithm: "ECDH" | "X25519" | "X448",
  shared: Uint8Array,
): Promise<Outcome> {
  return withKey(provider, { kind: "private", privateKey, usages: ["agree"] }, async ({ uri: key }) => {
    const secret = await port(provider.agreement).agree({ key, algorithm, peer: { publicKey } });
    // A wrong secret is no way of refusing.
    if (!same(secret, shared)) throw new Error("The shared secret is another.");
    return true;
  });
}

/** A DER-style integer at the length of the field. */
function fixedLength(integer: Uint8Array, length: number): Uint8Array {
  const start = integer.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? new Uint8Array(0) : integer.subarray(start);
  if (digits.length > length) return digits;
  const fixed = new Uint8Array(length);
  fixed.set(digits, length - digits.length);
  return fixed;
}

type MlKem = "ML-KEM-512" | "ML-KEM-768" | "ML-KEM-1024";

/** A seed, its encapsulation key, and the secret of a ciphertext. */
export function mlKemVectors(keyType: MlKem) {
  return async (provider: SoftwareProvider, tally: Tally): Promise<void> => {
    for (const group of wycheproof(tally.file)) {
      for (const each of group.tests) {
        await tally.judge(each.tcId, each.result, () => {
          const privateKey = { keyType, format: "seed", bytes: hex(each["seed"]) } as const;
          return withKey(provider, { kind: "private", privateKey, usages: ["encapsulate"] }, async (record) => {
            if (each["ek"] !== undefined && !same(port(record.publicKey).toRaw(), hex(each["ek"]))) return false;
            const request = { key: record.uri, algorithm: keyType, ciphertext: hex(each["c"]) };
            return same(await port(provider.kem).decapsulate(request), hex(each["K"]));
          });
        });
      }
    }
  };
}

/** A seed gives the published encapsulation key, and the published expanded key is its private half. */
export function mlKemKeyVectors(keyType: MlKem) {
  return async (provider: SoftwareProvider, tally: Tally): Promise<void> => {
    for (const group of wycheproof(tally.file)) {
      for (const each of group.tests) {
        await tally.judge(each.tcId, each.result, () => {
          const seed = { keyType, format: "seed", bytes: hex(each["seed"]) } as const;
          const expanded = { keyType, format: "expanded", bytes: hex(each["dk"]) } as const;
          return withKey(provider, { kind: "private", privateKey: seed, usages: ["encapsulate"] }, (own) =>
            withKey(provider, { kind: "private", privateKey: expanded, usages: ["encapsulate"] }, async (twin) => {
              const ek = hex(each["ek"]);
              if (!same(port(own.publicKey).toRaw(), ek) || !same(port(twin.publicKey).toRaw(), ek)) return false;
              const { ciphertext, sharedSecret } = await port(provider.kem).encapsulate({
                key: own.uri,
                algorithm: keyType,
              });
              const opened = await port(provider.kem).decapsulate({ key: twin.uri, algorithm: keyType, ciphertext });
              return same(opened, sharedSecret);
            }),
          );
        });
      }
    }
  };
}

/** Encapsulation keys: those out of range are refused; the others are used, though not with the randomness given. */
export function mlKemEncapsulationVectors(keyType: MlKem) {
  return async (provider: SoftwareProvider, tally: Tally): Promise<void> => {
    for (const group of wycheproof(tally.file)) {
      for (const each of group.tests) {
        await tally.judge(each.tcId, each.result, () => {
          const publicKey = PublicKey.fromRaw(keyType, hex(each["ek"]));
          return withKey(
            provider,
            { kind: "public", publicKey, usages: ["encapsulate"] },
            async ({ uri: key }): Promise<Outcome> => {
              const { ciphertext } = await port(provider.kem).encapsulate({ key, algorithm: keyType });
              return ciphertext.length === hex(each["c"]).length ? { byDesign: GIVEN_RANDOMNESS } : true;
            },
          );
        });
      }
    }
  };
}

/** Expanded decapsulation keys. */
export function mlKemExpandedVectors(keyType: MlKem) {
  return async (provider: SoftwareProvider, tally: Tally): Promise<void> => {
    for (const group of wycheproof(tally.file)) {
      for (const each of group.tests) {
        await tally.judge(each.tcId, each.result, () => {
          const privateKey = { keyType, format: "expanded", bytes: hex(each["dk"]) } as const;
          return withKey(provider, { kind: "private", privateKey, usages: ["encapsulate"] }, async ({ uri: key }) => {
            const secret = await port(provider.kem).decapsulate({
              key,
              algorithm: keyType,
              ciphertext: hex(each["c"]),
            });
            return same(secret, hex(each["K"]));
          });
        });
      }
    }
  };
}
