import { hash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { CompactMultimap } from "../compact/compact-multimap.ts";
import type { PlanFile } from "./open-plan.ts";
import type { KeySnapshot, PlannedKey } from "./plan.ts";

/** What is different about one key of the source. */
export type PlanDifference =
  | { readonly kind: "added" | "gone"; readonly key: PlannedKey }
  | {
      readonly kind: "changed";
      readonly before: PlannedKey;
      readonly after: PlannedKey;
      /** Members that differ: of the plan's key, and of its snapshot as `source.label`. */
      readonly members: readonly string[];
    };

const OFFSET_BYTES = 6;
const SEEN = OFFSET_BYTES;

/**
 * Compares two plans by the URIs of the source's keys: first the keys of the later plan that are new or planned otherwise, in
 * its order, then those of the earlier plan that are gone. Keys that only changed their place are equal. Some 40 bytes of
 * memory for each key.
 */
export async function* diffPlans(earlier: PlanFile, later: PlanFile): AsyncGenerator<PlanDifference, void, undefined> {
  const index = new CompactMultimap();
  for await (const { key, offset } of earlier.lines) {
    const value = Buffer.alloc(OFFSET_BYTES + 1);
    value.writeUIntBE(offset, 0, OFFSET_BYTES);
    index.add(digestOf(key), value);
  }
  for await (const after of later.keys) {
    const entry = index.get(digestOf(after)).next();
    if (entry.done === true) {
      yield { kind: "added", key: after };
      continue;
    }
    entry.value[SEEN] = 1;
    const before = await earlier.keyAt(entry.value.readUIntBE(0, OFFSET_BYTES));
    const members = differences(before, after);
    if (members.length > 0) yield { kind: "changed", before, after, members };
  }
  for (const value of index.values()) {
    if (value[SEEN] === 0) yield { kind: "gone", key: await earlier.keyAt(value.readUIntBE(0, OFFSET_BYTES)) };
  }
}

function digestOf({ source }: PlannedKey): Uint8Array {
  return hash("sha256", source.uri, "buffer");
}

const MEMBERS = ["strategy", "reason", "changes", "needs", "target", "existing", "lacks", "proof", "requests"] as const;
const SOURCE_MEMBERS: readonly (keyof KeySnapshot)[] = [
  "keyType",
  "usages",
  "algorithms",
  "label",
  "description",
  "half",
  "origin",
  "extractable",
  "hierarchical",
  "publicKey",
];

function differences(before: PlannedKey, after: PlannedKey): string[] {
  return [
    ...SOURCE_MEMBERS.filter((member) => !isDeepStrictEqual(before.source[member], after.source[member])).map(
      (member) => `source.${member}`,
    ),
    ...MEMBERS.filter((member) => !isDeepStrictEqual(before[member], after[member])),
  ];
}
