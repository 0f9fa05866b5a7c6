/** What moving a key takes: how its new key is tied to the old one, what must hold first, how many requests it costs. */

import type { CapabilityRow, CompiledCapabilities, Operation } from "@keyrail/core";
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

/** What is called of a provider. */
type Call = Operation | "get" | "get-public";

/**
 * Requests of moving one key, when nothing goes wrong and nobody has to approve:
 *
 * - at the target the key is made, its public half and then its record are read, and it is used once for each usage that
 *   can be tried there, to verify it;
 * - an import takes one export; a secret key that is not new is used at both ends instead, to compare the two, and by one
 *   of its uses twice: once as the proof;
 * - a rotation takes one proving use of either key.
 *
 * @param making absent for a key that is at the target already.
 */
export function requestsOf(
  strategy: "import" | "rotate" | "adopt",
  { shape, uses }: Pick<Move, "shape" | "uses">,
  making: Making | undefined,
  { source, target }: { readonly source: CompiledCapabilities; readonly target: CompiledCapabilities },
): Requests {
  const operation = making?.request.operation;
  const atSource: Call[] = [];
  const atTarget: Call[] = [...(operation === undefined ? [] : [operation]), "get"];
  if (shape.half !== "secret") atTarget.push("get-public");
  if (operation === "import:private" || operation === "import:secret") atSource.push("export");
  if (operation !== "import:public" && shape.half !== "public") {
    const old = strategy !== "rotate" && shape.half === "secret" ? operationsOf(uses) : NO_OPERATIONS;
    let proved = false;
    for (const [first, ...others] of verifyingCalls(usesOf(target, making?.made ?? shape))) {
      const compared = old.has(first);
      if (compared) atSource.push(first);
      atTarget.push(...(compared ? others : [first, ...others]));
      if (!compared || proved) continue;
      proved = true;
      atSource.push(first);
      atTarget.push(...others);
    }
  }
  const proving = strategy === "rotate" ? provingOperation(uses) : undefined;
  if (proving !== undefined) {
    atSource.push(proving);
    atTarget.push(proving);
  }
  return { source: sum(source, atSource), target: sum(target, atTarget) };
}

const NO_OPERATIONS: ReadonlySet<Operation> = new Set();

function operationsOf(uses: readonly KeyUse[]): ReadonlySet<Operation> {
  return new Set(uses.map(({ operation }) => operation));
}

/** The operation by which a key proves its successor. */
function provingOperation(uses: readonly KeyUse[]): Operation | undefined {
  const operations = PROVING[proofOf("rotate", { uses })];
  return operations.find((operation) => uses.some((use) => use.operation === operation));
}

/** How a key is tried out, once for each usage: what a secret key closes at one end is opened at the other. */
function verifyingCalls(uses: readonly KeyUse[]): readonly Trial[] {
  const operations = operationsOf(uses);
  return VERIFYING.filter(([operation]) => operations.has(operation));
}

type Trial = readonly [Operation, ...Operation[]];

const VERIFYING: readonly Trial[] = [
  ["sign"],
  ["agree"],
  ["decapsulate"],
  ["mac", "mac"],
  ["encrypt", "decrypt"],
  ["wrap", "unwrap"],
  ["derive-output", "derive-output", "derive-output"],
];

function sum(capabilities: CompiledCapabilities, calls: readonly Call[]): number {
  const costs = capabilities.declaration.pace?.requests;
  if (costs === undefined) return 0;
  const requests = calls.reduce((total, call) => total + (costs.operations?.[call] ?? costs.each), 0);
  return requests + (calls.some(isUse) ? (costs.firstUse ?? 0) : 0);
}

function isUse(call: Call): boolean {
  return call !== "get" && call !== "get-public" && call !== "create" && !call.startsWith("import:");
}
