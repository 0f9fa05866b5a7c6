/** Capability truth: of everything that is not declared, nothing happens. One check per operation and key type. */

import {
  type CapabilityRow,
  describeOperation,
  explain,
  type KeyType,
  KEY_TYPES,
  type Operation,
  type OperationDescriptor,
  OPERATIONS,
  type Usage,
  USAGES,
} from "@keyrail/core";
import { derivesPlainly, usualAttributes } from "../attributes.ts";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectThat } from "../expect.ts";
import { anyRow, operation } from "../needs.ts";
import { ALGORITHMS_OF, slug } from "../reference/algorithms.ts";
import { isAsymmetric } from "../reference/key-material.ts";
import { attempt } from "../refusal/attempt.ts";
import { expectRefused } from "../refusal/expect-refused.ts";

/** Everything an operation on a key type could be asked for by algorithm and input. */
function everyDescriptor(asked: Operation, keyType: KeyType): OperationDescriptor[] {
  const algorithms = ALGORITHMS_OF[asked];
  if (algorithms.length === 0) return [{ operation: asked, keyType }];
  const inputs = asked === "sign" || asked === "verify" ? (["message", "digest"] as const) : [undefined];
  return algorithms.flatMap((algorithm) =>
    inputs.map((input) => ({ operation: asked, keyType, algorithm, ...(input === undefined ? {} : { input }) })),
  );
}

/** Calls that only the types could stop: a request of this kind can't be written for the key type. */
function isExpressible(asked: Operation, keyType: KeyType): boolean {
  if (asked === "import:secret") return !isAsymmetric(keyType);
  return !asked.startsWith("import:") || isAsymmetric(keyType);
}

function refusesTheRest(asked: Operation, keyType: KeyType): Check {
  return {
    id: `capability.${slug(asked)}.${slug(keyType)}`,
    group: "capability",
    title: `${capitalised(describeOperation({ operation: asked }))} with ${keyType}: what is not declared is refused`,
    requirement:
      "Capability model: what is not declared is refused with `UnsupportedCapability`, for every algorithm and input, and no request is sent.",
    needs: [
      {
        ...operation({ operation: asked, keyType }),
        async refused(context) {
          for (const descriptor of everyDescriptor(asked, keyType)) await expectRefused(context, descriptor);
        },
      },
    ],
    makesKeys: asked === "create" || asked.startsWith("import:") || asked.startsWith("derive:"),
    async run(context) {
      for (const descriptor of everyDescriptor(asked, keyType)) {
        if (explain(context.capabilities, descriptor).supported) continue;
        await expectRefused(context, descriptor);
      }
    },
  };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Operations that make keys and take usages. */
const MAKING: readonly Operation[] = ["create", "import:public", "import:private", "import:secret"];

function refusesUsages(asked: Operation): Check {
  return {
    id: `capability.usages.${slug(asked)}`,
    group: "capability",
    title: `${capitalised(describeOperation({ operation: asked }))}: usages that can't be combined are refused`,
    requirement:
      "CapabilityRow.usages: a request's usages must be within one of the sets; any other combination is refused.",
    needs: [anyRow(asked)],
    makesKeys: true,
    async run(context) {
      for (const keyType of KEY_TYPES) {
        if (context.capabilities.rowsFor(asked, keyType).length === 0) continue;
        for (const usages of [USAGES, ...USAGES.map((usage) => [usage])]) {
          const descriptor = { operation: asked, keyType, usages };
          if (!explain(context.capabilities, descriptor).supported) await expectRefused(context, descriptor);
        }
      }
    },
  };
}

function refusesExtras(asked: Operation): Check {
  return {
    id: `capability.extras.${slug(asked)}`,
    group: "capability",
    title: `${capitalised(describeOperation({ operation: asked }))}: extras that are not declared are refused`,
    requirement:
      "CapabilityRow: an extractable key, or one that is not where all are, a master key of an HD scheme or a restriction to algorithms that is not declared is refused, never left out silently.",
    needs: [anyRow(asked)],
    makesKeys: true,
    async run(context) {
      for (const keyType of KEY_TYPES) {
        for (const row of context.capabilities.rowsFor(asked, keyType)) {
          const { usages } = usualAttributes(context.capabilities, keyType, row);
          const common = { operation: asked, keyType, usages };
          const extras: OperationDescriptor[] = [
            { ...common, keyAlgorithms: ["GLOW20", "A128KW"] },
            ...(asked === "import:public" ? [] : [true, false].map((extractable) => ({ ...common, extractable }))),
            ...(asked === "create" || asked === "import:private"
              ? (["BIP32", "SLIP10", "EDWARDS-HD", "STARK-HD"] as const).map((hierarchical) => ({
                  ...common,
                  hierarchical,
                }))
              : []),
          ];
          for (const extra of extras) {
            if (!explain(context.capabilities, extra).supported) await expectRefused(context, extra);
          }
        }
      }
    },
  };
}

const parameters: Check = {
  id: "capability.parameters",
  group: "capability",
  title: "Request members that a row does not honour are refused",
  requirement:
    "CapabilityRow.parameters: optional request members this row honours; any other is refused, never ignored.",
  needs: [],
  makesKeys: false,
  async run(context) {
    const parameters = {
      sign: ["lowS", "recoverable", "context", "merkleRoot"],
      verify: ["lowS", "context", "merkleRoot"],
      encrypt: ["iv", "additionalData"],
    } as const;
    for (const asked of ["sign", "verify", "encrypt"] as const) {
      for (const row of context.capabilities.rows(asked)) {
        const [keyType] = row.keyTypes;
        for (const algorithm of row.algorithms ?? []) {
          for (const parameter of parameters[asked]) {
            const input = row.inputs?.[0];
            const descriptor: OperationDescriptor = {
              operation: asked,
              ...(keyType === undefined ? {} : { keyType }),
              algorithm,
              ...(input === undefined ? {} : { input }),
              parameters: [parameter],
            };
            if (!explain(context.capabilities, descriptor).supported) await expectRefused(context, descriptor);
          }
        }
      }
    }
  },
};

function declaredWorks(asked: Operation): Check {
  return {
    id: `capability.declared.${slug(asked)}`,
    group: "capability",
    title: `${capitalised(describeOperation({ operation: asked }))}: every declared combination is taken`,
    requirement: "Capability model: what is declared works: every key type, usage set and restriction of the rows.",
    needs: [anyRow(asked)],
    makesKeys: true,
    async run(context) {
      for (const row of context.capabilities.rows(asked)) {
        for (const keyType of row.keyTypes) await expectEverySet(context, asked, keyType);
      }
    },
  };
}

async function expectEverySet(context: CheckContext, asked: Operation, keyType: KeyType): Promise<void> {
  if (!isExpressible(asked, keyType)) return;
  for (const row of context.capabilities.rowsFor(asked, keyType)) {
    const algorithms = row.keyAlgorithms?.[0];
    for (const usages of row.usages ?? []) {
      // The whole set, and each usage alone: "within one of the sets".
      for (const some of usages.length === 1 ? [usages] : [usages, ...usages.map((usage) => [usage])]) {
        const descriptor = {
          operation: asked,
          keyType,
          usages: some,
          ...(algorithms === undefined ? {} : { keyAlgorithms: algorithms }),
          ...masterOnly(context, row, keyType, some),
        };
        const called = await attempt(context, descriptor);
        expectThat(called, `${asked} of ${keyType} is declared, but can't be called`);
      }
    }
  }
}

/** Where only master keys derive, or the row is one for masters beside another for plain keys, `derive` comes with a scheme. */
function masterOnly(context: CheckContext, row: CapabilityRow, keyType: KeyType, usages: readonly Usage[]) {
  const scheme = row.hierarchical?.[0];
  const forMasters =
    row.usages?.every((set) => set.includes("derive")) === true &&
    context.capabilities.rowsFor(row.operation, keyType).some((other) => other.hierarchical === undefined);
  const plainly = derivesPlainly(context.capabilities, keyType) && !forMasters;
  const needed = scheme !== undefined && usages.includes("derive") && !plainly;
  return needed ? { hierarchical: scheme } : {};
}

/** The checks of capability truth. */
export const CAPABILITY_CHECKS: readonly Check[] = [
  ...OPERATIONS.flatMap((asked) =>
    KEY_TYPES.filter((keyType) => isExpressible(asked, keyType)).map((keyType) => refusesTheRest(asked, keyType)),
  ),
  ...MAKING.flatMap((asked) => [declaredWorks(asked), refusesUsages(asked), refusesExtras(asked)]),
  parameters,
];
