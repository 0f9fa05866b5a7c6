/** From what is known of a key to the record of core, and ids of keys. */

import { encodeBase64, KeyrailError, type KeyRecord } from "@keyrail/core";
import { isKid } from "../client/answers.ts";
import { decodeDescription } from "../description.ts";
import { keyNotFound, PROVIDER } from "../errors.ts";
import { TYPE_USAGES } from "../mapping.ts";
import type { KeyKnowledge } from "./key-directory.ts";

/** A key whose names are known: all a record needs. */
export type NamedKey = KeyKnowledge & Required<Pick<KeyKnowledge, "names" | "half">>;

/** Whether enough is known for a record. */
export function isNamed(known: KeyKnowledge | undefined): known is NamedKey {
  return known?.names !== undefined && known.half !== undefined;
}

/** The record of a key. `vendor` has the device's type string, and a `descr` that is not text in base64. */
export function recordOf(providerUri: string, kid: string, known: NamedKey): KeyRecord {
  const { keyType, half, names, created, updated, publicKey, type, unknownFlags } = known;
  const { text: description, usages, marker } = decodeDescription(names.description);
  const opaque =
    names.description !== undefined && description === undefined && usages === undefined && marker === undefined;
  return {
    uri: `${providerUri}/${kid}`,
    id: kid,
    keyType,
    usages: known.usages ?? TYPE_USAGES[keyType],
    label: names.label,
    ...(description === undefined ? {} : { description }),
    custody: "hsm",
    half,
    origin: known.origin ?? "unknown",
    extractable: false,
    ...(created === undefined ? {} : { createdAt: created }),
    ...(updated === undefined ? {} : { updatedAt: updated }),
    ...(publicKey === undefined ? {} : { publicKey }),
    vendor: {
      ...(type === undefined ? {} : { type }),
      ...(unknownFlags === undefined || unknownFlags.length === 0 ? {} : { unknownFlags: [...unknownFlags] }),
      ...(opaque && names.description !== undefined ? { descr: encodeBase64(names.description) } : {}),
    },
  };
}

/**
 * The device's spelling of a key id.
 *
 * @throws `KeyNotFound` for what can't be an id of this device; no request is needed to know that.
 */
export function normaliseKid(providerUri: string, id: string): string {
  if (!isKid(id)) throw keyNotFound(`${providerUri}/${id}`);
  return id.toLowerCase();
}

/** A record that the device holds and the vocabulary has no word for. */
export function unknownType(uri: string, type: string): KeyrailError<"UnsupportedCapability"> {
  return new KeyrailError(
    "UnsupportedCapability",
    `The record ${uri} is of the device's type "${type}", which Keyrail does not know. Use the vendor's own tools for it.`,
    { provider: PROVIDER, operation: "get", nearest: "Use the vendor's own tools for it." },
  );
}
