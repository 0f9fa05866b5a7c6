import { createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { expect, test } from "vitest";
import { groups, randomScalar } from "../src/threshold/groups.ts";
import { nativeEd25519, working } from "../src/threshold/native-ed25519.ts";

const { order } = groups.ed25519;

test("the points of the group are those of @noble/curves, with the addon or without", () => {
  const scalars = [1n, 2n, order - 1n, ...Array.from({ length: 50 }, () => randomScalar(order))];
  for (const scalar of scalars) {
    expect(groups.ed25519.publicKey(scalar)).toEqual(ed25519.Point.BASE.multiply(scalar).toBytes());
  }
  const { scalar, point } = groups.ed25519.random();
  expect(point).toEqual(ed25519.Point.BASE.multiply(scalar).toBytes());
});

test("the addon takes and refuses the signatures that node:crypto takes and refuses", (context) => {
  if (nativeEd25519 === undefined) return context.skip("sodium-native is not installed for this platform");
  for (let round = 0; round < 50; round++) {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const raw = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
    const message = randomBytes(round * 7);
    const signature = sign(null, message, privateKey);
    const broken = Buffer.from(signature);
    broken[round] = (broken[round] ?? 0) ^ 1;
    for (const candidate of [signature, broken]) {
      const expected = verify(
        null,
        message,
        createPublicKey(publicKey.export({ type: "spki", format: "pem" })),
        candidate,
      );
      expect(nativeEd25519.crypto_sign_verify_detached(candidate, message, raw)).toBe(expected);
    }
  }
});

test("an addon that is not there, or does not work, is not used", () => {
  expect(
    working(() => {
      throw new Error("not installed");
    }),
  ).toBeUndefined();
  expect(
    working(() => ({
      crypto_scalarmult_ed25519_base_noclamp: () => undefined,
      crypto_sign_verify_detached: () => true,
    })),
  ).toBeUndefined();
});
