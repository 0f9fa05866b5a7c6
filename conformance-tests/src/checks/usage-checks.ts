/** Usages and restrictions to algorithms: what a key may not do, it does not do. */

import {
  type Algorithm,
  type CapabilityRow,
  explain,
  type KeyRecord,
  type KeyType,
  KEY_TYPES,
  type Operation,
  OPERATIONS,
  requiredUsage,
  USAGES,
} from "@keyrail/core";
import { plainUsages, usualAttributes } from "../attributes.ts";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectPresent, expectRejection } from "../expect.ts";
import { ALGORITHMS_OF, KEY_TYPES_OF, slug } from "../reference/algorithms.ts";
import { useKey } from "../refusal/attempt.ts";
import { expectRefused } from "../refusal/expect-refused.ts";

const USING = OPERATIONS.filter((name) => requiredUsage(name) !== undefined);

/** A usage set of the row, or a part of one, that leaves a usage out. */
function setWithout(capabilities: CheckContext["capabilities"], keyType: KeyType, row: CapabilityRow, usage: string) {
  for (const set of row.usages ?? []) {
    const rest = plainUsages(capabilities, keyType, set).filter((candidate) => candidate !== usage);
    if (rest.length > 0) return rest;
  }
  return undefined;
}

function enforced(asked: Operation): Check {
  const usage = requiredUsage(asked);
  return {
    id: `usages.${slug(asked)}`,
    group: "usages",
    title: `A key without the usage ${usage ?? ""} does not ${slug(asked)}`,
    requirement: `KeyAttributes.usages: what the key may do, enforced by the provider: \`UsageNotPermitted\` without \`${usage ?? ""}\`.`,
    needs: [
      {
        text: `${asked} with a type of key that can also be made without the usage`,
        met: (capabilities) => KEY_TYPES.some((keyType) => candidate(capabilities, asked, keyType) !== undefined),
        refused: (context) => expectNoOtherUsage(context, asked),
      },
    ],
    makesKeys: true,
    async run(context) {
      for (const keyType of KEY_TYPES) {
        const row = candidate(context.capabilities, asked, keyType);
        if (row === undefined) continue;
        const usages = expectPresent(setWithout(context.capabilities, keyType, row, usage ?? ""), "no usages");
        const algorithms = row.keyAlgorithms?.[0];
        const record = await context.provider.keys.create({
          keyType,
          usages,
          label: context.newLabel(),
          ...(algorithms === undefined ? {} : { algorithms }),
        });
        for (const used of context.capabilities.rowsFor(asked, keyType)) {
          await expectNotPermitted(context, asked, record, used, used.algorithms?.[0], "without the usage");
        }
      }
    },
  };
}

/** Where no key can be made without the usage, the provider must say so. */
async function expectNoOtherUsage(context: CheckContext, asked: Operation): Promise<void> {
  const usage = requiredUsage(asked);
  for (const keyType of KEY_TYPES) {
    if (context.capabilities.rowsFor(asked, keyType).length === 0) continue;
    for (const other of USAGES) {
      const descriptor = { operation: "create", keyType, usages: [other] } as const;
      if (other !== usage && !explain(context.capabilities, descriptor).supported) {
        await expectRefused(context, descriptor);
      }
    }
  }
}

/** A row that can create keys of the type without the usage, where the operation is declared for the type. */
function candidate(capabilities: CheckContext["capabilities"], asked: Operation, keyType: KeyType) {
  const usage = requiredUsage(asked);
  if (usage === undefined || capabilities.rowsFor(asked, keyType).length === 0) return undefined;
  return capabilities
    .rowsFor("create", keyType)
    .find((row) => setWithout(capabilities, keyType, row, usage) !== undefined);
}

async function expectNotPermitted(
  context: CheckContext,
  asked: Operation,
  record: KeyRecord,
  row: CapabilityRow,
  algorithm: Algorithm | undefined,
  why: string,
): Promise<void> {
  const input = row.inputs?.[0];
  const format = row.formats?.[0];
  const target = row.targets?.[0];
  const call = useKey(
    context,
    {
      operation: asked,
      keyType: record.keyType,
      ...(algorithm === undefined ? {} : { algorithm }),
      ...(input === undefined ? {} : { input }),
      ...(format === undefined ? {} : { format }),
      ...(target === undefined ? {} : { target, usages: row.usages?.[0] ?? ["encrypt"] }),
      ...(asked === "derive:hd" ? usualAttributes(context.capabilities, record.keyType, row) : {}),
      ...(algorithm === "Ed25519ctx" ? { parameters: ["context"] } : {}),
      sizes: { digest: row.limits?.digest?.minimum ?? 32 },
    },
    record.keyType,
    record.uri,
  );
  if (call === undefined) return;
  await expectRejection("UsageNotPermitted", `${asked} ${algorithm ?? ""} with a ${record.keyType} key ${why}`, call);
}

function restricted(keyType: KeyType): Check {
  return {
    id: `usages.algorithms.${slug(keyType)}`,
    group: "usages",
    title: `A ${keyType} key restricted to some algorithms runs no other`,
    requirement: "KeyAttributes.algorithms: restricts the key to these algorithms: `UsageNotPermitted` for any other.",
    needs: [
      {
        text: `restrict ${keyType} keys to a part of their algorithms`,
        met: (capabilities) => restriction(capabilities, keyType) !== undefined,
        async refused(context) {
          const [algorithm] = USING.flatMap((asked) => ALGORITHMS_OF[asked]).filter((name) =>
            KEY_TYPES_OF[name].includes(keyType),
          );
          if (algorithm === undefined) return;
          const descriptor = { operation: "create", keyType, keyAlgorithms: [algorithm] } as const;
          if (!explain(context.capabilities, descriptor).supported) await expectRefused(context, descriptor);
        },
      },
    ],
    makesKeys: true,
    async run(context) {
      const { row, kept, refused } = expectPresent(restriction(context.capabilities, keyType), "no restriction");
      const { usages } = usualAttributes(context.capabilities, keyType, row);
      const label = context.newLabel();
      const record = await context.provider.keys.create({ keyType, usages, label, algorithms: [kept] });
      for (const asked of USING) {
        for (const used of context.capabilities.rowsFor(asked, keyType)) {
          const algorithm = used.algorithms?.find((name) => refused.includes(name));
          if (algorithm === undefined || requiredUsageMissing(asked, usages)) continue;
          await expectNotPermitted(context, asked, record, used, algorithm, `restricted to ${kept}`);
        }
      }
    },
  };
}

function requiredUsageMissing(asked: Operation, usages: readonly string[]): boolean {
  const usage = requiredUsage(asked);
  return usage !== undefined && !usages.includes(usage);
}

/** A set of algorithms of which one can be kept and the rest is to be refused. */
function restriction(capabilities: CheckContext["capabilities"], keyType: KeyType) {
  const usable = new Set(
    USING.flatMap((asked) => capabilities.rowsFor(asked, keyType).flatMap((row) => row.algorithms ?? [])),
  );
  for (const row of capabilities.rowsFor("create", keyType)) {
    for (const set of row.keyAlgorithms ?? []) {
      const algorithms = set.filter((algorithm) => usable.has(algorithm));
      const [kept, ...refused] = algorithms;
      if (kept !== undefined && refused.length > 0) return { row, kept, refused };
    }
  }
  return undefined;
}

/** The checks of usages. */
export const USAGE_CHECKS: readonly Check[] = [...USING.map(enforced), ...KEY_TYPES.map(restricted)];
