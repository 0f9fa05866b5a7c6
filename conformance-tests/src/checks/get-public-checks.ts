/** `KeyStore.getPublic`. */

import { ASYMMETRIC_KEY_TYPES, type AsymmetricKeyType, KEY_TYPES, PublicKey } from "@keyrail/core";
import type { Check } from "../check.ts";
import { expectRejection, expectThat } from "../expect.ts";
import { holding } from "../needs.ts";
import { naturalUsages, slug } from "../reference/algorithms.ts";
import { isSymmetric } from "../reference/key-material.ts";

function stable(keyType: AsymmetricKeyType): Check {
  const usages = naturalUsages(keyType).slice(0, 1);
  return {
    id: `get-public.${slug(keyType)}`,
    group: "get-public",
    title: `Gives the public half of ${keyType} keys`,
    requirement:
      "KeyStore.getPublic: the public half of the key, a valid key of its type, by URI and by id, always the same.",
    needs: [holding(keyType, usages)],
    makesKeys: false,
    async run({ fixtures, provider }) {
      const { record, key } = await fixtures.get(provider, { keyType, usages });
      const publicKey = await provider.keys.getPublic(key);
      expectThat(publicKey instanceof PublicKey, "getPublic does not give a PublicKey of @keyrail/core");
      expectThat(publicKey.keyType === keyType, `getPublic gives a ${publicKey.keyType} key`);
      // Reading it again applies every check that `fromTrustedRaw` leaves out.
      expectThat(PublicKey.fromRaw(keyType, publicKey.toRaw()).equals(publicKey), "it does not read back");
      const byId = await provider.keys.getPublic(record.id);
      expectThat(byId.equals(publicKey), "getPublic gives another key by id than by URI");
      expectThat(record.publicKey?.equals(publicKey) !== false, "the record names another public key");
    },
  };
}

const SYMMETRIC = KEY_TYPES.filter(isSymmetric);

/** The checks of `getPublic`. */
export const GET_PUBLIC_CHECKS: readonly Check[] = [
  ...ASYMMETRIC_KEY_TYPES.map(stable),
  ...SYMMETRIC.map((keyType): Check => {
    const usages = naturalUsages(keyType).slice(0, 1);
    return {
      id: `get-public.${slug(keyType)}.refused`,
      group: "get-public",
      title: `Has no public half for ${keyType} keys`,
      requirement: "KeyStore.getPublic: `UnsupportedCapability` for a symmetric key.",
      needs: [holding(keyType, usages)],
      makesKeys: false,
      async run({ fixtures, provider }) {
        const { key } = await fixtures.get(provider, { keyType, usages });
        await expectRejection("UnsupportedCapability", `getPublic of a ${keyType} key`, () =>
          provider.keys.getPublic(key),
        );
      },
    };
  }),
];
