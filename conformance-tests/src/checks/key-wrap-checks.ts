/** `KeyWrap`: RFC 3394 and RFC 5649. */

import { WRAP_ALGORITHMS } from "@keyrail/core";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectPresent, expectRejection, expectThat, sameBytes } from "../expect.ts";
import { operation } from "../needs.ts";
import { slug, usesOf } from "../reference/algorithms.ts";
import { wrapOutside } from "../reference/ciphers.ts";
import { flipped, randomBytes } from "../reference/random.ts";
import type { Fixture } from "../runner/fixtures.ts";

const USES = usesOf(WRAP_ALGORITHMS);
type Use = (typeof USES)[number];
const group = "key-wrap" as const;

async function wrappingKey(context: CheckContext, { keyType, algorithm }: Use): Promise<Fixture> {
  const wanted = { keyType, usages: ["wrap"], algorithms: [algorithm] } as const;
  const known = !context.bounds.readOnly && context.fixtures.canMake({ ...wanted, material: "known" });
  return context.fixtures.get(context.provider, { ...wanted, material: known ? "known" : "held" });
}

function port(context: CheckContext) {
  return expectPresent(context.provider.keyWrap, "it declares to wrap, but has no port `keyWrap`");
}

function needs({ algorithm, keyType }: Use) {
  return [operation({ operation: "wrap", keyType, algorithm }), operation({ operation: "unwrap", keyType, algorithm })];
}

function isPadded({ algorithm }: Use): boolean {
  return algorithm.endsWith("KWP");
}

function roundTrip(use: Use): Check {
  const { algorithm } = use;
  return {
    id: `key-wrap.${slug(algorithm)}.round-trip`,
    group,
    title: `${algorithm} wraps as the standard says`,
    requirement: isPadded(use)
      ? "KeyWrap: RFC 5649, for any length from 1 byte; equal to what another implementation wraps."
      : "KeyWrap: RFC 3394, 8 bytes longer than the key; equal to what another implementation wraps.",
    needs: needs(use),
    makesKeys: false,
    async run(context) {
      const { key, secret } = await wrappingKey(context, use);
      for (const length of isPadded(use) ? [1, 7, 8, 9, 16, 20, 32] : [16, 24, 32, 64]) {
        const plaintext = randomBytes(length);
        const wrapped = await port(context).wrap({ key, algorithm, plaintext: plaintext.slice() });
        const size = Math.ceil(length / 8) * 8 + 8;
        expectThat(wrapped.length === size, `${length} bytes are wrapped into ${wrapped.length}, not ${size}`);
        const back = await port(context).unwrap({ key, algorithm, wrapped });
        expectThat(sameBytes(back, plaintext), `${length} bytes do not come back`);
        if (secret === undefined) continue;
        expectThat(
          sameBytes(wrapped, wrapOutside(algorithm, secret, plaintext)),
          "another implementation wraps it otherwise",
        );
      }
    },
  };
}

function tampered(use: Use): Check {
  const { algorithm } = use;
  return {
    id: `key-wrap.${slug(algorithm)}.tampered`,
    group,
    title: `${algorithm} gives nothing of a changed wrapped key`,
    requirement: "KeyWrap.unwrap: rejects with `DecryptionFailed`, with one text whatever was wrong.",
    needs: needs(use),
    makesKeys: false,
    async run(context) {
      const { key } = await wrappingKey(context, use);
      const plaintext = randomBytes(32);
      context.secrets.know("key bytes that were wrapped", plaintext);
      const wrapped = await port(context).wrap({ key, algorithm, plaintext: plaintext.slice() });
      const texts = new Set<string>();
      for (const index of [0, 8, wrapped.length - 1]) {
        const error = await expectRejection(
          "DecryptionFailed",
          `a wrapped key with a changed bit in byte ${index}`,
          () => port(context).unwrap({ key, algorithm, wrapped: flipped(wrapped, index) }),
        );
        texts.add(error.message);
      }
      await expectRejection(
        ["DecryptionFailed", "InvalidRequest", "LimitExceeded"],
        "a wrapped key cut by 8 bytes",
        () => port(context).unwrap({ key, algorithm, wrapped: wrapped.slice(0, -8) }),
      );
      expectThat(texts.size === 1, "the text of the error tells what was wrong");
    },
  };
}

function lengths(use: Use): Check {
  const { algorithm, keyType } = use;
  return {
    id: `key-wrap.${slug(algorithm)}.lengths`,
    group,
    title: `${algorithm} refuses lengths the standard does not have`,
    requirement: isPadded(use)
      ? "WrapRequest.plaintext: KWP takes at least 1 byte."
      : "WrapRequest.plaintext: KW takes a multiple of 8 bytes, at least 16.",
    needs: [operation({ operation: "wrap", keyType, algorithm })],
    makesKeys: false,
    async run(context) {
      const { key } = await wrappingKey(context, use);
      for (const length of isPadded(use) ? [0] : [0, 8, 15, 17, 33]) {
        await expectRejection(["InvalidRequest", "LimitExceeded"], `a plaintext of ${length} bytes`, () =>
          port(context).wrap({ key, algorithm, plaintext: randomBytes(length) }),
        );
      }
    },
  };
}

/** The checks of `wrap` and `unwrap`. */
export const KEY_WRAP_CHECKS: readonly Check[] = USES.flatMap((use) => [roundTrip(use), tampered(use), lengths(use)]);
