/** The point check of core's PublicKey against noble's decoder. */

import { ed25519 } from "@noble/curves/ed25519.js";
import { ed448 } from "@noble/curves/ed448.js";
import { PublicKey, isKeyrailError } from "@keyrail/core";
import fc from "fast-check";
import { expect, it } from "vitest";

function accepts(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof TypeError) throw error;
    return false;
  }
}

it.each([
  ["Ed25519", ed25519, 32],
  ["Ed448", ed448, 57],
] as const)("%s: decides as noble does on random encodings", (keyType, curve, length) => {
  let points = 0;
  const runs = 80;
  fc.assert(
    fc.property(fc.uint8Array({ minLength: length, maxLength: length }), (random) => {
      const bytes = length === 57 ? random.with(56, (random[56] ?? 0) & 0x80) : random;
      const expected = accepts(() => curve.Point.fromBytes(bytes, false));
      if (expected) points++;
      const actual = accepts(() => {
        try {
          PublicKey.fromRaw(keyType, bytes);
        } catch (error) {
          expect(isKeyrailError(error, "InvalidKeyMaterial")).toBe(true);
          throw error;
        }
      });
      expect(actual).toBe(expected);
    }),
    { seed: 7, numRuns: runs },
  );
  expect(points).toBeGreaterThan(runs / 4);
  expect(points).toBeLessThan((3 * runs) / 4);
});
