/** `KeyStore.import`: right material comes in whole, wrong material is refused. */

import {
  ASYMMETRIC_KEY_TYPES,
  type AsymmetricKeyType,
  isWeierstrassKeyType,
  KEY_TYPES,
  PRIVATE_KEY_BYTES,
  type PrivateKeyFormat,
  PUBLIC_KEY_BYTES,
  PublicKey,
  type SymmetricKeyType,
} from "@keyrail/core";
import { isAlwaysExtractable, usualAttributes } from "../attributes.ts";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectPresent, expectRejection, expectThat } from "../expect.ts";
import { operation } from "../needs.ts";
import { slug } from "../reference/algorithms.ts";
import { curveOf } from "../reference/curves.ts";
import { toBigEndian } from "../reference/integers.ts";
import { generateKeyPair, generateSecret, isSymmetric } from "../reference/key-material.ts";
import { flipped, randomBytes } from "../reference/random.ts";
import { expectRecord } from "./create-checks.ts";

type Kind = "import:public" | "import:private" | "import:secret";

/** What a row of an import asks a new key to have. */
function attributesFor(context: CheckContext, kind: Kind, keyType: (typeof KEY_TYPES)[number]) {
  const row = expectPresent(context.capabilities.rowsFor(kind, keyType)[0], "no row");
  return { ...usualAttributes(context.capabilities, keyType, row), label: context.newLabel() };
}

function publicHalf(keyType: AsymmetricKeyType): Check {
  return {
    id: `import.public.${slug(keyType)}`,
    group: "import",
    title: `Imports ${keyType} public keys`,
    requirement: "ImportPublicRequest: the record says half `public`, and getPublic gives the same key back.",
    needs: [operation({ operation: "import:public", keyType })],
    makesKeys: true,
    async run(context) {
      const { publicKey } = generateKeyPair(keyType);
      const attributes = attributesFor(context, "import:public", keyType);
      const record = await context.provider.keys.import({ kind: "public", publicKey, ...attributes });
      expectRecord(context, record, { keyType, ...attributes, half: "public", origin: "imported" });
      const back = await context.provider.keys.getPublic(record.uri);
      expectThat(back.equals(publicKey), "getPublic gives another key than the one that was imported");
    },
  };
}

function privateHalf(keyType: AsymmetricKeyType, format: PrivateKeyFormat): Check {
  return {
    id: `import.private.${slug(keyType)}.${format}`,
    group: "import",
    title: `Imports ${keyType} private keys as ${format}`,
    requirement: "ImportPrivateRequest: the key is the one given: its public half is the one computed outside.",
    needs: [operation({ operation: "import:private", keyType, privateFormat: format })],
    makesKeys: true,
    async run(context) {
      const pair = generateKeyPair(keyType);
      const bytes = expectPresent(pair.forms[format], "no such form").slice();
      context.secrets.knowPrivateKey(`an imported ${keyType} private key`, { keyType, format, bytes });
      const given = bytes.slice();
      const attributes = attributesFor(context, "import:private", keyType);
      const privateKey = { keyType, format, bytes: given };
      const record = await context.provider.keys.import({ kind: "private", privateKey, ...attributes });
      // The provider copies: what the caller does to its own bytes afterwards changes nothing.
      given.fill(0);
      const extractable = isAlwaysExtractable(context.capabilities.rowsFor("import:private", keyType)[0]);
      expectRecord(context, record, { keyType, ...attributes, half: "private", origin: "imported", extractable });
      const back = await context.provider.keys.getPublic(record.uri);
      expectThat(back.equals(pair.publicKey), "getPublic is not the public half of the key that was imported");
    },
  };
}

function secretKey(keyType: SymmetricKeyType): Check {
  return {
    id: `import.secret.${slug(keyType)}`,
    group: "import",
    title: `Imports ${keyType} keys`,
    requirement:
      "ImportSecretRequest: the record says half `secret`. That the key is the one given is proved by `mac`, `cipher` and `key-wrap`.",
    needs: [operation({ operation: "import:secret", keyType })],
    makesKeys: true,
    async run(context) {
      const secret = generateSecret(keyType, 32);
      context.secrets.know(`an imported ${keyType} secret`, secret);
      const attributes = attributesFor(context, "import:secret", keyType);
      const record = await context.provider.keys.import({
        kind: "secret",
        keyType,
        secret: secret.slice(),
        ...attributes,
      });
      const extractable = isAlwaysExtractable(context.capabilities.rowsFor("import:secret", keyType)[0]);
      expectRecord(context, record, { keyType, ...attributes, half: "secret", origin: "imported", extractable });
    },
  };
}

/** Fails unless importing this private key is refused. */
async function expectBadPrivate(
  context: CheckContext,
  keyType: AsymmetricKeyType,
  format: PrivateKeyFormat,
  bytes: Uint8Array,
  what: string,
): Promise<void> {
  const attributes = attributesFor(context, "import:private", keyType);
  await expectRejection(["InvalidKeyMaterial", "InvalidRequest"], `a ${keyType} private key ${what}`, () =>
    context.provider.keys.import({ kind: "private", privateKey: { keyType, format, bytes }, ...attributes }),
  );
}

function wrongPrivate(keyType: AsymmetricKeyType): Check {
  return {
    id: `import.private.${slug(keyType)}.wrong-material`,
    group: "import",
    title: `Refuses what is no ${keyType} private key`,
    requirement: isWeierstrassKeyType(keyType)
      ? "KeyStore.import: rejects with `InvalidKeyMaterial` for a scalar of 0, of the group order or more, and for a wrong length (SEC 1, 3.2.1)."
      : "KeyStore.import: rejects with `InvalidKeyMaterial` (or `InvalidRequest`) for bytes of a wrong length.",
    needs: [operation({ operation: "import:private", keyType })],
    makesKeys: true,
    async run(context) {
      const row = expectPresent(context.capabilities.rowsFor("import:private", keyType)[0], "no row");
      for (const format of ["scalar", "seed", "expanded"] as const) {
        const length = PRIVATE_KEY_BYTES[keyType][format];
        if (length === undefined || row.privateFormats?.includes(format) === false) continue;
        await expectBadPrivate(context, keyType, format, randomBytes(length - 1), `of ${length - 1} bytes`);
        await expectBadPrivate(context, keyType, format, randomBytes(length + 1), `of ${length + 1} bytes`);
        await expectBadPrivate(context, keyType, format, new Uint8Array(0), "of no bytes");
      }
      if (!isWeierstrassKeyType(keyType) || row.privateFormats?.includes("scalar") === false) return;
      const { order, bytes } = curveOf(keyType);
      const attempts = [
        [0n, "with the scalar 0"],
        [order, "with the scalar n"],
        [order + 1n, "with the scalar n + 1"],
        [(1n << BigInt(8 * bytes)) - 1n, "with all bits set"],
      ] as const;
      for (const [scalar, what] of attempts) {
        await expectBadPrivate(context, keyType, "scalar", toBigEndian(scalar, bytes), what);
      }
    },
  };
}

/** Public keys that are none, made past the checks of `PublicKey` as a careless caller might. */
export function wrongPublicKeys(
  keyType: AsymmetricKeyType,
): { readonly what: string; readonly publicKey: PublicKey }[] {
  const right = generateKeyPair(keyType).publicKey.toRaw();
  const trusted = (raw: Uint8Array): PublicKey => PublicKey.fromTrustedRaw(keyType, raw);
  if (isWeierstrassKeyType(keyType)) {
    const zero = new Uint8Array(right.length);
    zero[0] = 4;
    return [
      { what: "off the curve", publicKey: trusted(flipped(right)) },
      { what: "with both coordinates 0", publicKey: trusted(zero) },
    ];
  }
  if (keyType === "Ed25519" || keyType === "Ed448") {
    // y = p + 1 is no reduced encoding; the first y without an x is not a point.
    const unreduced = new Uint8Array(right.length).fill(0xff);
    return [{ what: "with a y that is not reduced", publicKey: trusted(unreduced) }];
  }
  if (keyType.startsWith("ML-KEM")) {
    const high = right.slice();
    high.fill(0xff, 0, 3);
    return [{ what: "with a coefficient of 4095 (FIPS 203, 7.2)", publicKey: trusted(high) }];
  }
  return [];
}

function wrongPublic(keyType: AsymmetricKeyType): Check {
  return {
    id: `import.public.${slug(keyType)}.wrong-material`,
    group: "import",
    title: `Refuses what is no ${keyType} public key`,
    requirement:
      "KeyStore.import: rejects with `InvalidKeyMaterial` for a point off the curve or an encoding that does not decode.",
    needs: [operation({ operation: "import:public", keyType })],
    makesKeys: true,
    async run(context) {
      for (const { what, publicKey } of wrongPublicKeys(keyType)) {
        const attributes = attributesFor(context, "import:public", keyType);
        await expectRejection("InvalidKeyMaterial", `a ${keyType} public key ${what}`, () =>
          context.provider.keys.import({ kind: "public", publicKey, ...attributes }),
        );
      }
    },
  };
}

function wrongSecret(keyType: SymmetricKeyType): Check {
  return {
    id: `import.secret.${slug(keyType)}.wrong-material`,
    group: "import",
    title: `Refuses what is no ${keyType} key`,
    requirement: "ImportSecretRequest.secret: AES 16, 24 or 32 bytes by type; HMAC 1 to 1,024 bytes.",
    needs: [operation({ operation: "import:secret", keyType })],
    makesKeys: true,
    async run(context) {
      const right = keyType.startsWith("AES-") ? Number(keyType.slice(4)) / 8 : undefined;
      const lengths = right === undefined ? [0] : [0, right - 1, right + 1, right === 32 ? 16 : 32];
      for (const length of lengths) {
        const attributes = attributesFor(context, "import:secret", keyType);
        await expectRejection(
          ["InvalidKeyMaterial", "InvalidRequest", "LimitExceeded"],
          `a ${keyType} key of ${length} bytes`,
          () => context.provider.keys.import({ kind: "secret", keyType, secret: randomBytes(length), ...attributes }),
        );
      }
    },
  };
}

function wrongShares(keyType: AsymmetricKeyType): Check {
  return {
    id: `import.encrypted-shares.${slug(keyType)}.wrong-material`,
    group: "import",
    title: `Refuses shares of a ${keyType} key that nobody can decrypt`,
    requirement: "ImportEncryptedSharesRequest: shares for unknown holders, or that do not decrypt, make no key.",
    needs: [operation({ operation: "import:encrypted-shares", keyType })],
    makesKeys: true,
    async run(context) {
      const row = expectPresent(context.capabilities.rowsFor("import:encrypted-shares", keyType)[0], "no row");
      const shares = [1, 2, 3, 4, 5].map(() => ({
        holder: Buffer.from(randomBytes(32)).toString("base64"),
        ciphertext: randomBytes(300),
      }));
      const attributes = { ...usualAttributes(context.capabilities, keyType, row), label: context.newLabel() };
      await expectRejection(
        ["InvalidKeyMaterial", "InvalidRequest", "OperationRefused"],
        "a key in shares of random bytes",
        () => context.provider.keys.import({ kind: "encrypted-shares", keyType, threshold: 3, shares, ...attributes }),
      );
    },
  };
}

const FORMATS: readonly PrivateKeyFormat[] = ["scalar", "seed", "expanded"];

/** The checks of `import`. */
export const IMPORT_CHECKS: readonly Check[] = [
  ...ASYMMETRIC_KEY_TYPES.flatMap((keyType) => [
    publicHalf(keyType),
    ...(PUBLIC_KEY_BYTES[keyType] > 0 && wrongPublicKeys(keyType).length > 0 ? [wrongPublic(keyType)] : []),
    ...FORMATS.filter((format) => PRIVATE_KEY_BYTES[keyType][format] !== undefined).map((format) =>
      privateHalf(keyType, format),
    ),
    wrongPrivate(keyType),
    wrongShares(keyType),
  ]),
  ...KEY_TYPES.filter(isSymmetric).flatMap((keyType) => [secretKey(keyType), wrongSecret(keyType)]),
];
