/** What is different for the user afterwards, as far as it follows from the kind of key. */

import type { CapabilityRow, CompiledCapabilities, KeyType, LimitName, Usage } from "@keyrail/core";
import { type KeyUse, nameOfUse, usesOf } from "./key-uses.ts";
import type { KeyShape, Move } from "./key-move.ts";
import type { Making } from "./making.ts";
import type { PlannedChange } from "./plan.ts";

/** Nothing, in a table. */
export const NONE = "-";

/** Key types whose public keys are commonly addresses of accounts. */
const ADDRESSED: readonly KeyType[] = ["secp256k1", "stark", "Ed25519"];

/** Changes that every key of the shape meets. */
export function changesOf(
  { shape, uses }: Move,
  strategy: "import" | "rotate",
  making: Making,
  ends: { readonly source: CompiledCapabilities; readonly target: CompiledCapabilities },
): PlannedChange[] {
  const { made } = making;
  const newUses = usesOf(ends.target, made);
  return [
    ...(strategy === "rotate" ? rotationChanges(shape) : []),
    ...difference("custody", ends.source.declaration.custody, ends.target.declaration.custody),
    ...difference("usages", shape.usages.join(", "), made.usages.join(", "), sameSet(shape.usages, made.usages)),
    ...difference("extractable", yesOrNo(shape.extractable), yesOrNo(made.extractable)),
    ...algorithmChanges(uses, newUses),
    ...limitChanges(uses, newUses),
    ...behaviourChanges(uses, newUses),
    ...(shape.child ? [{ what: "hierarchy", from: "child of a master key", to: "a key of its own" } as const] : []),
  ];
}

function difference(
  what: PlannedChange["what"],
  from: string,
  to: string,
  same: boolean = from === to,
): PlannedChange[] {
  return same ? [] : [{ what, from, to }];
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((item) => right.includes(item));
}

function yesOrNo(value: boolean): string {
  return value ? "yes" : "no";
}

function rotationChanges({ keyType, usages, master }: KeyShape): PlannedChange[] {
  const changes: PlannedChange[] = [];
  if (usages.includes("sign") && ADDRESSED.includes(keyType)) {
    changes.push({ what: "address", from: "those of the old key", to: "others; what the old ones hold stays there" });
  }
  if (master !== undefined) {
    changes.push({
      what: "hierarchy",
      from: `${master} children of the old key`,
      to: "children of the new key: others",
    });
  }
  const bound = usages.filter((usage) => bindsData(usage) && !(usage === "derive" && master !== undefined));
  if (bound.length > 0) changes.push({ what: "old data", from: bound.join(", "), to: "needs the old key" });
  return changes;
}

/** Whether what was done with a key needs the same key again. */
function bindsData(usage: Usage): boolean {
  return usage !== "sign" && usage !== "verify";
}

/** Uses lost and gained. Verifying is told by the usages alone: it needs no key of anybody. */
function algorithmChanges(old: readonly KeyUse[], made: readonly KeyUse[]): PlannedChange[] {
  const lost = usesWithout(old, made);
  const gained = usesWithout(made, old);
  return [...difference("algorithms", lost, NONE), ...difference("algorithms", NONE, gained)];
}

/**
 * The uses that others do not have, in words: by operation, then by algorithm; with forms of input and target types only
 * where a part of them is missing.
 */
function usesWithout(uses: readonly KeyUse[], others: readonly KeyUse[]): string {
  const there = new Set(others.map(nameOfUse));
  const operations = new Map<string, Set<string>>();
  for (const use of uses) {
    if (use.operation === "verify" || there.has(nameOfUse(use))) continue;
    const partly = others.some(
      ({ operation, algorithm }) => operation === use.operation && algorithm === use.algorithm,
    );
    const detail = [
      use.target === undefined ? "" : `into ${use.target}`,
      use.input === undefined ? "" : `(${use.input})`,
    ];
    const words = [use.algorithm ?? "", ...(partly ? detail : [])].filter((word) => word !== "").join(" ");
    const algorithms = operations.get(use.operation);
    if (algorithms === undefined) operations.set(use.operation, new Set([words]));
    else algorithms.add(words);
  }
  const texts = [...operations].map(([operation, words]) => `${operation} ${[...words].join(", ")}`.trimEnd());
  return texts.length === 0 ? NONE : texts.join("; ");
}

/** Lengths that are narrower, optional parameters and encodings that are gone, in uses that are kept. */
function limitChanges(old: readonly KeyUse[], made: readonly KeyUse[]): PlannedChange[] {
  const changes = new Map<string, PlannedChange>();
  for (const { use, before, after } of pairs(old, made)) {
    let name: LimitName;
    const limits = after.limits ?? {};
    for (name in limits) {
      const now = limits[name];
      const was = before.limits?.[name];
      if (now === undefined || (was !== undefined && was.minimum >= now.minimum && was.maximum <= now.maximum))
        continue;
      const text = `${use.operation}: ${name} ${range(now)}`;
      changes.set(text, { what: "limits", from: `${use.operation}: ${name} ${range(was)}`, to: text });
    }
    const options = [...(before.parameters ?? []), ...(before.formats ?? [])];
    const kept: readonly string[] = [...(after.parameters ?? []), ...(after.formats ?? [])];
    for (const option of options) {
      if (kept.includes(option)) continue;
      const text = `${use.operation}${use.algorithm === undefined ? "" : ` ${use.algorithm}`}: ${option}`;
      changes.set(text, { what: "limits", from: text, to: NONE });
    }
  }
  return [...changes.values()];
}

function range(bytes: { readonly minimum: number; readonly maximum: number } | undefined): string {
  if (bytes === undefined) return "of any length";
  const { minimum, maximum } = bytes;
  return minimum === maximum ? `${minimum} bytes` : `${minimum} to ${maximum} bytes`;
}

/** What the target's rows say to careful users, where the source's do not say the same. */
function behaviourChanges(old: readonly KeyUse[], made: readonly KeyUse[]): PlannedChange[] {
  const known = new Set(old.map(({ row }) => row.note));
  const notes = new Set([...pairs(old, made)].map(({ after }) => after.note));
  return [...notes]
    .filter((note) => note !== undefined && !known.has(note))
    .map((note) => ({ what: "behaviour", from: NONE, to: note ?? NONE }));
}

/** Uses that are kept, with the rows of both ends. */
function* pairs(
  old: readonly KeyUse[],
  made: readonly KeyUse[],
): Generator<{ readonly use: KeyUse; readonly before: CapabilityRow; readonly after: CapabilityRow }> {
  const rows = new Map(made.map((use) => [nameOfUse(use), use.row]));
  for (const use of old) {
    const after = rows.get(nameOfUse(use));
    if (after !== undefined) yield { use, before: use.row, after };
  }
}
