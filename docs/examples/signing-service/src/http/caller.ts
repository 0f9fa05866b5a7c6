import type { CallOptions } from "@keyrail/core";
import type { FastifyReply } from "fastify";

/**
 * Limits for the calls made for one request: they end when they take too long, and when nobody waits for the answer any
 * more. The framework's own `request.signal` is no use here: it aborts as soon as the body was read.
 *
 * @param timeout milliseconds.
 */
export function limitsOf({ raw }: FastifyReply, timeout: number): CallOptions {
  const caller = new AbortController();
  raw.once("close", () => {
    if (!raw.writableFinished) caller.abort();
  });
  return { signal: caller.signal, timeout };
}

/** True when the caller went away before it was answered. */
export function isGone({ raw }: FastifyReply): boolean {
  return raw.destroyed && !raw.writableFinished;
}
