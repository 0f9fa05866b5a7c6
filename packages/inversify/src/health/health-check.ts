/** Whether everything the container holds can serve. */

import { type CallOptions, type Health, isKeyrailError } from "@keyrail/core";
import type { ResolutionContext } from "inversify";
import { PARTS, type Part } from "./part.ts";

/** The health of one part. */
export interface PartHealth extends Health {
  readonly kind: "provider" | "registry";
  /** The name of the provider; `registry`. */
  readonly name: string;
}

/** The health of every part; healthy when each is. */
export interface HealthReport {
  readonly healthy: boolean;
  readonly parts: readonly PartHealth[];
}

/** Asks every provider and the registry, all at the same time. */
export interface HealthCheck {
  /**
   * Opens what is not open yet: one that can't be opened is not healthy. Never rejects for the state of a part; one that
   * does not answer within `timeout` (milliseconds, default 5,000) is not healthy.
   */
  check(options?: CallOptions): Promise<HealthReport>;
}

const DEFAULT_TIMEOUT = 5000;

/** The health check of a container. */
export function healthCheckOf(context: ResolutionContext): HealthCheck {
  return {
    async check(options = {}) {
      const limits = { timeout: DEFAULT_TIMEOUT, ...options };
      const parts = context.getAll(PARTS, { optional: true });
      const health = await Promise.all(
        parts.map(async (part) => ({ kind: part.kind, name: part.name, ...(await healthOf(part, context, limits)) })),
      );
      return { healthy: health.every(({ healthy }) => healthy), parts: health };
    },
  };
}

async function healthOf(
  part: Part,
  context: ResolutionContext,
  options: CallOptions & { readonly timeout: number },
): Promise<Health> {
  const { promise: late, resolve: giveUp } = Promise.withResolvers<Health>();
  const { timeout } = options;
  const timer = setTimeout(() => giveUp({ healthy: false, reason: `No answer within ${timeout} ms.` }), timeout);
  try {
    return await Promise.race([part.health(context, options), late]);
  } catch (error) {
    return { healthy: false, reason: isKeyrailError(error) ? error.message : "It failed to open." };
  } finally {
    clearTimeout(timer);
  }
}
