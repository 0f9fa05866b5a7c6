/** `KeyAgreement.agree`. */

import { AGREEMENT_ALGORITHMS, type Peer } from "@keyrail/core";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectPresent, expectRejection, expectThat, sameBytes } from "../expect.ts";
import { operation } from "../needs.ts";
import { agreeOutside, hasLeadingZeroSearch, lowOrderPoints, peerWithLeadingZero } from "../reference/agreement.ts";
import { usesOf } from "../reference/algorithms.ts";
import { generateKeyPair, isAsymmetric, type KnownKeyPair } from "../reference/key-material.ts";
import { wrongPublicKeys } from "./import-checks.ts";

const USES = usesOf(AGREEMENT_ALGORITHMS);
type Use = (typeof USES)[number];

const group = "agree" as const;

async function ownKey(context: CheckContext, { keyType, algorithm }: Use) {
  return context.fixtures.get(context.provider, { keyType, usages: ["agree"], algorithms: [algorithm] });
}

async function agree(context: CheckContext, { algorithm }: Use, key: string, peer: Peer): Promise<Uint8Array> {
  const agreement = expectPresent(context.provider.agreement, "it declares to agree, but has no port `agreement`");
  return agreement.agree({ key, algorithm, peer });
}

function freshPair({ keyType }: Use): KnownKeyPair {
  if (!isAsymmetric(keyType)) throw new TypeError(`${keyType} has no public half.`);
  return generateKeyPair(keyType);
}

function matches(use: Use): Check {
  const { algorithm, keyType, slug } = use;
  return {
    id: `agree.${slug}.matches`,
    group,
    title: `${algorithm} gives what the other side gets (${keyType})`,
    requirement:
      "KeyAgreement.agree: the raw shared secret (SEC 1 x coordinate or RFC 7748 output), whole and not hashed.",
    needs: [operation({ operation: "agree", keyType, algorithm })],
    makesKeys: false,
    async run(context) {
      const fixture = await ownKey(context, use);
      const publicKey = await context.fixtures.publicKey(context.provider, fixture);
      for (let round = 0; round < 2; round++) {
        const pair = freshPair(use);
        const secret = await agree(context, use, fixture.key, { publicKey: pair.publicKey });
        const expected = agreeOutside(pair, publicKey);
        expectThat(secret.length === expected.length, `the secret has ${secret.length} bytes, not ${expected.length}`);
        expectThat(sameBytes(secret, expected), "the secret is not the one the other side computes");
      }
    },
  };
}

function leadingZero(use: Use): Check {
  const { algorithm, keyType, slug } = use;
  return {
    id: `agree.${slug}.leading-zero`,
    group,
    title: `Keeps leading zeros of the secret (${keyType})`,
    requirement: "KeyAgreement.agree: leading zeros kept (SEC 1, 6.1: a field element, of fixed length).",
    needs: [operation({ operation: "agree", keyType, algorithm })],
    makesKeys: false,
    async run(context) {
      const fixture = await ownKey(context, use);
      const publicKey = await context.fixtures.publicKey(context.provider, fixture);
      const pair = peerWithLeadingZero(publicKey);
      const secret = await agree(context, use, fixture.key, { publicKey: pair.publicKey });
      expectThat(sameBytes(secret, agreeOutside(pair, publicKey)), "a secret with a leading zero comes out wrong");
    },
  };
}

function peerKey(use: Use): Check {
  const { algorithm, keyType, slug } = use;
  return {
    id: `agree.${slug}.peer-key`,
    group,
    title: `Agrees with a key of the same provider (${keyType})`,
    requirement: "AgreeRequest.peer: a key of the provider gives the same secret as its public key does.",
    needs: [operation({ operation: "agree", keyType, algorithm, parameters: ["peerKey"] })],
    makesKeys: true,
    async run(context) {
      const fixture = await ownKey(context, use);
      const wanted = { keyType, usages: ["agree"], algorithms: [algorithm], own: true } as const;
      const peer = await context.fixtures.get(context.provider, wanted);
      const publicKey = await context.fixtures.publicKey(context.provider, peer);
      const byKey = await agree(context, use, fixture.key, { key: peer.key });
      const byPublicKey = await agree(context, use, fixture.key, { publicKey });
      expectThat(sameBytes(byKey, byPublicKey), "the secrets differ");
    },
  };
}

function wrongPeer(use: Use): Check {
  const { algorithm, keyType, slug } = use;
  return {
    id: `agree.${slug}.wrong-peer`,
    group,
    title: `Refuses a peer that is no point of the curve (${keyType})`,
    requirement:
      "KeyAgreement.agree: rejects with `InvalidKeyMaterial` for a peer that is not on the curve or of low order (SEC 1, 3.2.2; RFC 7748, 6).",
    needs: [operation({ operation: "agree", keyType, algorithm })],
    makesKeys: false,
    async run(context) {
      const fixture = await ownKey(context, use);
      const wrong =
        keyType === "X25519" || keyType === "X448"
          ? lowOrderPoints(keyType).map((publicKey) => ({ what: "of low order", publicKey }))
          : isAsymmetric(keyType)
            ? wrongPublicKeys(keyType)
            : [];
      for (const { what, publicKey } of wrong) {
        await expectRejection("InvalidKeyMaterial", `a peer ${what}`, () =>
          agree(context, use, fixture.key, { publicKey }),
        );
      }
      const other = generateKeyPair(keyType === "P-256" ? "P-384" : "P-256").publicKey;
      await expectRejection(
        ["InvalidKeyMaterial", "InvalidRequest"],
        `a ${other.keyType} peer of a ${keyType} key`,
        () => agree(context, use, fixture.key, { publicKey: other }),
      );
    },
  };
}

/** The checks of `agree`. */
export const AGREE_CHECKS: readonly Check[] = USES.flatMap((use) => [
  matches(use),
  ...(hasLeadingZeroSearch(use.keyType) ? [leadingZero(use)] : []),
  peerKey(use),
  wrongPeer(use),
]);
