/**
 * Telemetry through the OpenTelemetry API: one span and one duration measurement per call. No SDK is loaded; without
 * one registered, everything here does nothing. Attributes name provider, operation, key type, algorithm and outcome;
 * never a message, a label or a secret. The key URI is left out unless asked for, since it can identify a customer.
 */

import { metrics, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { OperationFacts, Outcome, Telemetry } from "./telemetry.ts";

/** Choices of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /** Adds `keyrail.key` (the key URI) to spans. Default false. */
  readonly keyUris?: boolean;
}

/** Telemetry for `createProvider` on the globally registered tracer and meter providers. */
export function openTelemetry(options: OpenTelemetryOptions = {}): Telemetry {
  const tracer = trace.getTracer("@keyrail/core");
  const duration = metrics
    .getMeter("@keyrail/core")
    .createHistogram("keyrail.operation.duration", { unit: "s", description: "Duration of a port call" });
  return {
    start(facts: OperationFacts): (outcome: Outcome) => void {
      const attributes = attributesOf(facts);
      const span = tracer.startSpan(`keyrail ${facts.operation}`, {
        kind: SpanKind.CLIENT,
        attributes:
          options.keyUris === true && facts.key !== undefined
            ? { ...attributes, "keyrail.key": facts.key }
            : attributes,
      });
      const started = performance.now();
      return (outcome) => {
        if (outcome !== "ok") {
          span.setAttribute("error.type", outcome);
          span.setStatus({ code: SpanStatusCode.ERROR });
        }
        span.end();
        duration.record(
          (performance.now() - started) / 1000,
          outcome === "ok" ? attributes : { ...attributes, "error.type": outcome },
        );
      };
    },
  };
}

function attributesOf(facts: OperationFacts): Record<string, string> {
  return {
    "keyrail.provider": facts.provider,
    "keyrail.operation": facts.operation,
    ...(facts.keyType === undefined ? {} : { "keyrail.key_type": facts.keyType }),
    ...(facts.algorithm === undefined ? {} : { "keyrail.algorithm": facts.algorithm }),
  };
}
