import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fromHex, fromInteger, sha256, toHex } from "../../test/support/bytes.ts";
import { loadDeterministicDerivation, loadSecretSharing } from "../index.ts";

const derivation = await loadDeterministicDerivation();
const secp256k1 = (await loadSecretSharing()).secretSharing("secp256k1");

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const refusal = (code: string): unknown => expect.objectContaining({ code });

describe("deterministic derivation: RFC 9380, J.8.1 (secp256k1_XMD:SHA-256_SSWU_RO_)", () => {
  const domain = utf8("QUUX-V01-CS02-with-secp256k1_XMD:SHA-256_SSWU_RO_");
  it.each([
    ["", "c1cae290e291aee617ebaef1be6d73861479c48b841eaba9b7b5852ddfeb1346", 1],
    ["abc", "3377e01eab42db296b512293120c6cee72b6ecf9f9205760bd9ff11fb3cb2c4b", 0],
    ["abcdef0123456789", "bac54083f293f1fe08e4a70137260aa90783a5cb84d3f35848b324d0674b0e3a", 0],
  ])("hashes %j to the published point", (message, x, odd) => {
    const point = derivation.hashToPoint({ domain, seed: utf8(message) });
    expect(toHex(point)).toBe(`0${2 + odd}${x}`);
    // The key 1 changes nothing.
    expect(derivation.evaluate(fromInteger(1n), { domain, seed: utf8(message) })).toEqual(point);
  });
});

describe("deterministic derivation: properties", () => {
  const keys = fc.bigInt({ min: 1n, max: ORDER - 1n }).map(fromInteger);
  const input = fc.record({ domain: fc.uint8Array({ minLength: 1, maxLength: 300 }), seed: fc.uint8Array() });

  it("is a function of key, domain and seed, 32 bytes, the hash of the point", () => {
    fc.assert(
      fc.property(keys, input, (key, { domain, seed }) => {
        const derived = derivation.deriveOutput(key, { domain, seed });
        expect(derived).toHaveLength(32);
        expect(derivation.deriveOutput(key, { domain, seed })).toEqual(derived);
        expect(sha256(derivation.evaluate(key, { domain, seed }))).toEqual(derived);
        expect(derivation.deriveOutput(key, { domain, seed: Uint8Array.of(...seed, 1) })).not.toEqual(derived);
        expect(derivation.deriveOutput(key, { domain: Uint8Array.of(...domain, 1), seed })).not.toEqual(derived);
      }),
      { seed: 20260105, numRuns: 10 },
    );
  });

  it("is what the holders of shares get together", () => {
    const secret = fromInteger(424242n);
    const value = { domain: utf8("domain"), seed: utf8("seed") };
    const { shares } = secp256k1.split(secret, { threshold: 2, shares: 3 });
    const partial = shares.map((share) => ({ index: share.index, point: derivation.evaluate(share.scalar, value) }));
    const together = secp256k1.interpolatePublicKey(partial.slice(1));
    const point = derivation.evaluate(secret, value);
    expect(toHex(together.subarray(1, 33))).toBe(toHex(point.subarray(1)));
  });
});

describe("deterministic derivation: refusals", () => {
  const seed = fromHex("64616e69656c2e6a696e4064666e732e636f");
  it("refuses an empty domain and a key out of range", () => {
    expect(() => derivation.deriveOutput(fromInteger(1n), { domain: new Uint8Array(), seed })).toThrow(
      refusal("InvalidRequest"),
    );
    for (const bad of [new Uint8Array(32), fromInteger(ORDER), new Uint8Array(33).fill(1)]) {
      expect(() => derivation.deriveOutput(bad, { domain: utf8("d"), seed })).toThrow(refusal("InvalidKeyMaterial"));
    }
  });
});
