/** Between table rows and entries: every row that leaves is authenticated first. */

import { type Algorithm, DERIVATION_ALGORITHMS, KEY_TYPES, USAGES } from "@keyrail/core";
import * as z from "zod/mini";
import { associatedData, encodeAttributes, type SealedColumns } from "../../sealing/associated-data.ts";
import type { RecordSealer } from "../../sealing/record-sealer.ts";
import type { FixedAttributes, KeyDraft, KeyEntry } from "../key-entry.ts";
import type { LoadedKey } from "../key-entry-store.ts";
import { formatKeyId } from "../key-id.ts";

/** The columns of a key. */
export interface KeyRow extends SealedColumns {
  readonly sealed: Uint8Array;
}

const isAlgorithm = (value: unknown): value is Algorithm => typeof value === "string";

const attributesSchema: z.ZodMiniType<FixedAttributes> = z.object({
  keyType: z.enum(KEY_TYPES),
  half: z.enum(["private", "public", "secret"]),
  usages: z.array(z.enum(USAGES)),
  algorithms: z.exactOptional(z.array(z.custom<Algorithm>(isAlgorithm))),
  origin: z.enum(["generated", "imported", "derived", "unknown"]),
  extractable: z.boolean(),
  hierarchical: z.exactOptional(
    z.object({
      scheme: z.enum(DERIVATION_ALGORITHMS),
      master: z.boolean(),
      path: z.exactOptional(z.string()),
      parent: z.exactOptional(z.string()),
    }),
  ),
  createdAt: z.number(),
  updatedAt: z.number(),
});

/** The columns of a new record under `id` (16 bytes). */
export function sealRow(id: Uint8Array, draft: KeyDraft, secret: Uint8Array, sealer: RecordSealer): KeyRow {
  const columns: SealedColumns = {
    id,
    label: draft.label,
    description: draft.description ?? null,
    attributes: encodeAttributes(draft),
    publicKey: draft.publicKey ?? null,
  };
  return { ...columns, sealed: sealer.seal(secret, associatedData(columns)) };
}

/** The key of a row as SQLite gives it, or undefined when anything about it is not as it was sealed. */
export function openRow(row: Readonly<Record<string, unknown>>, sealer: RecordSealer): LoadedKey | undefined {
  const columns = columnsOf(row);
  if (columns === undefined) return undefined;
  const secret = sealer.open(columns.sealed, associatedData(columns));
  if (secret === undefined) return undefined;
  // Authentic, so it was written by Keyrail; a later version's members are dropped, its values would be refused here.
  const attributes = attributesSchema.safeParse(JSON.parse(columns.attributes));
  if (!attributes.success) return undefined;
  const { id, label, description, publicKey } = columns;
  const entry: KeyEntry = {
    id: formatKeyId(id),
    label,
    ...(description === null ? {} : { description }),
    ...attributes.data,
    ...(publicKey === null ? {} : { publicKey }),
  };
  return { entry, secret };
}

/** Column types are those of the file, which anyone may have edited. */
function columnsOf(row: Readonly<Record<string, unknown>>): KeyRow | undefined {
  const { id, label, description, attributes, public_key: publicKey, sealed } = row;
  if (!(id instanceof Uint8Array) || id.length !== 16) return undefined;
  if (typeof label !== "string" || typeof attributes !== "string") return undefined;
  if (description !== null && typeof description !== "string") return undefined;
  if (publicKey !== null && !(publicKey instanceof Uint8Array)) return undefined;
  if (!(sealed instanceof Uint8Array)) return undefined;
  return { id, label, description, attributes, publicKey, sealed };
}
