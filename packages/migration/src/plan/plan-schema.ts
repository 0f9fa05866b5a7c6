/** Schemas of what a plan file holds. Strict: what this version does not know it refuses. */

import {
  ALGORITHMS,
  ASYMMETRIC_KEY_TYPES,
  DERIVATION_ALGORITHMS,
  KEY_TYPES,
  KeyrailError,
  OPERATIONS,
  USAGES,
} from "@keyrail/core";
import { z } from "zod";
import {
  PLAN_VERSION,
  type PlanHeader,
  type PlannedKey,
  type PlanOptions,
  type PlanSummary,
  STRATEGIES,
} from "./plan.ts";

const text = z.string().max(10_000);
const uri = z.string().min(3).max(4096);
const count = z.int().min(0);
const usages = z.array(z.enum(USAGES)).min(1).max(USAGES.length);
const algorithms = z.array(z.enum(ALGORITHMS)).max(ALGORITHMS.length);
const keyType = z.enum(KEY_TYPES);
const half = z.enum(["private", "public", "secret"]);
const hierarchical = z.enum(DERIVATION_ALGORITHMS);
const digest = z.string().regex(/^sha-256:[A-Za-z0-9_-]{43}$/);
const base64Url = z
  .string()
  .regex(/^[A-Za-z0-9_-]+$/)
  .max(8192);

const provider = z.strictObject({
  uri,
  title: text,
  custody: z.enum(["software", "hsm", "mpc"]),
  capabilities: digest,
  pace: z
    .strictObject({
      inFlight: count.exactOptional(),
      requestsPerMinute: z.number().positive().exactOptional(),
      requestMilliseconds: z.number().positive().exactOptional(),
      requests: z
        .strictObject({
          each: count,
          operations: z.partialRecord(z.enum([...OPERATIONS, "get", "get-public", "remove"]), count).exactOptional(),
          firstUse: count.exactOptional(),
        })
        .exactOptional(),
    })
    .exactOptional(),
});

const options: z.ZodType<PlanOptions> = z.strictObject({
  noImport: z.boolean(),
  retainSecretKeys: z.boolean().exactOptional(),
  dropAlgorithms: algorithms.exactOptional(),
  labelPrefix: text.exactOptional(),
  keyTypes: z.array(keyType).min(1).exactOptional(),
});

const header: z.ZodType<PlanHeader> = z.strictObject({
  format: z.literal("keyrail-migration-plan"),
  version: z.literal(PLAN_VERSION),
  id: z.uuid(),
  createdAt: count,
  source: provider,
  target: provider,
  options,
});

const requests = z.strictObject({ source: count, target: count });

const attributes = {
  keyType,
  usages,
  label: text,
  description: text.exactOptional(),
  algorithms: algorithms.min(1).exactOptional(),
  hierarchical: hierarchical.exactOptional(),
  extractable: z.boolean().exactOptional(),
};

const descriptor = z.strictObject({
  operation: z.enum(OPERATIONS),
  keyType: keyType.exactOptional(),
  algorithm: z.enum(ALGORITHMS).exactOptional(),
  input: z.enum(["message", "digest"]).exactOptional(),
  usages: usages.exactOptional(),
  keyAlgorithms: algorithms.exactOptional(),
  hierarchical: hierarchical.exactOptional(),
  extractable: z.boolean().exactOptional(),
  privateFormat: z.enum(["scalar", "seed", "expanded"]).exactOptional(),
  target: keyType.exactOptional(),
  half: half.exactOptional(),
});

const key: z.ZodType<PlannedKey> = z
  .strictObject({
    ordinal: count,
    source: z
      .strictObject({
        uri,
        id: z.string().min(1).max(4096),
        keyType,
        usages: z.array(z.enum(USAGES)),
        algorithms: algorithms.exactOptional(),
        label: z.string(),
        description: z.string().exactOptional(),
        half,
        origin: z.enum(["generated", "imported", "derived", "unknown"]),
        extractable: z.boolean(),
        hierarchical: z
          .strictObject({
            scheme: hierarchical,
            master: z.boolean(),
            path: text.exactOptional(),
            parent: uri.exactOptional(),
          })
          .exactOptional(),
        publicKey: base64Url.exactOptional(),
      })
      .refine(
        (source) => (source.publicKey !== undefined) === ASYMMETRIC.has(source.keyType),
        "a public key goes with an asymmetric type, and with no other",
      ),
    strategy: z.enum(STRATEGIES),
    reason: text,
    changes: z.array(
      z.strictObject({
        what: z.enum([
          "public key",
          "address",
          "usages",
          "algorithms",
          "custody",
          "label",
          "description",
          "extractable",
          "limits",
          "behaviour",
          "hierarchy",
          "old data",
        ]),
        from: text,
        to: text,
      }),
    ),
    needs: z.array(
      z.strictObject({
        side: z.enum(["source", "target"]),
        kind: z.enum(["approval", "contract", "permission", "setting"]),
        text,
      }),
    ),
    target: z
      .strictObject({
        operation: z.enum(["create", "import:public", "import:private", "import:secret"]),
        ...attributes,
      })
      .exactOptional(),
    existing: uri.exactOptional(),
    lacks: descriptor.exactOptional(),
    proof: z.enum(["same-key", "succession-signature", "succession-agreement", "succession-mac", "none"]),
    requests,
    operationKey: z.string().regex(/^[\u0021-\u007e]{1,64}$/),
  })
  .refine(
    ({ strategy, target, existing }) =>
      (target !== undefined) === (strategy === "import" || strategy === "rotate") &&
      (existing !== undefined) === (strategy === "adopt"),
    "`target` goes with import and rotate, `existing` with adopt",
  );

const ASYMMETRIC: ReadonlySet<string> = new Set(ASYMMETRIC_KEY_TYPES);

const summary: z.ZodType<PlanSummary> = z.strictObject({
  keys: count,
  strategies: z.strictObject({ import: count, rotate: count, adopt: count, retain: count }),
  requests,
  estimatedSeconds: z.number().min(0).exactOptional(),
  digest,
});

/** Schemas of a plan's parts. */
export const planSchemas: {
  readonly header: z.ZodType<PlanHeader>;
  readonly key: z.ZodType<PlannedKey>;
  readonly summary: z.ZodType<PlanSummary>;
} = { header, key, summary };

/** Checks the options of a plan. @throws KeyrailError `InvalidRequest` naming the member. */
export function checkPlanOptions(given: PlanOptions): PlanOptions {
  const parsed = options.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = ["options", ...(issue?.path ?? [])].map(String).join(".");
  throw new KeyrailError("InvalidRequest", `The plan's "${path}" is not valid: ${issue?.message ?? "unknown"}.`, {
    path,
  });
}
