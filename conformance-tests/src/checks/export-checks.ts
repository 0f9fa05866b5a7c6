/** `KeyExport`: keys that leave the provider, and keys that do not. */

import { type CapabilityRow, KEY_TYPES, type KeyRecord, type KeyType } from "@keyrail/core";
import { isAlwaysExtractable, usualAttributes } from "../attributes.ts";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectPresent, expectRejection, expectThat, sameBytes } from "../expect.ts";
import { operation, port } from "../needs.ts";
import { expectRefused } from "../refusal/expect-refused.ts";
import { slug } from "../reference/algorithms.ts";
import {
  generateKeyPair,
  generateSecret,
  isAsymmetric,
  isSymmetric,
  privateMaterial,
  publicHalfOf,
} from "../reference/key-material.ts";

function exported(keyType: KeyType): Check {
  return {
    id: `export.${slug(keyType)}.extractable`,
    group: "export",
    title: `Gives an extractable ${keyType} key out`,
    requirement: "KeyExport.export: the private or secret half of a key that was made extractable; it is the key's.",
    needs: [
      operation({ operation: "create", keyType, extractable: true }),
      operation({ operation: "export", keyType }),
    ],
    makesKeys: true,
    async run(context) {
      const { keyExport, keys } = context.provider;
      const row = expectPresent(context.capabilities.rowsFor("create", keyType)[0], "no row");
      const record = await keys.create({ ...attributesOf(context, keyType, row), keyType, extractable: true });
      expectThat(record.extractable, "the record says that the key is not extractable");
      const given = await expectPresent(keyExport, "there is no port `keyExport`").export(record.uri);
      if (given.kind === "secret") {
        expectThat(given.keyType === keyType, `a ${given.keyType} key is exported`);
        expectThat(given.secret.length > 0, "the exported secret is empty");
        return;
      }
      const publicKey = await keys.getPublic(record.uri);
      expectThat(publicHalfOf(given.privateKey).equals(publicKey), "the exported key has another public half");
    },
  };
}

function roundTrip(keyType: KeyType): Check {
  return {
    id: `export.${slug(keyType)}.imported`,
    group: "export",
    title: `Gives an imported ${keyType} key back as it came`,
    requirement:
      "KeyExport.export: what was imported extractable comes back: the same key, and in the same form the same bytes.",
    needs: [
      operation({ operation: isSymmetric(keyType) ? "import:secret" : "import:private", keyType, extractable: true }),
      operation({ operation: "export", keyType }),
    ],
    makesKeys: true,
    async run(context) {
      const { keys, keyExport } = context.provider;
      const out = expectPresent(keyExport, "there is no port `keyExport`");
      if (isSymmetric(keyType)) {
        const row = expectPresent(context.capabilities.rowsFor("import:secret", keyType)[0], "no row");
        const secret = generateSecret(keyType, 32);
        const attributes = { ...attributesOf(context, keyType, row), extractable: true };
        const record = await keys.import({ kind: "secret", keyType, secret: secret.slice(), ...attributes });
        const given = await out.export(record.uri);
        expectThat(given.kind === "secret" && sameBytes(given.secret, secret), "another secret comes back");
        return;
      }
      if (!isAsymmetric(keyType)) return;
      const row = expectPresent(context.capabilities.rowsFor("import:private", keyType)[0], "no row");
      const pair = generateKeyPair(keyType);
      const privateKey = privateMaterial(pair, row.privateFormats);
      const copy = { ...privateKey, bytes: privateKey.bytes.slice() };
      const record = await keys.import({
        kind: "private",
        privateKey: copy,
        ...attributesOf(context, keyType, row),
        extractable: true,
      });
      const given = await out.export(record.uri);
      expectThat(given.kind === "private", "a secret key comes back");
      const { format, bytes } = given.privateKey;
      // A provider that keeps another form (a scalar instead of a seed) can't give the first one back.
      const same = format !== privateKey.format || sameBytes(bytes, privateKey.bytes);
      expectThat(same, "another private key comes back");
      expectThat(
        publicHalfOf(given.privateKey).equals(pair.publicKey),
        "the key that comes back has another public half",
      );
    },
  };
}

function attributesOf(context: CheckContext, keyType: KeyType, row: CapabilityRow) {
  return { ...usualAttributes(context.capabilities, keyType, row), label: context.newLabel() };
}

const notExtractable: Check = {
  id: "export.not-extractable",
  group: "export",
  title: "Gives no key out that was not made extractable",
  requirement:
    "KeyExport.export: rejects with `NotExtractable` for any other key, created or imported; `extractable` is false unless asked. Where every key is extractable, asking for one that is not is refused.",
  needs: [port("keyExport")],
  makesKeys: true,
  async run(context) {
    const { keys, keyExport } = context.provider;
    let tried = 0;
    for (const keyType of KEY_TYPES) {
      if (context.capabilities.rowsFor("export", keyType).length === 0) continue;
      const row = context.capabilities.rowsFor("create", keyType)[0];
      if (row === undefined) continue;
      if (isAlwaysExtractable(row)) {
        const { usages } = usualAttributes(context.capabilities, keyType, row);
        await expectRefused(context, { operation: "create", keyType, usages, extractable: false });
        tried++;
        continue;
      }
      for (const extractable of [undefined, false]) {
        const request = {
          keyType,
          ...attributesOf(context, keyType, row),
          ...(extractable === undefined ? {} : { extractable }),
        };
        await expectKept(keyExport, await keys.create(request));
        tried++;
      }
    }
    expectThat(tried > 0, "no key could be made to try it with");
  },
};

async function expectKept(keyExport: CheckContext["provider"]["keyExport"], record: KeyRecord): Promise<void> {
  expectThat(!record.extractable, `a ${record.keyType} key is extractable though nobody asked`);
  await expectRejection("NotExtractable", `the export of a ${record.keyType} key that is not extractable`, () =>
    expectPresent(keyExport, "there is no port `keyExport`").export(record.uri),
  );
}

/** The checks of export. */
export const EXPORT_CHECKS: readonly Check[] = [
  ...KEY_TYPES.flatMap((keyType) => [exported(keyType), roundTrip(keyType)]),
  notExtractable,
];
