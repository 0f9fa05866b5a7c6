import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { concatenate, fromHex, fromInteger, toHex, toInteger } from "../../test/support/bytes.ts";
import { loadStark } from "../index.ts";

const stark = await loadStark();
const runs = { seed: 20260101, numRuns: 20 };

/** 32 bytes of a hex number of any length. */
const hex = (text: string): Uint8Array => fromHex(text.padStart(64, "0"));

const ORDER = 0x0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2fn;
const FIELD = 0x0800000000000011000000000000000000000000000000000000000000000001n;

const digests = fc.uint8Array({ minLength: 32, maxLength: 32 });
const privateKeys = fc.bigInt({ min: 1n, max: ORDER - 1n }).map(fromInteger);

// The published signature cases of StarkWare's crypto library: one key, message hashes of 61 to 63 hex digits.
const STARKWARE_KEY = hex("2dccce1da22003777062ee0870e9881b460a8b7eca276870f57c601f182136c");
const STARKWARE_CASES = [
  {
    digest: "c465dd6b1bbffdb05442eb17f5ca38ad1aa78a6f56bf4415bdee219114a47",
    r: "5f496f6f210b5810b2711c74c15c05244dad43d18ecbbdbe6ed55584bc3b0a2",
    s: "4e8657b153787f741a67c0666bad6426c3741b478c8eaa3155196fc571416f3",
  },
  {
    digest: "c465dd6b1bbffdb05442eb17f5ca38ad1aa78a6f56bf4415bdee219114a47a",
    r: "233b88c4578f0807b4a7480c8076eca5cfefa29980dd8e2af3c46a253490e9c",
    s: "28b055e825bc507349edfb944740a35c6f22d377443c34742c04e0d82278cf1",
  },
  {
    digest: "7465dd6b1bbffdb05442eb17f5ca38ad1aa78a6f56bf4415bdee219114a47a1",
    r: "b6bee8010f96a723f6de06b5fa06e820418712439c93850dd4e9bde43ddf",
    s: "1a3d2bc954ed77e22986f507d68d18115fa543d1901f5b4620db98e2f6efd80",
  },
];

describe("stark: published values", () => {
  it("has the public key x published for a private key", () => {
    const publicKey = stark.getPublic(hex("4070e7abfa479cf8a30d38895e93800a88862c4a65aa00e2b11495998818046"));
    expect(toHex(publicKey.subarray(1, 33))).toBe("07697f8f9a4c3e2b1efd882294462fda2ca9c439d02a3a04cf0a0cdb627f11ee");
  });

  it.each(STARKWARE_CASES)("accepts the signature published for $digest", ({ digest, r, s }) => {
    const publicKey = stark.getPublic(STARKWARE_KEY);
    const signature = concatenate(hex(r), hex(s));
    expect(stark.verify(signature, hex(digest), publicKey)).toBe(true);
    const flipped = Uint8Array.from(signature);
    flipped[63] = (flipped[63] ?? 0) ^ 1;
    expect(stark.verify(flipped, hex(digest), publicKey)).toBe(false);
    // RFC 6979 over the reduced digest gives the very signature StarkWare's library gives.
    expect(toHex(stark.sign(hex(digest), STARKWARE_KEY).signature)).toBe(toHex(signature));
  });

  it("signs and verifies both ends of the scalar range", () => {
    for (const scalar of [1n, 2n, ORDER - 1n]) {
      const publicKey = stark.getPublic(fromInteger(scalar));
      const { signature } = stark.sign(fromInteger(7n), fromInteger(scalar));
      expect(stark.verify(signature, fromInteger(7n), publicKey)).toBe(true);
    }
  });
});

describe("stark: properties", () => {
  it("verifies what it signed, in both public key forms, and nothing else", () => {
    fc.assert(
      fc.property(privateKeys, digests, digests, (privateKey, digest, other) => {
        const publicKey = stark.getPublic(privateKey);
        const { signature } = stark.sign(digest, privateKey);
        expect(stark.verify(signature, digest, publicKey)).toBe(true);
        expect(stark.verify(signature, digest, stark.getPublic(privateKey, true))).toBe(true);
        fc.pre(toInteger(digest) % ORDER !== toInteger(other) % ORDER);
        expect(stark.verify(signature, other, publicKey)).toBe(false);
      }),
      runs,
    );
  });

  it("recovers the signer's public key, for either choice of s", () => {
    fc.assert(
      fc.property(privateKeys, digests, fc.boolean(), (privateKey, digest, lowS) => {
        const made = stark.sign(digest, privateKey, { lowS });
        expect(toHex(stark.recover(made, digest))).toBe(toHex(stark.getPublic(privateKey)));
        if (lowS) expect(toInteger(made.signature.subarray(32)) <= ORDER / 2n).toBe(true);
      }),
      runs,
    );
  });

  it("takes the negated s too, unless asked for low s", () => {
    const { privateKey, publicKey } = stark.generate();
    const digest = fromInteger(1234n);
    const { signature } = stark.sign(digest, privateKey, { lowS: true });
    const high = concatenate(signature.subarray(0, 32), fromInteger(ORDER - toInteger(signature.subarray(32))));
    expect(stark.verify(high, digest, publicKey)).toBe(true);
    expect(stark.verify(high, digest, publicKey, { lowS: true })).toBe(false);
    expect(stark.verify(signature, digest, publicKey, { lowS: true })).toBe(true);
  });

  it("reads a digest as an integer modulo n", () => {
    const { privateKey, publicKey } = stark.generate();
    const { signature } = stark.sign(fromInteger(5n + 3n * ORDER), privateKey);
    expect(stark.verify(signature, fromInteger(5n), publicKey)).toBe(true);
  });

  it("agrees on the same 32 bytes from both sides", () => {
    fc.assert(
      fc.property(privateKeys, privateKeys, (a, b) => {
        const shared = stark.agree(a, stark.getPublic(b, true));
        expect(shared).toHaveLength(32);
        expect(toHex(shared)).toBe(toHex(stark.agree(b, stark.getPublic(a))));
      }),
      runs,
    );
  });

  it("converts public keys between their two forms", () => {
    fc.assert(
      fc.property(privateKeys, (privateKey) => {
        const [long, short] = [stark.getPublic(privateKey), stark.getPublic(privateKey, true)];
        expect([long.length, short.length]).toEqual([65, 33]);
        expect(toHex(stark.convertPublic(long, true))).toBe(toHex(short));
        expect(toHex(stark.convertPublic(short, false))).toBe(toHex(long));
      }),
      runs,
    );
  });
});

describe("stark: refusals", () => {
  const digest = fromInteger(1n);
  const { privateKey, publicKey } = stark.generate();

  it.each([
    ["zero", fromInteger(0n)],
    ["the order", fromInteger(ORDER)],
    ["31 bytes", new Uint8Array(31).fill(1)],
    ["33 bytes", concatenate(new Uint8Array(1), fromInteger(1n))],
  ])("refuses a private key of %s", (_, bad) => {
    expect(() => stark.sign(digest, bad)).toThrow(expect.objectContaining({ code: "InvalidKeyMaterial" }));
    expect(() => stark.getPublic(bad)).toThrow(expect.objectContaining({ code: "InvalidKeyMaterial" }));
    expect(() => stark.agree(bad, publicKey)).toThrow(expect.objectContaining({ code: "InvalidKeyMaterial" }));
  });

  const offCurve = Uint8Array.from(publicKey);
  offCurve[64] = (offCurve[64] ?? 0) ^ 1;
  it.each([
    ["off the curve", offCurve],
    ["infinity", Uint8Array.of(0)],
    ["a coordinate over the field", concatenate(Uint8Array.of(2), fromInteger(FIELD + 1n))],
    ["a hybrid prefix", concatenate(Uint8Array.of(6), publicKey.subarray(1))],
    ["cut short", publicKey.subarray(0, 64)],
    ["empty", new Uint8Array()],
  ])("refuses a public key %s", (_, bad) => {
    const { signature } = stark.sign(digest, privateKey);
    expect(stark.isValidPublicKey(bad)).toBe(false);
    expect(() => stark.verify(signature, digest, bad)).toThrow(expect.objectContaining({ code: "InvalidKeyMaterial" }));
    expect(() => stark.agree(privateKey, bad)).toThrow(expect.objectContaining({ code: "InvalidKeyMaterial" }));
  });

  it("refuses digests that are not 32 bytes and says false to malformed signatures", () => {
    for (const length of [0, 31, 33, 64]) {
      expect(() => stark.sign(new Uint8Array(length), privateKey)).toThrow(
        expect.objectContaining({ code: "InvalidRequest" }),
      );
    }
    for (const bad of [new Uint8Array(64), new Uint8Array(63), new Uint8Array(64).fill(255), new Uint8Array(65)]) {
      expect(stark.verify(bad, digest, publicKey)).toBe(false);
    }
  });

  it("refuses to recover from an impossible recovery id or a short signature", () => {
    const { signature } = stark.sign(digest, privateKey);
    for (const recovery of [2, 3, 4, -1, 0.5]) {
      expect(() => stark.recover({ signature, recovery }, digest)).toThrow(
        expect.objectContaining({ code: "InvalidRequest" }),
      );
    }
    expect(() => stark.recover({ signature: signature.subarray(1), recovery: 0 }, digest)).toThrow(
      expect.objectContaining({ code: "InvalidRequest" }),
    );
  });
});
