import { KeyrailError, printable, type RetryAdvice } from "@keyrail/core";
import type { HttpRequest } from "./http-client.ts";

/** What is known of a failure beside the error itself. */
export interface FailureFacts {
  readonly provider: string;
  readonly timeoutMs: number;
  /** True when no byte of the request was written: the provider has not seen it. */
  readonly notSent: boolean;
}

/** Thrown inside the client when its own deadline passes. */
export class DeadlinePassed extends Error {
  override readonly name = "DeadlinePassed";
}

/** The error of a request that got no whole answer, from what undici or the socket says. Never repeats a body. */
export function classifyFailure(error: unknown, request: HttpRequest, facts: FailureFacts): KeyrailError {
  const { operation, signal } = request;
  const { provider, timeoutMs } = facts;
  const mayBeDone = request.mutates && !facts.notSent;
  const doubt = mayBeDone ? "; the provider may have done it" : "";
  const advice: RetryAdvice = mayBeDone ? "unknown-outcome" : "safe";
  if (signal?.aborted === true) {
    const text = `${operation} was aborted${doubt}.`;
    return new KeyrailError("Aborted", text, { operation }, { cause: error, retry: advice });
  }
  const code = codeOf(error);
  if (error instanceof DeadlinePassed) {
    return new KeyrailError(
      "DeadlineExceeded",
      `${provider} did not answer ${operation} within ${timeoutMs} ms${doubt}.`,
      { timeoutMs },
      { cause: error, retry: advice },
    );
  }
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") {
    return new KeyrailError(
      "UnexpectedResponse",
      `${provider} answered ${operation} with a body over the size limit${doubt}.`,
      { provider, reason: "body over the size limit" },
      { cause: error, retry: mayBeDone ? "unknown-outcome" : "never" },
    );
  }
  if (facts.notSent) {
    return new KeyrailError(
      "ConnectionFailed",
      `${provider} can't be reached for ${operation} (${printable(code)}); nothing was sent.`,
      { provider, reason: code },
      { cause: error },
    );
  }
  if (mayBeDone) {
    return new KeyrailError(
      "UnknownOutcome",
      `The answer of ${provider} to ${operation} was lost (${printable(code)}); it may have been done.`,
      { provider, operation },
      { cause: error },
    );
  }
  return new KeyrailError(
    "ConnectionFailed",
    `The connection to ${provider} broke during ${operation} (${printable(code)}).`,
    { provider, reason: code },
    { cause: error },
  );
}

/** A short, harmless name for an error: its code, or that of the first error below it that has one. */
function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "unknown";
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error instanceof Error ? error.name : "unknown";
}
