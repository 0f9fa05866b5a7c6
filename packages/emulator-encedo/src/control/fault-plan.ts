/** The fault plan: rules that make the device or its network misbehave (design, section 7). */

import { KeyrailError } from "@keyrail/core";
import { z } from "zod";

import type { EmulatorClock } from "../clock.ts";

/**
 * What goes wrong. Times are device milliseconds or seconds as named.
 *
 * - `delay`: the device takes that much longer.
 * - `stall`: no answer until the client goes away.
 * - `drop`: the connection breaks `before` or `after` the effect, without an answer.
 * - `cut`: the connection breaks after `atByte` bytes of the answer, counted from its status line or
 *   from the first body byte.
 * - `status`: that status with an empty body; without effect unless `effect` is true.
 * - `reboot`: all tokens die, `before` or `after` the effect.
 * - `clock`: the device clock jumps by that many seconds, before the effect.
 * - `deriveOutOfRange`: a derivation to a Weierstrass type is refused with 406.
 * - `oversizedBody`: the answer is JSON padded to that many bytes.
 * - `replaceBody`: the answer has this body instead.
 * - `wrongEid`: every `eid` in the answer is another device's.
 */
export type Fault =
  | { readonly kind: "delay"; readonly milliseconds: number }
  | { readonly kind: "stall" }
  | { readonly kind: "drop"; readonly when: "before" | "after"; readonly reset?: boolean | undefined }
  | {
      readonly kind: "cut";
      readonly atByte: number;
      readonly from?: "response" | "body" | undefined;
      readonly reset?: boolean | undefined;
    }
  | { readonly kind: "status"; readonly status: number; readonly effect?: boolean | undefined }
  | { readonly kind: "reboot"; readonly when: "before" | "after" }
  | { readonly kind: "clock"; readonly shiftSeconds: number }
  | { readonly kind: "deriveOutOfRange" }
  | { readonly kind: "oversizedBody"; readonly bytes: number }
  | { readonly kind: "replaceBody"; readonly content: string; readonly contentType?: string | undefined }
  | { readonly kind: "wrongEid"; readonly eid?: string | undefined };

/** Which requests a fault hits. */
export interface FaultRule {
  readonly fault: Fault;
  /** Method; any when absent. */
  readonly method?: string | undefined;
  /** Path; a trailing `*` matches every path that begins so. Any when absent. */
  readonly path?: string | undefined;
  /** Matching requests that pass before the first one is hit. 0 when absent. */
  readonly skip?: number | undefined;
  /** Requests that are hit; `"always"` has no end. 1 when absent, `"always"` with `forMilliseconds`. */
  readonly times?: number | "always" | undefined;
  /** The rule ends that many milliseconds (of the outside clock) after it was added. */
  readonly forMilliseconds?: number | undefined;
}

/** A rule of the plan with its state. */
export interface ActiveFaultRule extends FaultRule {
  readonly id: number;
  /** Requests hit so far. */
  readonly hits: number;
}

const when = z.enum(["before", "after"]);

const FaultSchema: z.ZodType<Fault> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("delay"), milliseconds: z.number().min(0) }),
  z.strictObject({ kind: z.literal("stall") }),
  z.strictObject({ kind: z.literal("drop"), when, reset: z.boolean().optional() }),
  z.strictObject({
    kind: z.literal("cut"),
    atByte: z.int().min(0),
    from: z.enum(["response", "body"]).optional(),
    reset: z.boolean().optional(),
  }),
  z.strictObject({ kind: z.literal("status"), status: z.int().min(0).max(999), effect: z.boolean().optional() }),
  z.strictObject({ kind: z.literal("reboot"), when }),
  z.strictObject({ kind: z.literal("clock"), shiftSeconds: z.number() }),
  z.strictObject({ kind: z.literal("deriveOutOfRange") }),
  z.strictObject({
    kind: z.literal("oversizedBody"),
    bytes: z
      .int()
      .min(0)
      .max(256 * 1024 * 1024),
  }),
  z.strictObject({ kind: z.literal("replaceBody"), content: z.string(), contentType: z.string().optional() }),
  z.strictObject({ kind: z.literal("wrongEid"), eid: z.string().optional() }),
]);

/** A rule as JSON, strictly: an unknown member is a mistake in a test. */
export const FaultRuleSchema: z.ZodType<FaultRule> = z.strictObject({
  fault: FaultSchema,
  method: z.string().optional(),
  path: z.string().optional(),
  skip: z.int().min(0).optional(),
  times: z.union([z.int().min(1), z.literal("always")]).optional(),
  forMilliseconds: z.number().min(0).optional(),
});

interface RuleState {
  readonly id: number;
  readonly rule: FaultRule;
  readonly endsAt: number;
  seen: number;
  hits: number;
}

/** The rules in force, in the order in which they were added; all that match apply. */
export class FaultPlan {
  readonly #clock: EmulatorClock;
  readonly #rules = new Map<number, RuleState>();
  #lastId = 0;

  constructor(clock: EmulatorClock) {
    this.#clock = clock;
  }

  /**
   * Adds a rule.
   *
   * @returns its id. Throws `InvalidConfiguration` for a rule that is not one.
   */
  add(rule: FaultRule): number {
    const parsed = FaultRuleSchema.safeParse(rule);
    if (!parsed.success) {
      throw new KeyrailError("InvalidConfiguration", `Not a fault rule: ${z.prettifyError(parsed.error)}`, {
        path: parsed.error.issues[0]?.path.join(".") ?? "",
      });
    }
    const id = (this.#lastId += 1);
    const endsAt =
      parsed.data.forMilliseconds === undefined
        ? Number.POSITIVE_INFINITY
        : this.#clock.now() + parsed.data.forMilliseconds;
    this.#rules.set(id, { id, rule: parsed.data, endsAt, seen: 0, hits: 0 });
    return id;
  }

  /** Removes a rule; false when there is none of that id. */
  remove(id: number): boolean {
    return this.#rules.delete(id);
  }

  /** Removes every rule. */
  clear(): void {
    this.#rules.clear();
  }

  /** Every rule, spent ones included. */
  list(): readonly ActiveFaultRule[] {
    return [...this.#rules.values()].map(({ id, rule, hits }) => ({ ...rule, id, hits }));
  }

  /** The faults that hit this request; counts it. */
  take(method: string, path: string): readonly Fault[] {
    const faults: Fault[] = [];
    for (const state of this.#rules.values()) {
      if (!matches(state.rule, method, path) || this.#clock.now() >= state.endsAt) continue;
      state.seen += 1;
      if (state.seen <= (state.rule.skip ?? 0) || state.hits >= allowedHits(state.rule)) continue;
      state.hits += 1;
      faults.push(state.rule.fault);
    }
    return faults;
  }
}

function matches(rule: FaultRule, method: string, path: string): boolean {
  if (rule.method !== undefined && rule.method !== method) return false;
  if (rule.path === undefined) return true;
  return rule.path.endsWith("*") ? path.startsWith(rule.path.slice(0, -1)) : rule.path === path;
}

function allowedHits(rule: FaultRule): number {
  const times = rule.times ?? (rule.forMilliseconds === undefined ? 1 : "always");
  return times === "always" ? Number.POSITIVE_INFINITY : times;
}
