/** Reads the files of an evidence bundle: everything in it came from elsewhere. */

import { KEY_TYPES } from "@keyrail/core";
import { z } from "zod";
import { ITEM_STATES, RUN_STATES } from "../journal/journal.ts";
import {
  errorSchema,
  itemStateSchema,
  proofSchema,
  strategySchema,
  verificationSchema,
} from "../journal/stored-values.ts";
import {
  EVIDENCE_FILES,
  EVIDENCE_TYPE,
  EVIDENCE_VERSION,
  type EvidenceManifest,
  type EvidenceRun,
  type EvidenceSigner,
  type JournalLine,
} from "./evidence-format.ts";

const digest = z.string().regex(/^sha-256:[A-Za-z0-9_-]{43}$/);
const count = z.int().nonnegative();
const jwk = z.record(z.string(), z.string());

/** Reads `manifest.json`; the JWK is checked when the key is made of it. */
export const manifestSchema: z.ZodType<
  Omit<EvidenceManifest, "signer"> & { signer: Omit<EvidenceSigner, "jwk"> & { jwk: Record<string, string> } }
> = z.strictObject({
  format: z.literal(EVIDENCE_TYPE),
  version: z.literal(EVIDENCE_VERSION),
  run: z.string(),
  createdAt: count,
  plan: digest,
  journal: digest,
  keys: count,
  signer: z.strictObject({ keyType: z.enum(KEY_TYPES), jkt: z.string(), jwk, uri: z.string().exactOptional() }),
  files: z.array(z.strictObject({ path: z.enum(EVIDENCE_FILES), bytes: count, digest })),
});

export const runSchema: z.ZodType<EvidenceRun> = z.strictObject({
  id: z.string(),
  state: z.enum(RUN_STATES),
  createdAt: count,
  updatedAt: count,
  plan: digest,
  journal: digest,
  counts: z.record(z.enum(ITEM_STATES), count),
  cutOvers: z.array(z.string()),
});

export const journalLineSchema: z.ZodType<JournalLine> = z.strictObject({
  ordinal: count,
  source: z.string(),
  strategy: strategySchema,
  state: itemStateSchema,
  target: z.string().exactOptional(),
  targetPublicKey: z.string().exactOptional(),
  proof: proofSchema.exactOptional(),
  verification: verificationSchema.exactOptional(),
  error: errorSchema.exactOptional(),
  updatedAt: count,
});

export const timelineSchema: z.ZodType<{ sequence: number; at: number }> = z.looseObject({
  sequence: count,
  at: count,
});
/** A line of `audit.jsonl`: a record with the number of its switches, or one switch of the record before it. */
export const auditSchema: z.ZodType<{ id: string; run: string; switches: number } | { record: string; alias: string }> =
  z.union([
    z.looseObject({ id: z.string(), run: z.string(), switches: count }),
    z.looseObject({ record: z.string(), alias: z.string() }),
  ]);
