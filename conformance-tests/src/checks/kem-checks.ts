/** `Kem`: FIPS 203. */

import { KEM_ALGORITHMS } from "@keyrail/core";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectLength, expectPresent, expectRejection, expectThat, sameBytes } from "../expect.ts";
import { operation } from "../needs.ts";
import { slug, usesOf } from "../reference/algorithms.ts";
import { decapsulateOutside, encapsulateOutside } from "../reference/kem.ts";
import { flipped, randomBytes } from "../reference/random.ts";
import { KEM_CIPHERTEXT_BYTES } from "../refusal/attempt.ts";
import type { Fixture } from "../runner/fixtures.ts";

const USES = usesOf(KEM_ALGORITHMS);
type Use = (typeof USES)[number];
const group = "kem" as const;

function port(context: CheckContext) {
  return expectPresent(context.provider.kem, "it declares to encapsulate, but has no port `kem`");
}

async function ownKey(context: CheckContext, { keyType, algorithm }: Use): Promise<Fixture> {
  return context.fixtures.get(context.provider, { keyType, usages: ["encapsulate"], algorithms: [algorithm] });
}

function encapsulates(use: Use): Check {
  const { algorithm, keyType } = use;
  return {
    id: `kem.${slug(algorithm)}.encapsulate`,
    group,
    title: `${algorithm} encapsulates to the key`,
    requirement:
      "Kem.encapsulate: a ciphertext of 768, 1,088 or 1,568 bytes that carries the 32-byte secret to the holder of the key.",
    needs: [operation({ operation: "encapsulate", keyType, algorithm })],
    makesKeys: false,
    async run(context) {
      const wanted = { keyType, usages: ["encapsulate"], algorithms: [algorithm] } as const;
      const rows = context.capabilities.rowsFor("encapsulate", keyType);
      const toPublic = rows.some((row) => row.halves?.includes("public") !== false);
      const { readOnly } = context.bounds;
      const material = readOnly
        ? "held"
        : toPublic && context.fixtures.canMake({ ...wanted, material: "public" })
          ? "public"
          : context.fixtures.canMake({ ...wanted, material: "known" })
            ? "known"
            : "held";
      const fixture = await context.fixtures.get(context.provider, { ...wanted, material });
      const made = await port(context).encapsulate({ key: fixture.key, algorithm });
      expectLength(made.ciphertext, KEM_CIPHERTEXT_BYTES[algorithm], "the ciphertext");
      expectLength(made.sharedSecret, 32, "the shared secret");
      const dk = fixture.pair?.forms.expanded;
      const received =
        dk === undefined
          ? await port(context).decapsulate({ key: fixture.key, algorithm, ciphertext: made.ciphertext })
          : decapsulateOutside(algorithm, made.ciphertext, dk);
      expectThat(sameBytes(received, made.sharedSecret), "the holder of the key gets another secret");
      const again = await port(context).encapsulate({ key: fixture.key, algorithm });
      expectThat(!sameBytes(again.sharedSecret, made.sharedSecret), "two calls give the same secret");
    },
  };
}

function decapsulates(use: Use): Check {
  const { algorithm, keyType } = use;
  return {
    id: `kem.${slug(algorithm)}.decapsulate`,
    group,
    title: `${algorithm} decapsulates what others encapsulated`,
    requirement: "Kem.decapsulate: the 32-byte shared secret.",
    needs: [operation({ operation: "decapsulate", keyType, algorithm })],
    makesKeys: false,
    async run(context) {
      const fixture = await ownKey(context, use);
      const publicKey = await context.fixtures.publicKey(context.provider, fixture);
      const { ciphertext, sharedSecret } = encapsulateOutside(algorithm, publicKey.toRaw());
      const received = await port(context).decapsulate({ key: fixture.key, algorithm, ciphertext });
      expectThat(sameBytes(received, sharedSecret), "it gets another secret than the one that was encapsulated");
    },
  };
}

function implicitRejection(use: Use): Check {
  const { algorithm, keyType } = use;
  return {
    id: `kem.${slug(algorithm)}.implicit-rejection`,
    group,
    title: `${algorithm} rejects a wrong ciphertext without saying so`,
    requirement:
      "Kem.decapsulate: a wrong ciphertext of the right length gives another secret, always the same one, and no error (FIPS 203, 6.3).",
    needs: [operation({ operation: "decapsulate", keyType, algorithm })],
    makesKeys: false,
    async run(context) {
      const { key, ...fixture } = await ownKey(context, use);
      const publicKey = await context.fixtures.publicKey(context.provider, { key, ...fixture });
      const { ciphertext, sharedSecret } = encapsulateOutside(algorithm, publicKey.toRaw());
      for (const wrong of [flipped(ciphertext, 0), flipped(ciphertext), randomBytes(ciphertext.length)]) {
        const first = await port(context).decapsulate({ key, algorithm, ciphertext: wrong });
        expectLength(first, 32, "the secret of a wrong ciphertext");
        expectThat(!sameBytes(first, sharedSecret), "a wrong ciphertext gives the right secret");
        const second = await port(context).decapsulate({ key, algorithm, ciphertext: wrong });
        expectThat(sameBytes(first, second), "the same wrong ciphertext gives two secrets");
      }
    },
  };
}

function wrongLength(use: Use): Check {
  const { algorithm, keyType } = use;
  return {
    id: `kem.${slug(algorithm)}.wrong-length`,
    group,
    title: `${algorithm} refuses a ciphertext of a wrong length`,
    requirement:
      "Kem.decapsulate: a wrong length rejects with `InvalidRequest` (or `LimitExceeded`, where the row bounds it).",
    needs: [operation({ operation: "decapsulate", keyType, algorithm })],
    makesKeys: false,
    async run(context) {
      const { key } = await ownKey(context, use);
      const right = KEM_CIPHERTEXT_BYTES[algorithm];
      for (const length of [0, right - 1, right + 1]) {
        await expectRejection(["InvalidRequest", "LimitExceeded"], `a ciphertext of ${length} bytes`, () =>
          port(context).decapsulate({ key, algorithm, ciphertext: randomBytes(length) }),
        );
      }
    },
  };
}

/** The checks of `encapsulate` and `decapsulate`. */
export const KEM_CHECKS: readonly Check[] = USES.flatMap((use) => [
  encapsulates(use),
  decapsulates(use),
  implicitRejection(use),
  wrongLength(use),
]);
