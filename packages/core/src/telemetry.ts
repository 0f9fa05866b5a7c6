/** Seams for telemetry and audit. Neither ever sees a message, a key or a secret. */

import type { ErrorCode } from "./errors.ts";
import type { Algorithm, KeyType, Operation } from "./vocabulary.ts";

/** Operations of the catalog and of `getPublic`, which no capability row names. */
export type CatalogOperation = "get-public" | "get" | "list" | "search" | "rename" | "remove" | "open" | "resume";

/** What is told of a call. */
export interface OperationFacts {
  readonly provider: string;
  readonly operation: Operation | CatalogOperation;
  readonly keyType?: KeyType;
  readonly algorithm?: Algorithm;
  /** Key URI, when the call is about one key. */
  readonly key?: string;
}

/** How a call ended: `ok`, or the code of its error. */
export type Outcome = "ok" | ErrorCode;

/** Measures calls; `@keyrail/core/opentelemetry` has one for the OpenTelemetry API. */
export interface Telemetry {
  /** Called when a call starts; the function it gives is called once, when the call ends. Must not throw. */
  start(facts: OperationFacts): (outcome: Outcome) => void;
}

/** One line of an audit trail. */
export interface AuditEvent extends OperationFacts {
  /** Milliseconds since the epoch, at the end of the call. */
  readonly time: number;
  readonly durationMs: number;
  readonly outcome: Outcome;
  readonly idempotencyKey?: string;
}

/** Keeps an audit trail. */
export interface Audit {
  /** Called before anything is sent. When it throws or rejects, the call is refused with `OperationRefused`. */
  before?(facts: OperationFacts): void | Promise<void>;
  /**
   * Called after the call. What it throws can't undo the operation and so does not fail the call: it is given to
   * `process.emitWarning`.
   */
  after?(event: AuditEvent): void | Promise<void>;
}
