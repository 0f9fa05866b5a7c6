/** What moving a key takes: how its new key is tied to the old one, what must hold first, how many requests it costs. */

import type { CapabilityRow, CompiledCapabilities, Operation, RequestCosts } from "@keyrail/core";
import type { KeyShape, Move } from "./key-move.ts";
import { type KeyUse, usesOf } from "./key-uses.ts";
import type { Making } from "./making.ts";
import type { PlannedNeed, ProofKind } from "./plan.ts";

/** Requests at each end. */
export interface Requests {
  readonly source: number;
  readonly target: number;
}

/** How a key of this shape is tied to its successor. */
export function proofOf(strategy: "import" | "rotate" | "adopt", { uses }: Pick<Move, "uses">): ProofKind {
  if (strategy !== "rotate") return "same-key";
  const can = (operation: Operation): boolean => uses.some((use) => use.operation === operation);
  if (can("sign")) return "succession-signature";
  if (can("agree") || can("decapsulate")) return "succession-agreement";
  return can("mac") ? "succession-mac" : "none";
}

/** Why the old key can prove nothing, for the reason of a rotation without a proof. */
export function unprovableReason({ keyType }: KeyShape): string {
  return `The old ${keyType} key can prove nothing about its successor: none of its uses leaves a trace that others can check.`;
}

/** Conditions of the rows that the move goes through. */
export function needsOf(
  strategy: "import" | "rotate",
  { shape, uses }: Pick<Move, "shape" | "uses">,
  making: Making,
  { source, target }: { readonly source: CompiledCapabilities; readonly target: CompiledCapabilities },
): PlannedNeed[] {
  const exports = making.request.operation === "import:public" ? [] : source.rowsFor("export", shape.keyType);
  const proving = proofOf("rotate", { uses });
  const sourceRows = strategy === "import" ? exports.slice(0, 1) : rowsOfProof(uses, proving);
  const targetRows = [making.row, ...rowsOfProof(usesOf(target, making.made), proving)];
  const needs = [...conditionsOf("source", sourceRows), ...conditionsOf("target", targetRows)];
  return [...new Map(needs.map((need) => [`${need.side} ${need.text}`, need])).values()];
}

function rowsOfProof(uses: readonly KeyUse[], proof: ProofKind): CapabilityRow[] {
  const operations = PROVING[proof];
  return uses.filter(({ operation }) => operations.includes(operation)).map(({ row }) => row);
}

const PROVING: Readonly<Record<ProofKind, readonly Operation[]>> = {
  "same-key": [],
  "succession-signature": ["sign"],
  "succession-agreement": ["agree", "decapsulate"],
  "succession-mac": ["mac"],
  none: [],
};

function conditionsOf(side: PlannedNeed["side"], rows: readonly CapabilityRow[]): PlannedNeed[] {
  return rows.flatMap(({ conditions = [] }) => conditions.map(({ kind, text }) => ({ side, kind, text })));
}

/**
 * Requests of moving one key, when nothing goes wrong and nobody has to approve:
 *
 * - every new key is made, its public half read, and used once to verify it;
 * - an import takes one export; a secret key is besides used once at either end, to compare;
 * - a rotation takes one proving use of either key.
 */
export function requestsOf(
  strategy: "import" | "rotate" | "adopt" | "retain",
  { shape, uses }: Pick<Move, "shape" | "uses">,
  operation: Operation | undefined,
  { source, target }: { readonly source: CompiledCapabilities; readonly target: CompiledCapabilities },
): Requests {
  if (strategy === "retain") return { source: 0, target: 0 };
  const proving = provingOperation(uses);
  const read = shape.half === "secret" ? [] : (["get-public"] as const);
  const atSource: (Operation | "get-public")[] = [];
  const atTarget: (Operation | "get-public")[] = [...(operation === undefined ? [] : [operation]), ...read];
  if (operation === "import:private" || operation === "import:secret") atSource.push("export");
  if (strategy === "rotate" && proving !== undefined) {
    atSource.push(proving);
    atTarget.push(proving);
  }
  if (strategy !== "rotate" && shape.half === "secret" && proving !== undefined) {
    atSource.push(proving);
    atTarget.push(proving);
  }
  if (operation !== "import:public" && proving !== undefined) atTarget.push(...VERIFYING[proving]);
  return { source: sum(source, atSource), target: sum(target, atTarget) };
}

/** The operation that proves who holds a key. */
function provingOperation(uses: readonly KeyUse[]): Proving | undefined {
  return PROVING_ORDER.find((operation) => uses.some((use) => use.operation === operation));
}

const PROVING_ORDER = ["sign", "agree", "decapsulate", "mac", "encrypt", "wrap"] as const;
type Proving = (typeof PROVING_ORDER)[number];

/** How a new key is tried out. */
const VERIFYING: Readonly<Record<Proving, readonly Operation[]>> = {
  sign: ["sign"],
  agree: ["agree"],
  decapsulate: ["decapsulate"],
  mac: ["mac"],
  encrypt: ["encrypt", "decrypt"],
  wrap: ["wrap", "unwrap"],
};

function sum(capabilities: CompiledCapabilities, calls: readonly (Operation | "get-public")[]): number {
  const costs = capabilities.declaration.pace?.requests;
  if (costs === undefined) return 0;
  const requests = calls.reduce((total, call) => total + costOf(costs, call), 0);
  return requests + (calls.some(isUse) ? (costs.firstUse ?? 0) : 0);
}

function costOf({ each, operations = {} }: RequestCosts, call: Operation | "get-public"): number {
  return operations[call] ?? each;
}

function isUse(call: Operation | "get-public"): boolean {
  return call !== "get-public" && call !== "create" && !call.startsWith("import:");
}
