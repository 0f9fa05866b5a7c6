/** Requests as data: what `ApiClient` is given. */

import type { z } from "zod";
import type { QuickAnswer } from "./quick-answers.ts";
import type { ActionSubject } from "./user-action.ts";

/** A read. */
export interface ReadRequest<Result> {
  readonly path: string;
  readonly operation: string;
  readonly schema: z.ZodType<Result>;
  /** Spares the schema where the answer is plainly of its form. */
  readonly quick?: QuickAnswer<Result>;
  /** Id of the key in the path. */
  readonly key?: string;
  /** What a 409 is about; see {@link RefusalContext}. */
  readonly makesKey?: true;
  readonly idempotencyKey?: string;
}

/** A change. */
export interface ChangeRequestDescription<Result> extends ReadRequest<Result> {
  readonly method: ActionSubject["method"];
  /** Written as JSON, once: the same text is declared, signed for and sent. Absent: no body. */
  readonly body?: Readonly<Record<string, unknown>>;
}
