/** The declaration itself: it is the only switch of the suite, so it has to be sound. */

import {
  type ByteRange,
  type CapabilityRow,
  explain,
  KEY_TYPES,
  type LimitName,
  OPERATIONS,
  type Operation,
  type Ports,
  requiredUsage,
  USAGES,
} from "@keyrail/core";
import type { Check } from "../check.ts";
import { expectThat } from "../expect.ts";
import { LIMIT_NAMES } from "./limit-checks.ts";
import { ALGORITHMS_OF, KEY_TYPES_OF } from "../reference/algorithms.ts";

const PORT_OF: Readonly<Partial<Record<Operation, keyof Ports>>> = {
  export: "keyExport",
  sign: "signer",
  verify: "verifier",
  agree: "agreement",
  mac: "mac",
  "verify-mac": "mac",
  encrypt: "cipher",
  decrypt: "cipher",
  wrap: "keyWrap",
  unwrap: "keyWrap",
  encapsulate: "kem",
  decapsulate: "kem",
  "derive-output": "deterministicDerivation",
};

const always = { group: "declaration", needs: [], makesKeys: false } as const;

/** The checks of the declaration. */
export const DECLARATION_CHECKS: readonly Check[] = [
  {
    ...always,
    id: "declaration.identity",
    title: "Name, URI and custody are those of the declaration",
    requirement: "Provider: `name` is the scheme of `uri` and the declared provider; `custody` is the declared one.",
    async run({ bare }) {
      const { capabilities, name, uri, custody } = bare;
      expectThat(
        capabilities.provider === name,
        `the declaration is of "${capabilities.provider}", the provider "${name}"`,
      );
      expectThat(uri.startsWith(`${name}:`), `the URI ${uri} does not start with the name "${name}"`);
      expectThat(capabilities.custody === custody, `custody is ${custody}, declared is ${capabilities.custody}`);
    },
  },
  {
    ...always,
    id: "declaration.ports",
    title: "A port for every declared operation, and none without one",
    requirement: "Ports: a port the provider does not have is a missing member, never a method that throws.",
    async run({ bare, capabilities }) {
      for (const operation of OPERATIONS) {
        const port = PORT_OF[operation];
        if (port === undefined || capabilities.rows(operation).length === 0) continue;
        expectThat(bare[port] !== undefined, `it declares \`${operation}\`, but has no port \`${port}\``);
      }
      for (const port of new Set(Object.values(PORT_OF))) {
        const operations = OPERATIONS.filter((operation) => PORT_OF[operation] === port);
        const declared = operations.some((operation) => capabilities.rows(operation).length > 0);
        expectThat(declared || bare[port] === undefined, `it has a port \`${port}\`, but declares no operation of it`);
      }
      expectThat(
        (bare.catalog === undefined) === (bare.capabilities.catalog === undefined),
        "the catalog is declared, but there is no port `catalog`, or the other way round",
      );
    },
  },
  {
    ...always,
    id: "declaration.algorithms",
    title: "Every declared algorithm belongs to its operation and key type",
    requirement:
      "CapabilityRow.algorithms: names of the vocabulary, each an algorithm of the operation on every key type of the row.",
    async run({ capabilities }) {
      for (const row of capabilities.declaration.rows) {
        for (const algorithm of row.algorithms ?? []) {
          expectThat(
            ALGORITHMS_OF[row.operation].includes(algorithm),
            `${algorithm} is no algorithm of ${row.operation}`,
          );
          for (const keyType of row.keyTypes) {
            expectThat(KEY_TYPES_OF[algorithm].includes(keyType), `${algorithm} does not run on a ${keyType} key`);
          }
        }
        const named = row.operation !== "derive:ecdh" && ALGORITHMS_OF[row.operation].length > 0;
        expectThat(!named || (row.algorithms ?? []).length > 0, `a row of ${row.operation} names no algorithm`);
      }
    },
  },
  {
    ...always,
    id: "declaration.rows",
    title: "Rows are well formed and say where the knowledge comes from",
    requirement:
      "CapabilityRow: known key types and usages, limits with minimum <= maximum, evidence with a reference.",
    async run({ capabilities }) {
      for (const row of capabilities.declaration.rows) {
        const where = `a row of ${row.operation}`;
        expectThat(row.keyTypes.length > 0, `${where} has no key type`);
        expectThat(
          row.keyTypes.every((keyType) => KEY_TYPES.includes(keyType)),
          `${where} has an unknown key type`,
        );
        expectThat(row.evidence.reference !== "", `${where} has no reference to evidence`);
        for (const set of row.usages ?? []) {
          expectThat(set.length > 0 && set.every((usage) => USAGES.includes(usage)), `${where} has an unknown usage`);
        }
        for (const [name, range] of limitsOf(row)) {
          expectThat(range.minimum >= 0 && range.minimum <= range.maximum, `${where} has an empty range for ${name}`);
        }
      }
      const { label, description } = capabilities.declaration;
      for (const limit of [label, ...(description === undefined ? [] : [description])]) {
        expectThat(limit.minimumBytes <= limit.maximumBytes && limit.maximumBytes > 0, "a text limit is empty");
      }
    },
  },
  {
    ...always,
    id: "declaration.usable",
    title: "Whatever uses a key, some key of the type can be had for it",
    requirement: "Capability model: an operation on a key type that no key can ever have is a claim nobody can check.",
    async run({ capabilities }) {
      for (const row of capabilities.declaration.rows) {
        const usage = requiredUsage(row.operation);
        if (usage === undefined) continue;
        for (const keyType of row.keyTypes) {
          const ways = OPERATIONS.filter((operation) => operation === "create" || operation.startsWith("import:"));
          const rows = [
            ...ways.flatMap((operation) => capabilities.rowsFor(operation, keyType)),
            ...derivedInto(capabilities, keyType),
          ];
          const can = rows.some((way) => way.usages === undefined || way.usages.some((set) => set.includes(usage)));
          expectThat(
            can || rows.length === 0,
            `it declares \`${row.operation}\` for ${keyType}, but no way to make a ${keyType} key with the usage ${usage}`,
          );
        }
      }
    },
  },
  {
    ...always,
    id: "declaration.explain",
    title: "`explain` answers as the declaration says",
    requirement:
      "Provider.explain: yes or no from the declaration alone, with a reason, for every key type, operation and algorithm.",
    async run({ bare, capabilities }) {
      for (const operation of OPERATIONS) {
        for (const keyType of KEY_TYPES) {
          for (const algorithm of [undefined, ...ALGORITHMS_OF[operation]]) {
            const asked = { operation, keyType, ...(algorithm === undefined ? {} : { algorithm }) };
            const own = bare.explain(asked);
            const expected = explain(capabilities, asked);
            const name = `${operation} ${algorithm ?? ""} on ${keyType}`;
            expectThat(
              own.supported === expected.supported,
              `explain says ${String(own.supported)} to ${name}, the declaration ${String(expected.supported)}`,
            );
            expectThat(own.supported || own.reason !== "", `explain gives no reason against ${name}`);
          }
        }
      }
    },
  },
];

function derivedInto(capabilities: Parameters<Check["run"]>[0]["capabilities"], keyType: (typeof KEY_TYPES)[number]) {
  return [
    ...capabilities.rows("derive:ecdh").filter((row) => row.targets?.includes(keyType) !== false),
    ...capabilities.rowsFor("derive:hd", keyType),
  ];
}

function limitsOf({ limits }: CapabilityRow): (readonly [LimitName, ByteRange])[] {
  return LIMIT_NAMES.flatMap((name) => {
    const range = limits?.[name];
    return range === undefined ? [] : [[name, range] as const];
  });
}
