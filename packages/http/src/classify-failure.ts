import { KeyrailError, printable } from "@keyrail/core";
import type { HttpRequest } from "./http-client.ts";

/** Codes of failures before a byte of the request was written: the provider has not seen it. */
const NOT_SENT: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "EMFILE",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Prefixes of the codes of TLS and certificate failures; the handshake comes before the request. */
const NOT_SENT_PREFIX = /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_|ERR_OSSL_|CRL_)/;

const TIMED_OUT: ReadonlySet<string> = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);

/** The error of a request that got no whole answer, from what undici or the socket says. Never repeats a body. */
export function classifyFailure(error: unknown, request: HttpRequest, provider: string, timeoutMs: number): KeyrailError {
  const { operation, mutates, signal } = request;
  const options = { cause: error };
  const doubt = mutates ? "; the provider may have done it" : "";
  const advice = mutates ? "unknown-outcome" : "safe";
  if (signal?.aborted === true) {
    return new KeyrailError("Aborted", `${operation} was aborted${doubt}.`, { operation }, { ...options, retry: advice });
  }
  const code = codeOf(error);
  if (TIMED_OUT.has(code)) {
    return new KeyrailError(
      "DeadlineExceeded",
      `${provider} did not answer ${operation} within ${timeoutMs} ms${doubt}.`,
      { timeoutMs },
      { ...options, retry: advice },
    );
  }
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") {
    return new KeyrailError(
      "UnexpectedResponse",
      `${provider} answered ${operation} with a body over the size limit${doubt}.`,
      { provider, reason: "body over the size limit" },
      { ...options, retry: mutates ? "unknown-outcome" : "never" },
    );
  }
  if (NOT_SENT.has(code) || NOT_SENT_PREFIX.test(code)) {
    return new KeyrailError(
      "ConnectionFailed",
      `${provider} can't be reached for ${operation} (${printable(code)}); nothing was sent.`,
      { provider, reason: code },
      options,
    );
  }
  if (mutates) {
    return new KeyrailError(
      "UnknownOutcome",
      `The answer of ${provider} to ${operation} was lost (${printable(code)}); it may have been done.`,
      { provider, operation },
      options,
    );
  }
  return new KeyrailError(
    "ConnectionFailed",
    `The connection to ${provider} broke during ${operation} (${printable(code)}).`,
    { provider, reason: code },
    options,
  );
}

function codeOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.name : "unknown";
}
