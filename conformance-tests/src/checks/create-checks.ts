/** `KeyStore.create`: the record that comes back, and that every key is a new one. */

import {
  formatKeyUri,
  type KeyRecord,
  type KeyType,
  KEY_TYPES,
  parseKeyUri,
  type Usage,
  withArticle,
} from "@keyrail/core";
import { isAlwaysExtractable, usualAttributes } from "../attributes.ts";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectPresent, expectThat } from "../expect.ts";
import { operation } from "../needs.ts";
import { slug } from "../reference/algorithms.ts";
import { isAsymmetric } from "../reference/key-material.ts";

/** What a new key must say of itself. */
export interface Expected {
  readonly keyType: KeyType;
  readonly usages: readonly Usage[];
  readonly label: string;
  readonly half: KeyRecord["half"];
  readonly origin: KeyRecord["origin"];
  readonly extractable?: boolean;
}

/** Fails unless the record says what was asked. */
export function expectRecord(context: CheckContext, record: KeyRecord, expected: Expected): void {
  const { uri } = context.provider;
  expectThat(record.uri.startsWith(`${uri}/`), `the key URI ${record.uri} is not one of ${uri}`);
  const parsed = parseKeyUri(record.uri);
  expectThat(parsed.id === record.id, `the key URI ${record.uri} does not end with the id ${record.id}`);
  expectThat(formatKeyUri(parsed) === record.uri, `the key URI ${record.uri} is not in canonical form`);
  expectThat(record.keyType === expected.keyType, `the record says ${record.keyType}, asked was ${expected.keyType}`);
  expectThat(record.label === expected.label, `the label is "${record.label}", given was "${expected.label}"`);
  expectThat(record.half === expected.half, `the record says half "${record.half}", it is "${expected.half}"`);
  expectThat(
    record.origin === expected.origin || record.origin === "unknown",
    `the record says origin "${record.origin}", it is "${expected.origin}"`,
  );
  expectThat(record.custody === context.provider.custody, `custody is ${record.custody}`);
  expectThat(
    record.extractable === (expected.extractable ?? false),
    `\`extractable\` is ${String(record.extractable)}, it should be ${String(expected.extractable ?? false)}`,
  );
  const given = record.usages.toSorted().join("+");
  expectThat(
    given === expected.usages.toSorted().join("+"),
    `the usages are ${given}, asked were ${expected.usages.join("+")}`,
  );
  if (record.publicKey === undefined) return;
  expectThat(record.publicKey.keyType === expected.keyType, "the record's public key is of another type");
}

function creates(keyType: KeyType): Check {
  return {
    id: `create.${slug(keyType)}`,
    group: "create",
    title: `Creates ${keyType} keys`,
    requirement:
      "KeyStore.create: makes a key inside the provider; its record says what was asked, its URI and id are its own, and no two keys are the same.",
    needs: [operation({ operation: "create", keyType })],
    makesKeys: true,
    async run(context) {
      const { provider } = context;
      const row = expectPresent(context.capabilities.rowsFor("create", keyType)[0], "no row");
      const usual = usualAttributes(context.capabilities, keyType, row);
      const records: KeyRecord[] = [];
      for (let round = 0; round < 2; round++) {
        const label = context.newLabel();
        const record = await provider.keys.create({ keyType, ...usual, label });
        const half = isAsymmetric(keyType) ? "private" : "secret";
        const extractable = isAlwaysExtractable(row);
        expectRecord(context, record, { keyType, ...usual, label, half, origin: "generated", extractable });
        records.push(record);
      }
      const [first, second] = records;
      if (first === undefined || second === undefined) return;
      expectThat(first.id !== second.id && first.uri !== second.uri, "two keys were given the same id");
      if (!isAsymmetric(keyType)) return;
      const publicKeys = [await provider.keys.getPublic(first.uri), await provider.keys.getPublic(second.uri)] as const;
      expectThat(!publicKeys[0].equals(publicKeys[1]), "two keys have the same public half");
      for (const [index, publicKey] of publicKeys.entries()) {
        expectThat(publicKey.keyType === keyType, `getPublic gives a ${publicKey.keyType} key`);
        const told = records[index]?.publicKey;
        expectThat(told === undefined || told.equals(publicKey), "the record's public key is not that of getPublic");
      }
    },
  };
}

function restricts(keyType: KeyType): Check {
  return {
    id: `create.${slug(keyType)}.restricted`,
    group: "create",
    title: `Keeps the algorithms ${withArticle(keyType)} key is restricted to`,
    requirement: "KeyAttributes.algorithms: when given, the record names exactly these algorithms.",
    needs: [
      {
        ...operation({ operation: "create", keyType, keyAlgorithms: ["GLOW20"] }),
        text: `restrict a ${keyType} key to algorithms`,
        met: (capabilities) =>
          capabilities.rowsFor("create", keyType).some((row) => (row.keyAlgorithms?.[0]?.length ?? 0) > 0),
      },
    ],
    makesKeys: true,
    async run(context) {
      const row = expectPresent(
        context.capabilities.rowsFor("create", keyType).find((candidate) => candidate.keyAlgorithms !== undefined),
        "no row",
      );
      const algorithms = expectPresent(row.keyAlgorithms?.[0], "no algorithms");
      const { usages } = usualAttributes(context.capabilities, keyType, row);
      const record = await context.provider.keys.create({ keyType, usages, label: context.newLabel(), algorithms });
      const kept = (record.algorithms ?? []).toSorted().join(", ");
      expectThat(
        kept === algorithms.toSorted().join(", "),
        `asked were the algorithms ${algorithms.join(", ")}, the record names ${kept || "none"}`,
      );
    },
  };
}

/** The checks of `create`. */
export const CREATE_CHECKS: readonly Check[] = KEY_TYPES.flatMap((keyType) => [creates(keyType), restricts(keyType)]);
