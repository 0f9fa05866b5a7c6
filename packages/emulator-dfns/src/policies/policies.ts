import { KeyrailError } from "@keyrail/core";
import { z } from "zod";
import { newId } from "../ids.ts";

/**
 * A policy on the activity `Wallets:Sign`, which covers signature requests (fact sheet, section 10). It always triggers:
 * raw payloads can't be inspected, so rules on values fail closed anyway.
 */
export interface Policy {
  readonly action: "RequestApproval" | "Block";
  /** One key; all when absent. */
  readonly keyId?: string;
  /** Requests of one user; all when absent. */
  readonly userId?: string;
}

export const policySchema: z.ZodType<Policy> = z.strictObject({
  action: z.enum(["RequestApproval", "Block"]),
  keyId: z.string().exactOptional(),
  userId: z.string().exactOptional(),
});

export interface Verdict {
  readonly action: Policy["action"] | "NoAction";
  /** The policies that triggered. */
  readonly policyIds: readonly string[];
}

/** The policies in force. They are set by program or over the control endpoint; the policy API itself is not emulated. */
export class Policies {
  readonly #policies = new Map<string, Policy>();

  /** Returns the policy's id. @throws KeyrailError `InvalidRequest` when it is malformed. */
  add(policy: Policy): string {
    const parsed = policySchema.safeParse(policy);
    if (!parsed.success) throw new KeyrailError("InvalidRequest", "The policy is malformed.", { path: "policy" });
    const id = newId("po");
    this.#policies.set(id, parsed.data);
    return id;
  }

  /** Takes back one policy, or all. */
  clear(id?: string): void {
    if (id === undefined) this.#policies.clear();
    else this.#policies.delete(id);
  }

  evaluate(keyId: string, userId: string): Verdict {
    const triggered = [...this.#policies].filter(
      ([, policy]) => (policy.keyId ?? keyId) === keyId && (policy.userId ?? userId) === userId,
    );
    const policyIds = triggered.map(([id]) => id);
    if (triggered.some(([, { action }]) => action === "Block")) return { action: "Block", policyIds };
    return { action: triggered.length > 0 ? "RequestApproval" : "NoAction", policyIds };
  }
}
