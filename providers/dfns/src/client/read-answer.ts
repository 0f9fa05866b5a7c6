/** From an answer to what it says, or the error it is. */

import { KeyrailError } from "@keyrail/core";
import type { z } from "zod";
import { type RefusalContext, refusalOf, refusedError, unexpected } from "../errors.ts";
import { PROVIDER_NAME } from "../mapping.ts";
import type { QuickAnswer } from "./quick-answers.ts";
import type { ReadRequest } from "./request-description.ts";
import { changeRequestSchema } from "./schemas.ts";
import type { ApiAnswer } from "./transport.ts";

/** What errors of a request say. */
export function contextOf(request: ReadRequest<unknown>, mutates: boolean): RefusalContext {
  const { operation, key, makesKey, idempotencyKey } = request;
  return { operation, mutates, key, makesKey, idempotencyKey };
}

/**
 * The checked body of a success.
 * @throws KeyrailError by status, or `UnexpectedResponse`; never with a part of the answer.
 */
export function parsed<Result>(
  answer: ApiAnswer,
  schema: z.ZodType<Result>,
  context: RefusalContext,
  quick?: QuickAnswer<Result>,
): Result {
  if (answer.status !== 200) {
    if (answer.status === 202) throw changePending(answer, context);
    throw refusedError(refusalOf(answer.status, answer.json), context);
  }
  const plain = quick?.(answer.json);
  if (plain !== undefined) return plain;
  const result = schema.safeParse(answer.json);
  if (result.success) return result.data;
  const path = result.error.issues[0]?.path.map(String).join(".") ?? "";
  throw unexpected(answer.status, path === "" ? "no JSON of the documented form" : `a wrong "${path}"`, context);
}

/** A change that people have to approve first, and that Dfns then makes by itself (dfns.md, section 10). */
function changePending(answer: ApiAnswer, { operation }: RefusalContext): KeyrailError {
  const result = changeRequestSchema.safeParse(answer.json);
  const id = result.success ? result.data.id : undefined;
  const approval = result.success ? result.data.approvalId : undefined;
  const names = [id, approval].filter((name) => typeof name === "string").join(", approval ");
  return new KeyrailError(
    "OperationRefused",
    `Dfns makes ${operation} wait for an approval (${names === "" ? "no id given" : names}); once approved, Dfns does it by itself. Look before asking again.`,
    { provider: PROVIDER_NAME, reason: "change request pending" },
    { retry: "unknown-outcome" },
  );
}
