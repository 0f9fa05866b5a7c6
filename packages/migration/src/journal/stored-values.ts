/**
 * What the database holds as JSON or as a word, read back: checked, since a database is outside. Members that a schema
 * does not know are kept: the digest covers them.
 */

import {
  ALGORITHMS,
  type ApprovalTicket,
  DERIVATION_ALGORITHMS,
  isKeyrailError,
  KEY_TYPES,
  KeyrailError,
  OPERATIONS,
  USAGES,
} from "@keyrail/core";
import { z } from "zod";
import { PLAN_VERSION, type PlannedKey, type PlanHeader, type PlanSummary, STRATEGIES } from "../plan/plan.ts";
import type { Proof } from "../proof/proof.ts";
import type { Verification } from "../proof/verification.ts";
import { EVENT_KINDS, ITEM_STATES, type RecordedError, RUN_STATES } from "./journal.ts";

const count = z.int().nonnegative();
const keyType = z.enum(KEY_TYPES);
const usages = z.array(z.enum(USAGES));
const algorithms = z.array(z.enum(ALGORITHMS));
const derivation = z.enum(DERIVATION_ALGORITHMS);

const provider = z.looseObject({
  uri: z.string(),
  title: z.string(),
  custody: z.enum(["software", "hsm", "mpc"]),
  capabilities: z.string(),
  pace: z.looseObject({ inFlight: count.exactOptional(), requestsPerMinute: count.exactOptional() }).exactOptional(),
});

export const headerSchema: z.ZodType<PlanHeader> = z.looseObject({
  format: z.literal("keyrail-migration-plan"),
  version: z.literal(PLAN_VERSION),
  id: z.string(),
  createdAt: count,
  source: provider,
  target: provider,
  options: z.looseObject({
    noImport: z.boolean(),
    labelPrefix: z.string().exactOptional(),
    keyTypes: z.array(keyType).exactOptional(),
  }),
});

const requests = z.looseObject({ source: z.number().nonnegative(), target: z.number().nonnegative() });

export const summarySchema: z.ZodType<PlanSummary> = z.looseObject({
  keys: count,
  strategies: z.looseObject({ import: count, rotate: count, adopt: count, retain: count }),
  requests,
  estimatedSeconds: z.number().nonnegative().exactOptional(),
  digest: z.string(),
});

const targetAttributes = {
  keyType,
  usages,
  label: z.string(),
  description: z.string().exactOptional(),
  algorithms: algorithms.exactOptional(),
  hierarchical: derivation.exactOptional(),
  extractable: z.boolean().exactOptional(),
};

export const plannedSchema: z.ZodType<PlannedKey> = z.looseObject({
  ordinal: count,
  source: z.looseObject({
    uri: z.string(),
    id: z.string(),
    keyType,
    usages,
    algorithms: algorithms.exactOptional(),
    label: z.string(),
    description: z.string().exactOptional(),
    half: z.enum(["private", "public", "secret"]),
    origin: z.enum(["generated", "imported", "derived", "unknown"]),
    extractable: z.boolean(),
    hierarchical: z
      .strictObject({
        scheme: derivation,
        master: z.boolean(),
        path: z.string().exactOptional(),
        parent: z.string().exactOptional(),
      })
      .exactOptional(),
    publicKey: z.string().exactOptional(),
  }),
  strategy: z.enum(STRATEGIES),
  reason: z.string(),
  changes: z.array(
    z.looseObject({
      what: z.enum(["public key", "address", "usages", "algorithms", "custody", "label", "description", "extractable"]),
      from: z.string(),
      to: z.string(),
    }),
  ),
  needs: z.array(
    z.looseObject({
      side: z.enum(["source", "target"]),
      kind: z.enum(["approval", "contract", "permission", "setting"]),
      text: z.string(),
    }),
  ),
  target: z
    .discriminatedUnion("operation", [
      z.looseObject({ operation: z.literal("create"), ...targetAttributes }),
      z.looseObject({
        operation: z.enum(["import:public", "import:private", "import:secret"]),
        ...targetAttributes,
      }),
    ])
    .exactOptional(),
  existing: z.string().exactOptional(),
  proof: z.enum(["same-key", "succession-signature", "succession-agreement", "succession-mac", "none"]),
  requests,
  operationKey: z.string().min(1).max(64),
});

export const ticketSchema: z.ZodType<ApprovalTicket> = z.looseObject({
  version: z.literal(1),
  provider: z.string(),
  key: z.string(),
  operation: z.enum(OPERATIONS),
  reference: z.string(),
  approval: z.string().exactOptional(),
  state: z.record(z.string(), z.string()),
});

export const proofSchema: z.ZodType<Proof> = z.discriminatedUnion("kind", [
  z.looseObject({
    kind: z.literal("same-key"),
    compared: z.enum(["public-key", "result"]),
    digest: z.string(),
  }),
  z.looseObject({
    kind: z.literal("succession-signature"),
    statement: z.looseObject({
      payload: z.string(),
      signatures: z.array(z.looseObject({ protected: z.string(), signature: z.string() })),
    }),
  }),
  z.looseObject({
    kind: z.literal("succession-agreement"),
    payload: z.string(),
    challenges: z.array(
      z.looseObject({
        by: z.enum(["old", "new"]),
        method: z.enum(["agreement", "decapsulation"]),
        challenge: z.string(),
        mac: z.string(),
        opening: z.string(),
      }),
    ),
  }),
  z.looseObject({
    kind: z.literal("succession-mac"),
    payload: z.string(),
    macs: z.array(z.looseObject({ by: z.enum(["old", "new"]), algorithm: z.string(), mac: z.string() })),
  }),
  z.looseObject({ kind: z.literal("none"), reason: z.string() }),
]);

export const verificationSchema: z.ZodType<Verification> = z.looseObject({
  at: count,
  passed: z.boolean(),
  checks: z.array(
    z.looseObject({
      name: z.enum([
        "target record",
        "public key",
        "proof",
        "signature",
        "agreement",
        "encapsulation",
        "mac",
        "cipher",
        "wrap",
        "derivation",
        "one target key",
      ]),
      passed: z.boolean(),
      detail: z.string(),
      algorithm: z.string().exactOptional(),
      message: z.string().exactOptional(),
      signature: z.string().exactOptional(),
    }),
  ),
});

export const errorSchema: z.ZodType<RecordedError> = z.looseObject({
  code: z.string(),
  message: z.string(),
  refusals: count.exactOptional(),
});

export const cutOversSchema: z.ZodType<string[]> = z.array(z.string());
export const eventKindSchema: z.ZodType<(typeof EVENT_KINDS)[number]> = z.enum(EVENT_KINDS);
export const itemStateSchema: z.ZodType<(typeof ITEM_STATES)[number]> = z.enum(ITEM_STATES);
export const runStateSchema: z.ZodType<(typeof RUN_STATES)[number]> = z.enum(RUN_STATES);
export const strategySchema: z.ZodType<(typeof STRATEGIES)[number]> = z.enum(STRATEGIES);

/** A stored value of a schema. @throws KeyrailError `IntegrityFailed` for any other. */
export function readStored<Value>(schema: z.ZodType<Value>, value: unknown, what: string): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw damaged(what, parsed.error);
}

/** A value stored as JSON. @throws KeyrailError `IntegrityFailed` when it is not one of the schema. */
export function readStoredJson<Value>(schema: z.ZodType<Value>, json: string, what: string): Value {
  try {
    return readStored(schema, JSON.parse(json), what);
  } catch (error) {
    if (isKeyrailError(error)) throw error;
    throw damaged(what, error);
  }
}

function damaged(what: string, cause: unknown): KeyrailError<"IntegrityFailed"> {
  return new KeyrailError(
    "IntegrityFailed",
    `The migration journal holds ${what} that no journal writes. Restore it from a backup.`,
    {},
    { cause },
  );
}
