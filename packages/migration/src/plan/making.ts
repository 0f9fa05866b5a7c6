/** Which request makes a key at the target that is as the old one, and what that key will be. */

import {
  type Algorithm,
  type CapabilityRow,
  type CompiledCapabilities,
  explain,
  type OperationDescriptor,
  type PrivateKeyFormat,
  type Usage,
} from "@keyrail/core";
import type { UsableKey } from "./key-uses.ts";
import type { TargetRequest } from "./plan.ts";

/** A request without the names of the key. */
export type NamelessRequest = Omit<TargetRequest, "label" | "description">;

/** What has to be made. */
export interface WantedKey extends UsableKey {
  readonly extractable: boolean;
}

/** A request that the target takes, and the key that it makes. */
export interface Making {
  readonly row: CapabilityRow;
  readonly request: NamelessRequest;
  readonly made: WantedKey;
}

/** What the target refuses, in its own words. */
export interface Refused {
  readonly lacks: OperationDescriptor;
  readonly reason: string;
  readonly nearest?: string;
}

/** How the key is to be made. */
export interface Means {
  readonly operation: TargetRequest["operation"];
  /** `import:private`: every form the source may give the key in; the target has to take them all. */
  readonly formats?: readonly PrivateKeyFormat[];
}

interface Attributes {
  readonly usages: readonly Usage[];
  readonly algorithms: readonly Algorithm[] | undefined;
  readonly extractable: boolean;
}

/**
 * The request for a key with these attributes: the nearest one that the target's rows allow. Usages that need the public
 * half alone are left out where the target has none of them; being extractable is left out where it can't be kept.
 *
 * @param restriction algorithms to restrict the key to; absent: none.
 */
export function findMaking(
  target: CompiledCapabilities,
  wanted: WantedKey,
  means: Means,
  restriction: readonly Algorithm[] | undefined,
): Making | Refused {
  const choices = usageChoices(wanted);
  for (const usages of choices) {
    for (const extractable of wanted.extractable ? [true, false] : [false]) {
      const attributes = { usages, algorithms: restriction, extractable };
      const row = rowFor(target, descriptorOf(wanted, means.operation, attributes), means.formats);
      if (row !== undefined) return makingBy(row, wanted, means.operation, attributes);
    }
  }
  return refusalOf(target, wanted, means, {
    usages: choices.at(-1) ?? [],
    algorithms: restriction,
    extractable: false,
  });
}

/** Sets of usages to ask for, the fullest first. */
function usageChoices({ half, usages }: WantedKey): readonly (readonly Usage[])[] {
  if (half !== "public") {
    const secret = usages.filter((usage) => usage !== "verify");
    return secret.length === usages.length || secret.length === 0 ? [usages] : [usages, secret];
  }
  const others = usages.filter((usage) => usage !== "agree" && usage !== "derive");
  if (others.length === usages.length) return [usages];
  // To be the peer of an agreement is either of the two, as the provider has it.
  return [usages, [...others, "agree"], [...others, "derive"]];
}

function descriptorOf(
  { keyType, master }: WantedKey,
  operation: Means["operation"],
  { usages, algorithms, extractable }: Attributes,
): OperationDescriptor {
  return {
    operation,
    keyType,
    usages,
    ...(algorithms === undefined ? {} : { keyAlgorithms: algorithms }),
    ...(master === undefined ? {} : { hierarchical: master }),
    ...(extractable ? { extractable } : {}),
  };
}

/** The row that takes the request, with every form of the key. */
function rowFor(
  target: CompiledCapabilities,
  descriptor: OperationDescriptor,
  formats: Means["formats"],
): CapabilityRow | undefined {
  const rows = (formats ?? [undefined]).map((privateFormat) => {
    const answer = explain(target, privateFormat === undefined ? descriptor : { ...descriptor, privateFormat });
    return answer.supported ? answer.row : undefined;
  });
  return rows.includes(undefined) ? undefined : rows[0];
}

function makingBy(
  row: CapabilityRow,
  wanted: WantedKey,
  operation: Means["operation"],
  { usages: asked, algorithms, extractable: askedExtractable }: Attributes,
): Making {
  const { keyType, half, master } = wanted;
  const whole = row.usages?.find((set) => asked.every((usage) => set.includes(usage)));
  const usages = row.always?.includes("usages") === true && whole !== undefined ? whole : asked;
  const extractable = askedExtractable || (row.always?.includes("extractable") === true && row.extractable === true);
  const only = algorithms ?? row.defaultKeyAlgorithms;
  return {
    row,
    request: {
      operation,
      keyType,
      usages,
      ...(algorithms === undefined ? {} : { algorithms }),
      ...(master === undefined ? {} : { hierarchical: master }),
      ...(extractable ? { extractable } : {}),
    },
    made: {
      keyType,
      half,
      usages,
      ...(only === undefined ? {} : { algorithms: only }),
      ...(master === undefined ? {} : { master }),
      extractable,
    },
  };
}

/** What is refused first when one attribute after the other is asked for: the plainest request that can't be had. */
function refusalOf(
  target: CompiledCapabilities,
  wanted: WantedKey,
  { operation, formats = [] }: Means,
  { usages, algorithms }: Attributes,
): Refused {
  const { keyType, master } = wanted;
  const parts: readonly Partial<OperationDescriptor>[] = [
    {},
    ...(master === undefined ? [] : [{ hierarchical: master }]),
    { usages },
    ...(algorithms === undefined ? [] : [{ keyAlgorithms: algorithms }]),
    ...formats.map((privateFormat) => ({ privateFormat })),
  ];
  let descriptor: OperationDescriptor = { operation, keyType };
  for (const part of parts) {
    descriptor = { ...descriptor, ...part };
    const refused = refusedBy(target, descriptor);
    if (refused !== undefined) return refused;
  }
  throw new TypeError("A request that was refused as a whole is refused in one of its parts.");
}

/** The refusal of a descriptor; undefined when the target takes it. */
export function refusedBy(target: CompiledCapabilities, descriptor: OperationDescriptor): Refused | undefined {
  const answer = explain(target, descriptor);
  if (answer.supported) return undefined;
  const { reason, nearest } = answer;
  return { lacks: descriptor, reason, ...(nearest === undefined ? {} : { nearest }) };
}
