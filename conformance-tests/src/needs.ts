/** The needs of checks: what a declaration must say for a check to apply, and how its absence is verified. */

import {
  describeOperation,
  explain,
  type KeyType,
  type Operation,
  type OperationDescriptor,
  type Ports,
  type Usage,
} from "@keyrail/core";
import { usualAttributes } from "./attributes.ts";
import type { Need } from "./check.ts";
import { expectRejection } from "./expect.ts";
import { NO_SUCH_KEY } from "./refusal/attempt.ts";
import { expectRefused } from "./refusal/expect-refused.ts";

/** An operation, exactly so. When it is not declared, it must be refused with `UnsupportedCapability`. */
export function operation(descriptor: OperationDescriptor): Need {
  const extras = [
    ...(descriptor.input !== undefined && descriptor.operation === "verify" ? [`of a ${descriptor.input}`] : []),
    ...(descriptor.format === undefined ? [] : [`in ${descriptor.format}`]),
    ...(descriptor.parameters ?? []).map((parameter) => `with \`${parameter}\``),
    ...(descriptor.usages === undefined ? [] : [`for ${descriptor.usages.join(" and ")}`]),
    ...(descriptor.hierarchical === undefined ? [] : [`as a ${descriptor.hierarchical} master`]),
    ...(descriptor.extractable === true ? ["extractable"] : []),
    ...(descriptor.privateFormat === undefined ? [] : [`as ${descriptor.privateFormat}`]),
  ];
  return {
    text: [describeOperation(descriptor), ...extras].join(" "),
    met: (capabilities) => explain(capabilities, descriptor).supported,
    refused: (context) => expectRefused(context, descriptor),
  };
}

/** At least one of several operations. When none is declared, each must be refused. */
export function anyOf(text: string, descriptors: readonly OperationDescriptor[]): Need {
  return {
    text,
    met: (capabilities) => descriptors.some((descriptor) => explain(capabilities, descriptor).supported),
    async refused(context) {
      for (const descriptor of descriptors) await expectRefused(context, descriptor);
    },
  };
}

/** Any row at all of an operation. When there is none, one plausible call must be refused. */
export function anyRow(asked: Operation): Need {
  return {
    text: describeOperation({ operation: asked }),
    met: (capabilities) => capabilities.rows(asked).length > 0,
    refused: (context) => expectRefused(context, { operation: asked, keyType: PLAUSIBLE[asked] ?? "P-256" }),
  };
}

const PLAUSIBLE: Readonly<Partial<Record<Operation, KeyType>>> = {
  "import:secret": "AES-256",
  mac: "HMAC-SHA-256",
  "verify-mac": "HMAC-SHA-256",
  encrypt: "AES-256",
  decrypt: "AES-256",
  wrap: "AES-256",
  unwrap: "AES-256",
  encapsulate: "ML-KEM-768",
  decapsulate: "ML-KEM-768",
};

/** Some way to have a key of the type with the usage: create or import. */
export function holding(keyType: KeyType, usages: readonly Usage[]): Need {
  const operations: readonly Operation[] = ["create", "import:private", "import:secret"];
  return anyOf(
    `hold a ${keyType} key for ${usages.join(" and ")}`,
    operations.map((operation) => ({ operation, keyType, usages })),
  );
}

/** A port. A port that is missing is its own refusal: there is nothing to call. */
export function port(name: keyof Ports): Need {
  return { text: `the port \`${name}\``, met: (_capabilities, provider) => provider[name] !== undefined };
}

/** Features of the catalog that are declared one by one. */
export type CatalogFeature =
  | "get"
  | "list"
  | "remove"
  | "search label"
  | "search descriptionPrefix"
  | "rename label"
  | "rename description";

/** A feature of the catalog. When it is not declared, it must be refused with `UnsupportedCapability`. */
export function catalog(feature: CatalogFeature): Need {
  return {
    text: `${feature} in the catalog`,
    met({ declaration: { catalog } }) {
      if (catalog === undefined) return false;
      if (feature === "get" || feature === "list") return catalog[feature];
      if (feature === "remove") return catalog.remove !== undefined;
      if (feature === "search label") return catalog.search.includes("label");
      if (feature === "search descriptionPrefix") return catalog.search.includes("descriptionPrefix");
      return catalog.rename.includes(feature === "rename label" ? "label" : "description");
    },
    async refused({ provider }) {
      const port = provider.catalog;
      if (port === undefined) return;
      await expectRejection("UnsupportedCapability", `${feature}, which is not declared,`, async () => {
        switch (feature) {
          case "get":
            return port.get(NO_SUCH_KEY);
          case "list":
            return firstOf(port.list());
          case "remove":
            return port.remove(NO_SUCH_KEY);
          case "search label":
            return firstOf(port.search({ label: "none" }));
          case "search descriptionPrefix":
            return firstOf(port.search({ descriptionPrefix: "none" }));
          case "rename label":
            return port.rename({ key: NO_SUCH_KEY, label: "none" });
          case "rename description":
            return port.rename({ key: NO_SUCH_KEY, description: "none" });
        }
      });
    },
  };
}

async function firstOf<Item>(items: AsyncIterable<Item>): Promise<Item | undefined> {
  for await (const item of items) return item;
  return undefined;
}

/** A description is kept. When it is not declared, one must be refused and never dropped. */
export const description: Need = {
  text: "a description",
  met: ({ declaration }) => declaration.description !== undefined,
  async refused(context) {
    const row = context.capabilities.rows("create")[0];
    const keyType = row?.keyTypes[0];
    if (keyType === undefined) return;
    const usual = usualAttributes(context.capabilities, keyType, row);
    await expectRejection("UnsupportedCapability", "a description, which the provider does not keep,", () =>
      context.provider.keys.create({ keyType, ...usual, label: context.newLabel(), description: "text" }),
    );
  },
};

/** Idempotency keys are kept. When the provider declares that it keeps none, one must be refused and never ignored. */
export const idempotency: Need = {
  text: "idempotency keys",
  met: ({ declaration }) => declaration.idempotency !== "none",
  async refused(context) {
    const row = context.capabilities.rows("create")[0];
    const keyType = row?.keyTypes[0];
    if (keyType === undefined) return;
    const usual = usualAttributes(context.capabilities, keyType, row);
    await expectRejection("UnsupportedCapability", "an idempotency key, which the provider does not keep,", () =>
      context.provider.keys.create(
        { keyType, ...usual, label: context.newLabel() },
        { idempotencyKey: context.newLabel() },
      ),
    );
  },
};
