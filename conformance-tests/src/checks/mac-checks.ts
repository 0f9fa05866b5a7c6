/** `Mac`: tags of known keys as node:crypto makes them, and tags that are checked whole. */

import { createHmac } from "node:crypto";
import { type ErrorCode, explain, isKeyrailError, MAC_ALGORITHMS, type MacAlgorithm } from "@keyrail/core";
import { usualAttributes } from "../attributes.ts";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectLength, expectPresent, expectThat, sameBytes } from "../expect.ts";
import { operation } from "../needs.ts";
import { slug, usesOf } from "../reference/algorithms.ts";
import { isSymmetric } from "../reference/key-material.ts";
import { flipped, randomBytes, testMessage } from "../reference/random.ts";
import { expectRefused } from "../refusal/expect-refused.ts";
import type { Fixture } from "../runner/fixtures.ts";
import { limitsOf } from "./sign-checks.ts";

const HASHES: Readonly<Record<MacAlgorithm, { readonly name: string; readonly bytes: number }>> = {
  HS256: { name: "sha256", bytes: 32 },
  HS384: { name: "sha384", bytes: 48 },
  HS512: { name: "sha512", bytes: 64 },
  "HMAC-SHA3-256": { name: "sha3-256", bytes: 32 },
  "HMAC-SHA3-384": { name: "sha3-384", bytes: 48 },
  "HMAC-SHA3-512": { name: "sha3-512", bytes: 64 },
};

const USES = usesOf(MAC_ALGORITHMS);
type Use = (typeof USES)[number];
const group = "mac" as const;

/** A key whose secret the suite knows, where one can be brought in; any other one otherwise. */
async function macKey(context: CheckContext, { keyType, algorithm }: Use): Promise<Fixture> {
  const wanted = { keyType, usages: ["mac"], algorithms: [algorithm] } as const;
  const known = !context.bounds.readOnly && context.fixtures.canMake({ ...wanted, material: "known" });
  return context.fixtures.get(context.provider, { ...wanted, material: known ? "known" : "held" });
}

function port(context: CheckContext) {
  return expectPresent(context.provider.mac, "it declares `mac`, but has no port `mac`");
}

function messageOf(context: CheckContext, { keyType, algorithm }: Use, length: number): Uint8Array {
  const { message } = limitsOf(context, { operation: "mac", keyType, algorithm });
  return testMessage(Math.max(message?.minimum ?? 0, Math.min(length, message?.maximum ?? length)));
}

function tag(use: Use): Check {
  const { algorithm, keyType } = use;
  return {
    id: `mac.${slug(algorithm)}.tag`,
    group,
    title: `${algorithm} tags are right and whole`,
    requirement: "Mac.mac: the whole tag of RFC 2104 (32, 48 or 64 bytes), the same for the same message.",
    needs: [operation({ operation: "mac", keyType, algorithm })],
    makesKeys: false,
    async run(context) {
      const fixture = await macKey(context, use);
      const { name, bytes } = HASHES[algorithm];
      for (const length of [0, 1, 136, 5000]) {
        const message = messageOf(context, use, length);
        const made = await port(context).mac({ key: fixture.key, algorithm, message });
        expectLength(made, bytes, "the tag");
        const expected =
          fixture.secret === undefined
            ? await port(context).mac({ key: fixture.key, algorithm, message })
            : new Uint8Array(createHmac(name, fixture.secret).update(message).digest());
        expectThat(sameBytes(made, expected), `the tag over ${message.length} bytes is not the HMAC of the key`);
        const other = await port(context).mac({ key: fixture.key, algorithm, message: messageOf(context, use, 40) });
        expectThat(!sameBytes(made, other), "two messages have the same tag");
      }
    },
  };
}

function longKey(use: Use): Check {
  const { algorithm, keyType } = use;
  return {
    id: `mac.${slug(algorithm)}.long-key`,
    group,
    title: `${algorithm} with a key longer than a block`,
    requirement:
      "ImportSecretRequest.secret and RFC 2104: a key longer than the hash's block is hashed first, not cut.",
    needs: [operation({ operation: "import:secret", keyType }), operation({ operation: "mac", keyType, algorithm })],
    makesKeys: true,
    async run(context) {
      if (!isSymmetric(keyType)) return;
      const row = expectPresent(context.capabilities.rowsFor("import:secret", keyType)[0], "no row");
      const length = Math.min(row.limits?.secret?.maximum ?? 1024, 300);
      const secret = randomBytes(length);
      context.secrets.know(`an imported ${keyType} secret`, secret);
      const attributes = {
        ...usualAttributes(context.capabilities, keyType, row),
        label: context.newLabel(),
      };
      const record = await context.provider.keys.import({
        kind: "secret",
        keyType,
        secret: secret.slice(),
        ...attributes,
      });
      const message = messageOf(context, use, 50);
      const made = await port(context).mac({ key: record.uri, algorithm, message });
      const expected = new Uint8Array(createHmac(HASHES[algorithm].name, secret).update(message).digest());
      expectThat(sameBytes(made, expected), `the tag under a key of ${length} bytes is wrong`);
    },
  };
}

function verifies(use: Use): Check {
  const { algorithm, keyType } = use;
  return {
    id: `mac.${slug(algorithm)}.verify`,
    group,
    title: `${algorithm} tags are checked`,
    requirement:
      "Mac.verifyMac: true when the tag is right; false for a changed tag or another message, never an error.",
    needs: [
      operation({ operation: "mac", keyType, algorithm }),
      operation({ operation: "verify-mac", keyType, algorithm }),
    ],
    makesKeys: false,
    async run(context) {
      const { key, secret } = await macKey(context, use);
      const message = messageOf(context, use, 64);
      const right =
        secret === undefined
          ? await port(context).mac({ key, algorithm, message })
          : new Uint8Array(createHmac(HASHES[algorithm].name, secret).update(message).digest());
      const check = (tag: Uint8Array, of = message): Promise<boolean> =>
        port(context).verifyMac({ key, algorithm, message: of, tag });
      expectThat(await check(right), "a right tag is not accepted");
      expectThat(!(await check(right, messageOf(context, use, 65))), "the tag of another message is accepted");
      for (const index of [0, 15, 16, right.length - 1]) {
        expectThat(!(await check(flipped(right, index))), `a tag with a changed bit in byte ${index} is accepted`);
      }
    },
  };
}

function truncated(use: Use): Check {
  const { algorithm, keyType } = use;
  return {
    id: `mac.${slug(algorithm)}.truncated`,
    group,
    title: `${algorithm} tags may be cut to 16 bytes, and no further`,
    requirement:
      "VerifyMacRequest.tag: the whole tag, or its leftmost bytes, at least 16 (RFC 2104, 5; NIST SP 800-224).",
    needs: [
      operation({ operation: "mac", keyType, algorithm }),
      {
        ...operation({ operation: "verify-mac", keyType, algorithm, parameters: ["truncatedTag"] }),
        refused: (context) => expectWholeTagsOnly(context, use),
      },
    ],
    makesKeys: false,
    async run(context) {
      const { key } = await macKey(context, use);
      const message = messageOf(context, use, 64);
      const whole = await port(context).mac({ key, algorithm, message });
      const check = (tag: Uint8Array): Promise<boolean> => port(context).verifyMac({ key, algorithm, message, tag });
      expectThat(await check(whole.slice(0, 16)), "the leftmost 16 bytes are not accepted");
      expectThat(!(await check(flipped(whole.slice(0, 16), 15))), "16 bytes with a changed bit are accepted");
      expectThat(!(await check(whole.slice(-16))), "the rightmost 16 bytes are accepted");
      for (const length of [0, 1, 15]) {
        expectThat(!(await acceptsShort(check, whole.slice(0, length))), `a tag of ${length} bytes is accepted`);
      }
    },
  };
}

/** Where cut tags are not declared, a right one that was cut must not be right. */
async function expectWholeTagsOnly(context: CheckContext, use: Use): Promise<void> {
  const { algorithm, keyType } = use;
  const { capabilities } = context;
  const declared = (name: "mac" | "verify-mac"): boolean =>
    explain(capabilities, { operation: name, keyType, algorithm }).supported;
  if (!declared("mac") || !declared("verify-mac"))
    return expectRefused(context, { operation: "verify-mac", keyType, algorithm });
  const { key } = await macKey(context, use);
  const message = messageOf(context, use, 64);
  const whole = await port(context).mac({ key, algorithm, message });
  const check = (tag: Uint8Array): Promise<boolean> => port(context).verifyMac({ key, algorithm, message, tag });
  expectThat(!(await acceptsShort(check, whole.slice(0, 16))), "cut tags are not declared, but one is accepted");
}

/** Too short a tag may be refused or found wrong; it must not be right. */
async function acceptsShort(check: (tag: Uint8Array) => Promise<boolean>, tag: Uint8Array): Promise<boolean> {
  try {
    return await check(tag);
  } catch (error) {
    const refusals: readonly ErrorCode[] = ["LimitExceeded", "InvalidRequest", "UnsupportedCapability"];
    if (isKeyrailError(error) && refusals.includes(error.code)) return false;
    throw error;
  }
}

/** The checks of `mac`. */
export const MAC_CHECKS: readonly Check[] = USES.flatMap((use) => [
  tag(use),
  longKey(use),
  verifies(use),
  truncated(use),
]);
