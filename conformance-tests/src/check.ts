/** A check as data. */

import type { CompiledCapabilities, Provider } from "@keyrail/core";
import type { CheckContext } from "./context.ts";

/** Groups of checks, in the order in which they run and are printed. */
export const CHECK_GROUPS = [
  "declaration",
  "create",
  "import",
  "get-public",
  "sign",
  "verify",
  "agree",
  "mac",
  "cipher",
  "key-wrap",
  "kem",
  "derive-ecdh",
  "derive-hd",
  "derive-output",
  "export",
  "opener",
  "approvals",
  "catalog",
  "usages",
  "limits",
  "errors",
  "idempotency",
  "abort",
  "deadline",
  "concurrency",
  "persistence",
  "capability",
  "secrets",
  "close",
] as const;

/** A group of checks. */
export type CheckGroup = (typeof CHECK_GROUPS)[number];

/** Something the provider must declare for a check to apply. */
export interface Need {
  /** What is needed, in words: "sign a message with ES256 (P-256)". */
  readonly text: string;
  /** Whether it is declared. Reads the declaration and which ports exist; makes no request. */
  met(capabilities: CompiledCapabilities, provider: Provider): boolean;
  /** Proves that what is not declared is refused. Absent where the absence itself is the refusal (a missing port). */
  refused?(context: CheckContext): Promise<void>;
}

/** What the harness must offer for a check to run at all. */
export type HarnessFeature = "reopen" | "delayAnswers";

/** One check of the suite. */
export interface Check {
  /** Stable across versions: `group.subject.property`. */
  readonly id: string;
  readonly group: CheckGroup;
  /** A few words for tables. */
  readonly title: string;
  /** The sentence of the contract or the standard it proves. */
  readonly requirement: string;
  /** All of these must be declared; the first that is not makes the cell `unsupported`, once its refusal is verified. */
  readonly needs: readonly Need[];
  /** Left out of read-only runs, because it makes, changes or removes keys. */
  readonly makesKeys: boolean;
  readonly harness?: HarnessFeature;
  /** `closing`: closes the provider, so it runs after all keys were removed. */
  readonly phase?: "closing";
  run(context: CheckContext): Promise<void>;
}
