/** From an answer of the service to a `KeyrailError`: both error shapes, and bodies that are none (dfns.md, section 10). */

import { KeyrailError, printable } from "@keyrail/core";
import { z } from "zod";
import { PROVIDER_NAME } from "./mapping.ts";

/** An answer that is not a success. */
export interface Refusal {
  readonly status: number;
  /** The service's own words, cut and without control characters or tokens; empty when it had none. */
  readonly message: string;
}

/** What the request was about, to choose the code and the words. */
export interface RefusalContext {
  /** In a word or two: "create key". */
  readonly operation: string;
  /** Id of the key in the path: a 404 is about it. */
  readonly key?: string | undefined;
  /** Whether the request may have had an effect, so that a 5xx leaves doubt. */
  readonly mutates: boolean;
  /** A 409 says that the key is there already. */
  readonly makesKey?: true | undefined;
  /** A 409 says that this was used for another request. */
  readonly idempotencyKey?: string | undefined;
}

const nested = z.looseObject({ error: z.looseObject({ message: z.string() }) });
const flat = z.looseObject({ message: z.string() });
const JSON_WEB_TOKEN = /\bey[\w-]+\.[\w-]+\.[\w-]*/g;
const PERMISSION = /\(([A-Za-z]+(?::[A-Za-z]+)+)\)/;

/** Reads `error.message`, or `message`, or nothing. */
export function refusalOf(status: number, json: unknown): Refusal {
  const inner = nested.safeParse(json);
  if (inner.success) return { status, message: safeText(inner.data.error.message) };
  const outer = flat.safeParse(json);
  return { status, message: outer.success ? safeText(outer.data.message) : "" };
}

function safeText(text: string): string {
  return printable(text.replace(JSON_WEB_TOKEN, "<token>"), 200);
}

/** The user action was missing, expired or for another request: nothing has happened. */
export function isInvalidUserAction({ status, message }: Refusal): boolean {
  return status === 403 && /user action signature is missing or invalid/i.test(message);
}

/** The challenge of a user action is unknown, expired or spent. */
export function isInvalidChallenge({ status, message }: Refusal): boolean {
  return status === 400 && /challenge token is not valid/i.test(message);
}

/** The error for a refusal. */
export function refusedError(refusal: Refusal, context: RefusalContext): KeyrailError {
  const { status, message } = refusal;
  const { operation, key } = context;
  const provider = PROVIDER_NAME;
  // The service ends some of its sentences with a period, and some not.
  const said = message === "" ? "" : `: ${message.replace(/\.$/, "")}`;
  const text = `Dfns refused to ${operation} (${status})${said}.`;
  switch (status) {
    case 401:
      return new KeyrailError("AuthenticationFailed", text, {
        provider,
        ...(message === "" ? {} : { reason: message }),
      });
    case 403: {
      if (/blocked by policy/i.test(message)) {
        return new KeyrailError("OperationRefused", text, { provider, reason: "blocked by policy" });
      }
      const permission = PERMISSION.exec(message)?.[1];
      return new KeyrailError("PermissionDenied", text, {
        provider,
        ...(permission === undefined ? {} : { permission }),
      });
    }
    case 404:
      if (key !== undefined) {
        return new KeyrailError("KeyNotFound", `Dfns has no key ${printable(key, 64)} for this caller.`, { key });
      }
      return new KeyrailError("OperationRefused", text, { provider, reason: message || "not found" });
    case 409:
      return conflict(text, refusal, context);
    case 429:
      return new KeyrailError("RateLimited", text, { provider });
    default:
      if (status === 400 && /user account has been deactivated/i.test(message)) {
        return new KeyrailError("AuthenticationFailed", text, { provider, reason: message });
      }
      if (status >= 500) return serverError(refusal, context);
      if (status >= 400) {
        return new KeyrailError("OperationRefused", text, { provider, reason: message || `status ${status}` });
      }
      return unexpected(status, `an unexpected status to ${operation}`, context);
  }
}

function conflict(text: string, { message }: Refusal, { makesKey, idempotencyKey }: RefusalContext): KeyrailError {
  if (idempotencyKey !== undefined) {
    return new KeyrailError("IdempotencyConflict", text, { idempotencyKey });
  }
  if (makesKey === true) return new KeyrailError("KeyExists", text, {});
  return new KeyrailError("OperationRefused", text, { provider: PROVIDER_NAME, reason: message || "conflict" });
}

function serverError({ status }: Refusal, { operation, mutates }: RefusalContext): KeyrailError {
  if (mutates) {
    return new KeyrailError(
      "UnknownOutcome",
      `Dfns answered ${status} when asked to ${operation}; it may have been done.`,
      { provider: PROVIDER_NAME, operation },
    );
  }
  return new KeyrailError("ProviderUnavailable", `Dfns answered ${status} when asked to ${operation}.`, {
    provider: PROVIDER_NAME,
    reason: `status ${status}`,
  });
}

/** An answer that is not what the contract says. Never repeats the answer. */
export function unexpected(
  status: number,
  reason: string,
  context: RefusalContext,
): KeyrailError<"UnexpectedResponse"> {
  const doubt = context.mutates ? "; it may have been done" : "";
  return new KeyrailError(
    "UnexpectedResponse",
    `Dfns answered ${context.operation} with ${reason}${doubt}.`,
    { provider: PROVIDER_NAME, status, reason },
    { retry: context.mutates ? "unknown-outcome" : "never" },
  );
}
