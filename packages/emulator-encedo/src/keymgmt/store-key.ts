/** Storing a new record: id, times, and the three ways it can fail. */

import { STATUS_CAPACITY_FULL } from "../assumptions.ts";
import type { Device } from "../device/device.ts";
import { refuse } from "../refusal.ts";
import { computeKid, type Flag, type KeyRecord } from "./key-record.ts";

/** What a new record is made of. */
export interface NewRecord {
  readonly type: KeyRecord["type"];
  readonly flags: ReadonlySet<Flag>;
  readonly label: string;
  readonly description: Uint8Array;
  readonly publicKey?: Uint8Array;
  readonly secretKey?: Uint8Array;
}

/**
 * Stores a record under the id of its public key, or of its secret when it has no public key.
 *
 * @returns the kid. Refuses with 406 when the key is there already or every slot is taken.
 */
export function storeKey(device: Device, fresh: NewRecord): string {
  const identifying = fresh.publicKey ?? fresh.secretKey;
  if (identifying === undefined) refuse(406);
  const now = device.clock.seconds();
  const record: KeyRecord = { ...fresh, kid: computeKid(identifying), created: now, updated: now };
  const outcome = device.keys.add(record);
  if (outcome === "duplicate") refuse(406);
  if (outcome === "full") refuse(STATUS_CAPACITY_FULL);
  device.persist();
  return record.kid;
}
