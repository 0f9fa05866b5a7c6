/**
 * What the database holds as JSON or as a word, read back: checked, since a database is outside. Members that a schema
 * does not know are kept: the digest covers them.
 */

import { type ApprovalTicket, isKeyrailError, KeyrailError, OPERATIONS } from "@keyrail/core";
import { z } from "zod";
import { STRATEGIES } from "../plan/plan.ts";
import type { Proof } from "../proof/proof.ts";
import type { Verification } from "../proof/verification.ts";
import { EVENT_KINDS, ITEM_STATES, type RecordedError, RUN_STATES } from "./journal.ts";

const count = z.int().nonnegative();

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
    auditorAnswers: z
      .array(z.looseObject({ by: z.enum(["old", "new"]), challenge: z.string(), mac: z.string() }))
      .exactOptional(),
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
