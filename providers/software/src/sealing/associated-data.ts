import type { FixedAttributes } from "../store/key-entry.ts";

/** The columns of a record that its seal covers, as they stand in the table. */
export interface SealedColumns {
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly label: string;
  readonly description: string | null;
  /** JSON of {@link FixedAttributes}. */
  readonly attributes: string;
  readonly publicKey: Uint8Array | null;
}

const DOMAIN = Buffer.from("keyrail software store record v1\0", "latin1");

/**
 * What the seal of a record authenticates beside the secret: every column, each with its length in front, so that a value
 * that was edited, moved to another column or to another record no longer fits. An absent value is told from an empty one.
 */
export function associatedData({ id, label, description, attributes, publicKey }: SealedColumns): Uint8Array {
  const labelBytes = Buffer.byteLength(label);
  const descriptionBytes = description === null ? 0 : Buffer.byteLength(description);
  const attributesBytes = Buffer.byteLength(attributes);
  const publicKeyBytes = publicKey?.length ?? 0;
  const data = Buffer.allocUnsafe(
    DOMAIN.length + id.length + 16 + labelBytes + descriptionBytes + attributesBytes + publicKeyBytes,
  );
  let offset = DOMAIN.copy(data, 0);
  data.set(id, offset);
  offset += id.length;
  offset = data.writeUInt32BE(labelBytes, offset);
  offset += data.write(label, offset);
  offset = data.writeUInt32BE(description === null ? 0xffff_ffff : descriptionBytes, offset);
  if (description !== null) offset += data.write(description, offset);
  offset = data.writeUInt32BE(attributesBytes, offset);
  offset += data.write(attributes, offset);
  offset = data.writeUInt32BE(publicKey === null ? 0xffff_ffff : publicKeyBytes, offset);
  if (publicKey !== null) data.set(publicKey, offset);
  return data;
}

/** The attributes column of an entry: members in one order, those absent left out. */
export function encodeAttributes(entry: FixedAttributes): string {
  const { keyType, half, usages, algorithms, origin, extractable, hierarchical, createdAt, updatedAt } = entry;
  return JSON.stringify({ keyType, half, usages, algorithms, origin, extractable, hierarchical, createdAt, updatedAt });
}
