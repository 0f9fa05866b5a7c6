import { randomBytes } from "node:crypto";

/** A uniformly random non-zero scalar below `order`: 64 random bytes reduced, so that the bias is below 2^-250. */
export function randomScalar(order: bigint): bigint {
  for (;;) {
    const scalar = BigInt(`0x${randomBytes(64).toString("hex")}`) % order;
    if (scalar !== 0n) return scalar;
  }
}
