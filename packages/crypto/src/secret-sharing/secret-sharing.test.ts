import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { fromHex, fromInteger, reversed, sha256, toHex, toInteger } from "../../test/support/bytes.ts";
import { describeVectors } from "../../test/support/published-vectors.ts";
import { SHARING_CURVES, loadSecretSharing, type SecretShare, type SharingCurve } from "../index.ts";

const { ed25519ScalarFromExpanded, ed25519ScalarFromSeed, secretSharing } = await loadSecretSharing();

const ORDERS: Record<SharingCurve, bigint> = {
  secp256k1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  stark: 0x0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2fn,
  Ed25519: 2n ** 252n + 27742317777372353535851937790883648493n,
};
const refusal = (code: string): unknown => expect.objectContaining({ code });

/** A secret, t of n, and t distinct positions among the n. */
const cases = (
  curve: SharingCurve,
  maximum: number,
): fc.Arbitrary<{ secret: Uint8Array; n: number; chosen: number[] }> =>
  fc.integer({ min: 2, max: maximum }).chain((n) =>
    fc.record({
      secret: fc.bigInt({ min: 1n, max: ORDERS[curve] - 1n }).map(fromInteger),
      n: fc.constant(n),
      chosen: fc.uniqueArray(fc.integer({ min: 0, max: n - 1 }), { minLength: 2, maxLength: n }),
    }),
  );

const at = <T>(from: readonly T[], position: number): T => {
  const item = from[position];
  if (item === undefined) throw new Error(`nothing at ${position}`);
  return item;
};
const pick = <T>(from: readonly T[], positions: readonly number[]): T[] =>
  positions.map((position) => at(from, position));

describe.each(SHARING_CURVES)("secret sharing over %s", (curve) => {
  const sharing = secretSharing(curve);
  const secret = fromInteger(123456789n);

  it("gives the secret back from any t shares, in any order (200 random splits)", () => {
    fc.assert(
      fc.property(cases(curve, 6), ({ secret: random, n, chosen }) => {
        const split = sharing.split(random, { threshold: chosen.length, shares: n });
        expect(split.shares.map((share) => share.index)).toEqual(Array.from({ length: n }, (_, i) => i + 1));
        expect(split.commitments).toHaveLength(chosen.length);
        expect(toHex(sharing.combine(pick(split.shares, chosen)))).toBe(toHex(random));
      }),
      { seed: 20260102, numRuns: 200 },
    );
  });

  it("checks every share, every public share and the public key of a split", () => {
    fc.assert(
      fc.property(cases(curve, 5), ({ secret: random, n, chosen }) => {
        const threshold = chosen.length;
        const split = sharing.split(random, { threshold, shares: n });
        expect(toHex(split.publicKey)).toBe(toHex(sharing.publicKeyOf(random)));
        for (const [i, share] of split.shares.entries()) {
          const publicShare = at(split.publicShares, i);
          expect(sharing.verifyShare(share, split.commitments)).toBe(true);
          expect(sharing.verifyPublicShare(share, publicShare)).toBe(true);
          expect(sharing.publicShareAt(split.commitments, share.index)).toEqual(publicShare);
        }
        expect(sharing.arePublicSharesConsistent(split.publicShares, threshold)).toBe(true);
        expect(sharing.interpolatePublicKey(pick(split.publicShares, chosen))).toEqual(split.publicKey);
        expect(sharing.combine(pick(split.shares, chosen), split.publicKey)).toEqual(random);
      }),
      { seed: 20260103, numRuns: 8 },
    );
  });

  it("finds a wrong share and a wrong public share", () => {
    const split = sharing.split(secret, { threshold: 3, shares: 5 });
    const [first, second, third] = [at(split.shares, 0), at(split.shares, 1), at(split.shares, 2)];
    const wrong = { index: first.index, scalar: second.scalar };
    expect(sharing.verifyShare(wrong, split.commitments)).toBe(false);
    expect(() => sharing.combine([wrong, second, third], split.publicKey)).toThrow(refusal("InvalidKeyMaterial"));
    expect(() => sharing.combine([first, second], split.publicKey)).toThrow(refusal("InvalidKeyMaterial"));
    expect(toHex(sharing.combine([first, second]))).not.toBe(toHex(secret));
    for (const position of [0, 1, 2, 3, 4]) {
      const points = split.publicShares.map((share, i) =>
        i === position ? { ...share, point: sharing.publicKeyOf(fromInteger(99n)) } : share,
      );
      expect(sharing.arePublicSharesConsistent(points, 3)).toBe(false);
      expect(sharing.verifyPublicShare(at(split.shares, position), at(points, position))).toBe(false);
    }
    expect(sharing.arePublicSharesConsistent(split.publicShares, 2)).toBe(false);
    expect(sharing.arePublicSharesConsistent(split.publicShares, 4)).toBe(true);
  });

  it("draws new coefficients for every split", () => {
    const splits = Array.from({ length: 20 }, () => at(sharing.split(secret, { threshold: 2, shares: 2 }).shares, 0));
    expect(new Set(splits.map((share) => toHex(share.scalar))).size).toBe(20);
  });

  it("combines shares at indices of the holder's own, bigint or number", () => {
    // f(x) = 5 + 7x at 10 and at order - 3
    const order = ORDERS[curve];
    const far = (5n + 7n * (order - 3n)) % order;
    const shares = [
      { index: 10, scalar: fromInteger(75n) },
      { index: order - 3n, scalar: fromInteger(far) },
    ];
    expect(toInteger(sharing.combine(shares))).toBe(5n);
  });

  it.each([
    ["t = 1", { threshold: 1, shares: 3 }],
    ["t > n", { threshold: 4, shares: 3 }],
    ["t not an integer", { threshold: 2.5, shares: 3 }],
    ["n not a number", { threshold: 2, shares: Number.NaN }],
    ["too few coefficients", { threshold: 3, shares: 3, coefficients: [fromInteger(1n)] }],
  ])("refuses to split with %s", (_, options) => {
    expect(() => sharing.split(secret, options)).toThrow(refusal("InvalidRequest"));
  });

  it("refuses a secret, a coefficient or a share out of range, and a zero share", () => {
    for (const bad of [
      new Uint8Array(32),
      fromInteger(ORDERS[curve]),
      new Uint8Array(31).fill(1),
      new Uint8Array(33).fill(1),
    ]) {
      expect(() => sharing.split(bad, { threshold: 2, shares: 2 })).toThrow(refusal("InvalidKeyMaterial"));
      expect(() => sharing.split(secret, { threshold: 2, shares: 2, coefficients: [bad] })).toThrow(
        refusal("InvalidKeyMaterial"),
      );
      expect(() =>
        sharing.combine([
          { index: 1, scalar: bad },
          { index: 2, scalar: secret },
        ]),
      ).toThrow(refusal("InvalidKeyMaterial"));
    }
    // f(x) = 3 - x is 0 at 3
    const coefficients = [fromInteger(ORDERS[curve] - 1n)];
    expect(() => sharing.split(fromInteger(3n), { threshold: 2, shares: 3, coefficients })).toThrow(
      refusal("InvalidRequest"),
    );
    // f(x) = x: the secret is 0
    const line = [1, 2].map((x) => ({ index: x, scalar: fromInteger(BigInt(x)) }));
    expect(() => sharing.combine(line)).toThrow(refusal("InvalidKeyMaterial"));
  });

  it("refuses more shares than it makes", () => {
    expect(() => sharing.split(secret, { threshold: 2, shares: 65_536 })).toThrow(refusal("LimitExceeded"));
  });

  it("refuses no shares, repeated indices and indices out of range", () => {
    const numbered = (index: number | bigint): SecretShare => ({ index, scalar: secret });
    expect(() => sharing.combine([])).toThrow(refusal("InvalidRequest"));
    expect(() => sharing.combine([numbered(1), numbered(1n)])).toThrow(refusal("InvalidRequest"));
    for (const index of [0, -1, 1.5, Number.NaN, ORDERS[curve]]) {
      expect(() => sharing.combine([numbered(index), numbered(7)])).toThrow(refusal("InvalidRequest"));
    }
  });

  it("refuses points that are not points of the group", () => {
    const point = sharing.publicKeyOf(secret);
    const { commitments } = sharing.split(secret, { threshold: 2, shares: 2 });
    const bad = [new Uint8Array(), point.subarray(1), new Uint8Array(point.length).fill(0xff), Uint8Array.of(0)];
    if (curve === "Ed25519") {
      // identity; order 2; order 4 (y = 0); a non-canonical y (p + 1)
      bad.push(
        fromHex("01".padEnd(64, "0")),
        fromHex(`ec${"ff".repeat(30)}7f`),
        new Uint8Array(32),
        fromHex(`ee${"ff".repeat(30)}7f`),
      );
    }
    for (const wrong of bad) {
      expect(() =>
        sharing.interpolatePublicKey([
          { index: 1, point },
          { index: 2, point: wrong },
        ]),
      ).toThrow(refusal("InvalidKeyMaterial"));
      expect(() => sharing.verifyShare({ index: 1, scalar: secret }, [at(commitments, 0), wrong])).toThrow(
        refusal("InvalidKeyMaterial"),
      );
    }
    // Y_1 = 1G and Y_2 = 2G are on f(x) = x, whose value at 0 has no public key.
    const line = [1n, 2n].map((x) => ({ index: x, point: sharing.publicKeyOf(fromInteger(x)) }));
    expect(() => sharing.interpolatePublicKey(line)).toThrow(refusal("InvalidKeyMaterial"));
  });

  it("never tells a secret in an error", () => {
    const tooBig = new Uint8Array(32).fill(0xfe);
    try {
      sharing.split(tooBig, { threshold: 1, shares: 1 });
    } catch (error) {
      expect(JSON.stringify(error) + String(error)).not.toContain("fefe");
    }
  });
});

const frostSchema = z.object({
  inputs: z.object({
    group_secret_key: z.string(),
    verifying_key_key: z.string(),
    share_polynomial_coefficients: z.array(z.string()).min(1),
    participant_shares: z.array(z.object({ identifier: z.number(), participant_share: z.string() })).min(3),
  }),
});

describe.each([
  { file: "shamir/rfc9591-frost-secp256k1.json", curve: "secp256k1", read: fromHex },
  // RFC 9591 writes Ed25519 scalars little-endian.
  { file: "shamir/rfc9591-frost-ed25519.json", curve: "Ed25519", read: (hex: string) => reversed(fromHex(hex)) },
] as const)("RFC 9591 appendix E over $curve", ({ file, curve, read }) => {
  describeVectors(file, frostSchema, ({ inputs }) => {
    const sharing = secretSharing(curve);
    const secret = read(inputs.group_secret_key);
    const published = inputs.participant_shares.map((share) => ({
      index: share.identifier,
      scalar: read(share.participant_share),
    }));

    it("splits into the published shares", () => {
      const coefficients = inputs.share_polynomial_coefficients.map(read);
      const split = sharing.split(secret, {
        threshold: coefficients.length + 1,
        shares: published.length,
        coefficients,
      });
      expect(split.shares).toEqual(published);
      for (const share of published) expect(sharing.verifyShare(share, split.commitments)).toBe(true);
    });

    it("combines every pair of the published shares to the published keys", () => {
      const pairs = published.flatMap((a, i) => published.slice(i + 1).map((b) => [a, b]));
      expect(pairs).toHaveLength(3);
      for (const pair of pairs)
        expect(toHex(sharing.combine(pair, fromHex(inputs.verifying_key_key)))).toBe(toHex(secret));
    });
  });
});

describe("published shares of a secp256k1 and an Ed25519 secret, 3 of 5", () => {
  const inRange = (text: string, curve: SharingCurve): Uint8Array =>
    fromInteger(toInteger(sha256(text)) % ORDERS[curve]);
  const coefficients = (curve: SharingCurve): Uint8Array[] => [inRange("a1", curve), inRange("a2", curve)];

  it.each([
    {
      curve: "secp256k1",
      secret: fromHex("6233d8f92a4c434c243418e45a4b671b8d685d86643f5b84c2cf9d34fc9c426a"),
      shares: [
        "83ce0cb268b0e6b1d0e98a97ecb80298017221733a8a64bff6c0d8b542105d44",
        "fddcc4ff55f66a228a32b3fbc4ddfd07242cc4fc95ef64547bc93d1dc5398e2c",
        "d06001dff21ccd9e500f950fe2bd566a3ae96b3bc725ba0692166be1b5e193e1",
        "fb57c3543d24112522802dd446560ec00056f1177d760611f97ac38de43eafa4",
        "7ec4095c370c34b701847e48efa82609b9c679a90997a83af223e595801aa034",
      ],
    },
    {
      curve: "Ed25519",
      secret: ed25519ScalarFromSeed(fromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")),
      shares: [
        "018381494554c40b5075f28cfa949b768ab13893d2830c77d54fdafe4217ce00",
        "0b923996329a477c09bf1bf0d2ba95e28812460338f195063083b6953b6135de",
        "0e157676cec0aaf7cf9bfd04f099ef40b6ea57d752ac66e7cc606876449cbc3c",
        "090d37eb19c7ee7ea20c95c95432a79117396e101fb3821ca8e5f0a15dca611a",
        "0c797df313b012108110e63dfd84bed3bdde828c42fe837b1e26b230e3dff865",
      ],
    },
  ] as const)("splits $curve into them and back", ({ curve, secret, shares }) => {
    const sharing = secretSharing(curve);
    const split = sharing.split(secret, { threshold: 3, shares: 5, coefficients: coefficients(curve) });
    expect(split.shares.map((share) => toHex(share.scalar))).toEqual(shares);
    for (const chosen of [
      [0, 1, 2],
      [1, 3, 4],
      [0, 2, 4],
      [2, 3, 4],
      [0, 1, 2, 3, 4],
    ]) {
      expect(toHex(sharing.combine(pick(split.shares, chosen), split.publicKey))).toBe(toHex(secret));
    }
    expect(toHex(sharing.combine(pick(split.shares, [0, 1])))).not.toBe(toHex(secret));
  });

  it("takes the scalar of an Ed25519 seed and of its expanded key as published", () => {
    const scalar = "0fe94d9006f020a5a3c080d96827fffce8852346655006e96ae99be612ac2c7c";
    const seed = fromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    expect(toHex(ed25519ScalarFromSeed(seed))).toBe(scalar);
    const clamped = "307c83864f2833cb427a2ef1c00a013cfdff2768d980c0a3a520f006904de94f";
    expect(toHex(ed25519ScalarFromExpanded(fromHex(clamped + "00".repeat(32))))).toBe(scalar);
    const publicKey = secretSharing("Ed25519").publicKeyOf(fromHex(scalar));
    expect(toHex(publicKey)).toBe("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    expect(() => ed25519ScalarFromSeed(seed.subarray(1))).toThrow(refusal("InvalidKeyMaterial"));
    expect(() => ed25519ScalarFromExpanded(seed)).toThrow(refusal("InvalidKeyMaterial"));
    expect(() => ed25519ScalarFromExpanded(new Uint8Array(64))).toThrow(refusal("InvalidKeyMaterial"));
  });
});
