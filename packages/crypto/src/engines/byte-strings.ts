/** Byte strings: copies, views, and arithmetic on big-endian numbers without turning secrets into bigints. */

/** A copy in memory of its own. (`Buffer.prototype.slice` would give a view.) */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** The same memory as a plain `Uint8Array`, whatever subclass it is. */
export function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Several byte strings as one, in memory of its own. */
export function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** -1, 0 or 1 as `a` is below, equal to or above `b`, both big-endian and of one length. Not for secrets. */
export function compareBytes(a: Uint8Array, b: Uint8Array): -1 | 0 | 1 {
  for (let index = 0; index < a.length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return 0;
}

/** Whether 0 < `scalar` < `order`, in time that depends on the length only. Both big-endian and of one length. */
export function isScalarInRange(scalar: Uint8Array, order: Uint8Array): boolean {
  let borrow = 0;
  let any = 0;
  for (let index = scalar.length - 1; index >= 0; index--) {
    const byte = scalar[index] ?? 0;
    any |= byte;
    borrow = ((byte - (order[index] ?? 0) - borrow) >> 8) & 1;
  }
  return scalar.length === order.length && borrow === 1 && any !== 0;
}

/** `a - b`, both big-endian and of one length, `a >= b`. */
export function subtractBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  const result = new Uint8Array(a.length);
  let borrow = 0;
  for (let index = a.length - 1; index >= 0; index--) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0) - borrow;
    result[index] = difference & 0xff;
    borrow = difference < 0 ? 1 : 0;
  }
  return result;
}

/** Whether every byte is zero, in time that depends on the length only. */
export function isZero(bytes: Uint8Array): boolean {
  let any = 0;
  for (const byte of bytes) any |= byte;
  return any === 0;
}
