/** From a key's snapshot to its line in the plan. */

import { type CompiledCapabilities, printable } from "@keyrail/core";
import { changesOf, NONE } from "./changes.ts";
import { needsOf, proofOf, requestsOf, unprovableReason } from "./effort.ts";
import { fitText } from "./fit-text.ts";
import { decideMove, type Ends, type KeyShape, type Move } from "./key-move.ts";
import type { Making } from "./making.ts";
import type { KeySnapshot, PlanHeader, PlannedChange, PlannedKey } from "./plan.ts";
import type { HeldKey } from "./target-index.ts";

/** What a planner decides by. */
export interface KeyPlannerOptions extends Ends {
  readonly header: PlanHeader;
}

/** One key to plan. */
export interface KeyToPlan {
  readonly ordinal: number;
  readonly source: KeySnapshot;
  /** Of the public key; undefined for a secret one. */
  readonly thumbprint: string | undefined;
}

/** Plans key after key. */
export interface KeyPlanner {
  /**
   * @param held keys of the target with the same public half.
   * @param copied whether an earlier key of the plan brings this public key to the target.
   */
  plan(key: KeyToPlan, held: readonly HeldKey[], copied: boolean): PlannedKey;
}

/** What all keys of a shape have in common in the plan. */
type Template = Pick<PlannedKey, "strategy" | "reason" | "needs" | "proof" | "requests"> & {
  readonly move: Move;
  readonly making?: Making;
  readonly changes: readonly PlannedChange[];
  readonly lacks?: PlannedKey["lacks"];
};

/** Shapes remembered: more kinds of keys than any vocabulary makes. */
const MAXIMUM_SHAPES = 10_000;
const SHOWN = 60;

/** A planner for one plan. Keys that are alike but for identity and names are decided once. */
export function keyPlanner(options: KeyPlannerOptions): KeyPlanner {
  const templates = new Map<string, Template>();
  return {
    plan(key, held, copied) {
      const shape = shapeOf(key.source);
      const name = JSON.stringify(shape);
      let template = templates.get(name);
      if (template === undefined) {
        template = templateOf(shape, options);
        if (templates.size < MAXIMUM_SHAPES) templates.set(name, template);
      }
      const found = held.find((candidate) => serves(candidate, template));
      if (found !== undefined && template.strategy !== "retain") return adopted(key, found, template, options);
      const taken = template.strategy === "import" && template.making?.row.unique === true;
      if (taken && copied) return retained(key, copiedReason(options), options);
      if (taken && held[0] !== undefined) return retained(key, heldReason(held[0], options), options);
      return planned(key, template, options);
    },
  };
}

function shapeOf({ keyType, half, usages, algorithms, extractable, hierarchical }: KeySnapshot): KeyShape {
  return {
    keyType,
    half,
    usages,
    ...(algorithms === undefined ? {} : { algorithms }),
    extractable,
    ...(hierarchical?.master === true ? { master: hierarchical.scheme } : {}),
    child: hierarchical?.path !== undefined,
  };
}

function templateOf(shape: KeyShape, options: KeyPlannerOptions): Template {
  const move = decideMove(shape, options, options.header.options);
  const { way } = move;
  const nothing = { source: 0, target: 0 };
  if (way.strategy === "retain") {
    const { reason, lacks } = way;
    const stays = { strategy: "retain", reason, needs: [], proof: "none", requests: nothing, changes: [] } as const;
    return { ...stays, move, ...(lacks === undefined ? {} : { lacks }) };
  }
  const { strategy, making } = way;
  return {
    move,
    making,
    strategy,
    reason: reasonOf(way, move, options),
    needs: needsOf(strategy, move, making, options),
    proof: proofOf(strategy, move),
    requests: requestsOf(strategy, move, making, options),
    changes: changesOf(move, strategy, making, options),
  };
}

function reasonOf(way: Exclude<Move["way"], { strategy: "retain" }>, move: Move, options: KeyPlannerOptions): string {
  const { source, target } = titles(options);
  if (way.strategy === "import") {
    return way.making.request.operation === "import:public"
      ? asSentence(`${target} takes the public key; it stays the same.`)
      : asSentence(`${source} gives the key out and ${target} takes it; it stays the same.`);
  }
  const text = `${way.notImported ?? ""} So a new key is made at ${target}.`;
  return proofOf("rotate", move) === "none" ? `${text} ${unprovableReason(move.shape)}` : text;
}

function planned(key: KeyToPlan, template: Template, options: KeyPlannerOptions): PlannedKey {
  const { strategy, reason, needs, proof, requests, making, changes, lacks } = template;
  const base = { ...identity(key, options), strategy, reason, needs, proof, requests };
  if (making === undefined) return { ...base, changes, ...(lacks === undefined ? {} : { lacks }) };
  const { label, description } = options.target.declaration;
  const newLabel = fitText(key.source.label, label);
  const oldDescription = key.source.description;
  const newDescription =
    oldDescription === undefined || description === undefined ? undefined : fitText(oldDescription, description);
  return {
    ...base,
    changes: [
      ...(strategy === "rotate" && key.thumbprint !== undefined
        ? [{ what: "public key", from: key.thumbprint, to: "a new one" } as const]
        : []),
      ...textChange("label", key.source.label, newLabel),
      ...textChange("description", oldDescription, newDescription),
      ...changes,
    ],
    target: {
      ...making.request,
      label: newLabel,
      ...(newDescription === undefined ? {} : { description: newDescription }),
    },
  };
}

function textChange(what: "label" | "description", from: string | undefined, to: string | undefined): PlannedChange[] {
  return from === to ? [] : [{ what, from: shown(from), to: shown(to) }];
}

function shown(text: string | undefined): string {
  return text === undefined ? NONE : JSON.stringify(printable(text.toWellFormed(), SHOWN));
}

function adopted(key: KeyToPlan, found: HeldKey, { move }: Template, options: KeyPlannerOptions): PlannedKey {
  return {
    ...identity(key, options),
    strategy: "adopt",
    reason: asSentence(`${titles(options).target} holds this key already.`),
    needs: [],
    proof: proofOf("adopt", move),
    requests: requestsOf("adopt", move, undefined, options),
    changes: adoptionChanges(key.source, found, options),
    existing: found.uri,
  };
}

function adoptionChanges(source: KeySnapshot, found: HeldKey, { header }: KeyPlannerOptions): PlannedChange[] {
  const [before, after] = [source.usages.join(", "), found.usages.join(", ")];
  return [
    ...(header.source.custody === header.target.custody
      ? []
      : [{ what: "custody", from: header.source.custody, to: header.target.custody } as const]),
    ...(before === after ? [] : [{ what: "usages", from: before, to: after } as const]),
  ];
}

/** Whether a key of the target can do all that the old one must still be able to. */
function serves(held: HeldKey, { move, making }: Template): boolean {
  if (making === undefined) return false;
  const { shape, required } = move;
  if (shape.half === "private" && held.half !== "private") return false;
  if (shape.master !== undefined && !held.master) return false;
  return (
    making.request.usages.every((usage) => held.usages.includes(usage)) &&
    required.every((group) =>
      group.some(
        ({ algorithm }) =>
          algorithm === undefined || held.algorithms === undefined || held.algorithms.includes(algorithm),
      ),
    )
  );
}

function retained(key: KeyToPlan, reason: string, options: KeyPlannerOptions): PlannedKey {
  return {
    ...identity(key, options),
    strategy: "retain",
    reason,
    needs: [],
    proof: "none",
    requests: { source: 0, target: 0 },
    changes: [],
  };
}

function copiedReason(options: KeyPlannerOptions): string {
  const { target } = titles(options);
  return asSentence(
    `${target} takes a public key once, and another key of this plan brings this one; switch its aliases to that key.`,
  );
}

function heldReason(held: HeldKey, options: KeyPlannerOptions): string {
  const { target } = titles(options);
  return asSentence(
    `${target} takes a public key once and holds this one as ${held.uri}, which can't do all that this key is used for. Remove that one first, or plan without imports.`,
  );
}

function identity(
  { ordinal, source }: KeyToPlan,
  { header }: KeyPlannerOptions,
): Pick<PlannedKey, "ordinal" | "source" | "operationKey"> {
  return { ordinal, source, operationKey: `${header.id}-${ordinal}` };
}

function titles({ source, target }: { readonly source: CompiledCapabilities; readonly target: CompiledCapabilities }): {
  readonly source: string;
  readonly target: string;
} {
  return { source: inSentence(source.declaration.title), target: inSentence(target.declaration.title) };
}

function inSentence(title: string): string {
  return title.replace(/^The /, "the ");
}

function asSentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
