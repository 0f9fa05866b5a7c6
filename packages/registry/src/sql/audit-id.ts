import { randomBytes } from "node:crypto";

/** Ids per millisecond before the time in them runs ahead. */
const COUNTER_VALUES = 2048;
let last = 0;

/** A UUIDv7 (RFC 9562, section 5.7) for this time, greater than every one this process made before. */
export function newAuditId(milliseconds: number): string {
  last = Math.max(milliseconds * COUNTER_VALUES, last + 1);
  const time = Math.floor(last / COUNTER_VALUES)
    .toString(16)
    .padStart(12, "0");
  const counter = (last % COUNTER_VALUES).toString(16).padStart(3, "0");
  const random = randomBytes(8);
  random[0] = 0x80 | ((random[0] ?? 0) & 0x3f);
  const tail = random.toString("hex");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}
