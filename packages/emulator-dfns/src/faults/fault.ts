/**
 * Faults as data: rules that say which requests they hit and what then goes wrong. Given by program or over the control
 * endpoint, they are the same JSON.
 */

import { z } from "zod";

/** What goes wrong. */
export type FaultAction =
  /** Waits before anything happens. */
  | { readonly kind: "delay"; readonly milliseconds: number }
  /** Closes the connection: `before` the request has any effect, or `after` it without an answer. */
  | { readonly kind: "drop"; readonly when: "before" | "after" }
  /** As `drop`, but with a TCP reset. */
  | { readonly kind: "reset"; readonly when: "before" | "after" }
  /** Takes effect, sends the headers and the first `bytes` bytes of the body, then closes. */
  | { readonly kind: "close-mid-body"; readonly bytes: number }
  /** Answers with an error of the API's form and has no effect. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly message?: string;
      readonly retryAfterSeconds?: number;
    }
  /** Answers with exactly this, `before` or `after` the effect: for clients that must survive anything. */
  | {
      readonly kind: "respond";
      readonly when: "before" | "after";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly bodyBase64: string;
    }
  /** The bearer token of the request expires now, for good. */
  | { readonly kind: "expire-token" }
  /** The challenge (on `/auth/action`) or user action (elsewhere) of the request counts as expired. */
  | { readonly kind: "expire-user-action" }
  /**
   * A signature request needs an approval. `decision` comes by itself at the `afterPolls`-th reading of the signature;
   * `none` waits for a decision over the API or the control endpoint.
   */
  | { readonly kind: "approval"; readonly decision: "none" | "approve" | "deny"; readonly afterPolls: number }
  /** A signature request answers `Executing`; it is signed at the `polls`-th reading. */
  | { readonly kind: "executing"; readonly polls: number };

/** One rule of the plan. */
export interface Fault {
  /** Requests it can hit: all when absent. Every member given must agree. */
  readonly match?: {
    readonly method?: string;
    /** A path as sent, or a pattern as in the endpoint table (`/keys/:keyId`). */
    readonly path?: string;
    /** Operation name, such as `CreateKey`. */
    readonly operation?: string;
  };
  /** Matching requests let through first; 0 by default. */
  readonly skip?: number;
  /** Matching requests then hit; 1 by default. */
  readonly times?: number | "always";
  readonly action: FaultAction;
}

/** What a fault changes inside the handling of a request. */
export interface FaultEffects {
  readonly expireUserAction: boolean;
  readonly approval: { readonly decision: "none" | "approve" | "deny"; readonly afterPolls: number } | undefined;
  /** Readings until the signature is made; 0: made at once. */
  readonly executingPolls: number;
}

export const noEffects: FaultEffects = { expireUserAction: false, approval: undefined, executingPolls: 0 };

const count = z.int().min(0);
const when = z.enum(["before", "after"]);
const status = z.int().min(200).max(599);

/** The JSON of a {@link Fault}. */
export const faultSchema: z.ZodType<Fault> = z.strictObject({
  match: z
    .strictObject({
      method: z.string().exactOptional(),
      path: z.string().exactOptional(),
      operation: z.string().exactOptional(),
    })
    .exactOptional(),
  skip: count.exactOptional(),
  times: z.union([z.int().min(1), z.literal("always")]).exactOptional(),
  action: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("delay"), milliseconds: count.max(600_000) }),
    z.strictObject({ kind: z.literal("drop"), when }),
    z.strictObject({ kind: z.literal("reset"), when }),
    z.strictObject({ kind: z.literal("close-mid-body"), bytes: count }),
    z.strictObject({
      kind: z.literal("status"),
      status,
      message: z.string().exactOptional(),
      retryAfterSeconds: count.exactOptional(),
    }),
    z.strictObject({
      kind: z.literal("respond"),
      when,
      status,
      headers: z.record(z.string(), z.string()).exactOptional(),
      bodyBase64: z.base64(),
    }),
    z.strictObject({ kind: z.literal("expire-token") }),
    z.strictObject({ kind: z.literal("expire-user-action") }),
    z.strictObject({ kind: z.literal("executing"), polls: z.int().min(1) }),
    z.strictObject({ kind: z.literal("approval"), decision: z.enum(["none", "approve", "deny"]), afterPolls: count }),
  ]),
});
