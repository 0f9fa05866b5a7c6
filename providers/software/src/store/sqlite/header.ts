/** The header row of a store: how its data key is wrapped. */

import { createHash, timingSafeEqual } from "node:crypto";
import * as z from "zod/mini";
import { type KeyEncryptionFacts, keyEncryptionSchema, type WrappedDataKey } from "../../sealing/key-encryption.ts";
import { storeDamaged } from "../store-errors.ts";

/** The header in clear. */
export interface StoreHeader extends WrappedDataKey {
  /** 16 random bytes, base64: names the store in what is authenticated. */
  readonly storeId: string;
}

/** The header's columns. */
export interface HeaderRow {
  readonly facts: string;
  readonly wrapped: Uint8Array;
  readonly checksum: Uint8Array;
}

const factsSchema = z.looseObject({
  storeId: z.string().check(z.regex(/^[A-Za-z0-9+/]{22}==$/)),
  keyEncryption: keyEncryptionSchema,
});
const rowSchema = z.object({
  facts: z.string(),
  wrapped_data_key: z.instanceof(Uint8Array),
  checksum: z.instanceof(Uint8Array),
});

/** The columns of a header. The checksum tells damage from a wrong passphrase; it is no protection against forgery. */
export function encodeHeader({ storeId, facts, wrapped }: StoreHeader): HeaderRow {
  const text = JSON.stringify({ storeId, keyEncryption: facts });
  return { facts: text, wrapped, checksum: checksum(text, wrapped) };
}

/** @throws KeyrailError `IntegrityFailed` naming the store. */
export function decodeHeader(row: unknown, store: string): StoreHeader {
  const columns = rowSchema.safeParse(row);
  if (!columns.success) throw storeDamaged(store, "its header can't be read");
  const { facts, wrapped_data_key: wrapped, checksum: kept } = columns.data;
  const computed = checksum(facts, wrapped);
  if (kept.length !== computed.length || !timingSafeEqual(kept, computed)) {
    throw storeDamaged(store, "its header does not match its checksum");
  }
  const parsed = factsSchema.safeParse(jsonOf(facts));
  if (!parsed.success) throw storeDamaged(store, "its header holds unknown parameters");
  const keyEncryption: KeyEncryptionFacts = parsed.data.keyEncryption;
  return { storeId: parsed.data.storeId, facts: keyEncryption, wrapped };
}

/** What is authenticated with the wrapped data key. */
export function headerBinding(storeId: string): Uint8Array {
  return Buffer.from(`keyrail software store data key v1\0${storeId}`, "latin1");
}

function checksum(facts: string, wrapped: Uint8Array): Uint8Array {
  return createHash("sha256")
    .update(`${Buffer.byteLength(facts)}:`)
    .update(facts)
    .update(wrapped)
    .digest();
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
