import { KeyrailError } from "@keyrail/core";
import { newId } from "../ids.ts";
import { type Fault, type FaultAction, faultSchema } from "./fault.ts";

/** A rule in force, with how often it has hit. */
export interface ArmedFault extends Fault {
  readonly id: string;
  readonly hits: number;
}

/** What a rule is held against. */
export interface FaultTarget {
  readonly method: string;
  readonly path: string;
  /** Of the endpoint table; absent when no row matches. */
  readonly pattern: string | undefined;
  readonly operation: string | undefined;
}

interface Rule {
  readonly id: string;
  readonly fault: Fault;
  seen: number;
  hits: number;
}

/** The fault plan of an emulator: rules in the order they were added. */
export class FaultPlan {
  #rules: Rule[] = [];

  /** Arms a rule. @throws KeyrailError `InvalidRequest` when it is malformed. Returns its id. */
  add(fault: Fault): string {
    const parsed = faultSchema.safeParse(fault);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw new KeyrailError(
        "InvalidRequest",
        `The fault is malformed: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`,
        {
          path: issue?.path.join(".") ?? "",
        },
      );
    }
    const id = newId("fault");
    this.#rules.push({ id, fault: parsed.data, seen: 0, hits: 0 });
    return id;
  }

  /** Takes back one rule, or all. */
  clear(id?: string): void {
    this.#rules = id === undefined ? [] : this.#rules.filter((rule) => rule.id !== id);
  }

  list(): readonly ArmedFault[] {
    return this.#rules.map(({ id, fault, hits }) => ({ ...fault, id, hits }));
  }

  /** The actions that hit a request, in order; counts them. */
  take(target: FaultTarget): readonly FaultAction[] {
    if (this.#rules.length === 0) return [];
    const actions: FaultAction[] = [];
    for (const rule of this.#rules) {
      if (!matches(rule.fault, target)) continue;
      rule.seen++;
      const times = rule.fault.times ?? 1;
      if (rule.seen <= (rule.fault.skip ?? 0) || (times !== "always" && rule.hits >= times)) continue;
      rule.hits++;
      actions.push(rule.fault.action);
    }
    return actions;
  }
}

function matches({ match }: Fault, target: FaultTarget): boolean {
  if (match === undefined) return true;
  const { method, path, operation } = match;
  return (
    (method === undefined || method === target.method) &&
    (path === undefined || path === target.path || path === target.pattern) &&
    (operation === undefined || operation === target.operation)
  );
}
