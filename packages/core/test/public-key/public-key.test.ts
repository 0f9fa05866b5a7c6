import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import {
  ASYMMETRIC_KEY_TYPES,
  PUBLIC_KEY_BYTES,
  PublicKey,
  WEIERSTRASS_CURVES,
  WEIERSTRASS_KEY_TYPES,
  decodeBase64,
  decodeHex,
  derBitString,
  derNull,
  derObjectIdentifier,
  derSequence,
  derSmallInteger,
  encodeHex,
  encodePem,
  isKeyrailError,
  type AsymmetricKeyType,
  type WeierstrassKeyType,
} from "../../src/index.ts";

/** Base points of the curves (SEC 2, FIPS 186-5, the Starknet specification). */
const BASE_POINTS: Readonly<Record<WeierstrassKeyType, string>> = {
  "P-256":
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
  "P-384":
    "04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab73617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
  "P-521":
    "0400c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
  secp256k1:
    "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
  stark:
    "0401ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfca005668060aa49730b7be4801df46ec62de53ecd11abe43a32873000c36e8dc1f",
};
const P256 = decodeHex(BASE_POINTS["P-256"]);
/** RFC 8410, section 10.1. */
const RFC_8410_SPKI = decodeBase64("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=");

function reasonOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (isKeyrailError(error, "InvalidKeyMaterial")) return error.context.reason;
    throw error;
  }
  return "accepted";
}

describe.each(WEIERSTRASS_KEY_TYPES)("%s points", (keyType) => {
  const curve = WEIERSTRASS_CURVES[keyType];
  const size = curve.coordinateBytes;
  const raw = decodeHex(BASE_POINTS[keyType]);
  const x = raw.subarray(1, 1 + size);
  const y = raw.subarray(1 + size);
  const bytesOf = (value: bigint): Uint8Array => decodeHex(value.toString(16).padStart(2 * size, "0"));
  const point = (...parts: readonly (number | Uint8Array)[]): Uint8Array =>
    Uint8Array.from(parts.flatMap((part) => (typeof part === "number" ? [part] : [...part])));

  it("reads the base point in both forms", () => {
    const key = PublicKey.fromRaw(keyType, raw);
    expect(key.toRaw()).toEqual(raw);
    expect(key.toCompressed()).toEqual(point(2 + ((y.at(-1) ?? 0) & 1), x));
    expect(PublicKey.fromRaw(keyType, key.toCompressed()).equals(key)).toBe(true);
    const negated = bytesOf(curve.p - BigInt(`0x${encodeHex(y)}`));
    expect(PublicKey.fromRaw(keyType, point(3 - ((y.at(-1) ?? 0) & 1), x)).toRaw()).toEqual(point(4, x, negated));
  });

  it("refuses everything else", () => {
    const flipped = raw.with(raw.length - 1, (raw.at(-1) ?? 0) ^ 1);
    expect(reasonOf(() => PublicKey.fromRaw(keyType, Uint8Array.of(0)))).toBe("point at infinity");
    expect(reasonOf(() => PublicKey.fromRaw(keyType, raw.with(0, 6)))).toBe("hybrid point");
    expect(reasonOf(() => PublicKey.fromRaw(keyType, raw.with(0, 7)))).toBe("hybrid point");
    expect(reasonOf(() => PublicKey.fromRaw(keyType, flipped))).toBe("not on the curve");
    expect(reasonOf(() => PublicKey.fromRaw(keyType, point(4, new Uint8Array(2 * size))))).toBe("not on the curve");
    expect(reasonOf(() => PublicKey.fromRaw(keyType, point(2, new Uint8Array(size).fill(255))))).toBe(
      "not on the curve",
    );
    for (const bytes of [
      raw.subarray(1),
      raw.subarray(0, -1),
      point(raw, 0),
      point(4, x),
      point(2, x, y),
      x,
      new Uint8Array(0),
    ]) {
      expect(reasonOf(() => PublicKey.fromRaw(keyType, bytes))).toBe("not a SEC 1 point");
    }
  });

  it("refuses coordinates of p or more, also where they are congruent to a point's", () => {
    const modulusBits = curve.p.toString(2).length;
    for (const [first, second] of [
      [x, y],
      [y, x],
    ] as const) {
      const moved = BigInt(`0x${encodeHex(first)}`) + curve.p;
      if (moved.toString(2).length > 8 * size || modulusBits > 8 * size) continue;
      const bytes = first === x ? point(4, bytesOf(moved), second) : point(4, second, bytesOf(moved));
      expect(reasonOf(() => PublicKey.fromRaw(keyType, bytes))).toBe("not on the curve");
    }
  });

  it("half of all x have a point, and then two", () => {
    let found = 0;
    for (let value = 1; value <= 40; value++) {
      const candidate = bytesOf(BigInt(value) + 1000n);
      const even = reasonOf(() => PublicKey.fromRaw(keyType, point(2, candidate)));
      expect(reasonOf(() => PublicKey.fromRaw(keyType, point(3, candidate)))).toBe(even);
      if (even !== "accepted") continue;
      found++;
      const key = PublicKey.fromRaw(keyType, point(2, candidate));
      expect(PublicKey.fromRaw(keyType, key.toRaw()).toCompressed()).toEqual(point(2, candidate));
    }
    expect(found).toBeGreaterThan(8);
    expect(found).toBeLessThan(32);
  });
});

describe("x-only keys (BIP-340)", () => {
  const key = PublicKey.fromRaw("secp256k1", decodeHex(BASE_POINTS.secp256k1));

  it("are x, and lift to the even point", () => {
    expect(encodeHex(key.toXOnly())).toBe(BASE_POINTS.secp256k1.slice(2, 66));
    expect(PublicKey.fromXOnly(key.toXOnly()).toCompressed()[0]).toBe(2);
  });

  it("refuse x off the curve, other lengths and other key types", () => {
    // From the test vectors of BIP-340: not on the curve; and p itself.
    const offCurve = decodeHex("eefdea4cdb677750a420fee807eacf21eb9898ae79b9768766e4faa04a2d4a34");
    const p = decodeHex(WEIERSTRASS_CURVES.secp256k1.p.toString(16));
    expect(reasonOf(() => PublicKey.fromXOnly(offCurve))).toBe("not on the curve");
    expect(reasonOf(() => PublicKey.fromXOnly(p))).toBe("not on the curve");
    expect(reasonOf(() => PublicKey.fromXOnly(key.toCompressed()))).toBe("wrong length");
    expect(reasonOf(() => PublicKey.fromRaw("P-256", P256).toXOnly())).toBe("no x-only form");
    expect(reasonOf(() => PublicKey.fromRaw("X25519", new Uint8Array(32)).toCompressed())).toBe("no compressed form");
  });
});

describe("Edwards points (RFC 8032, 5.1.3 and 5.2.3)", () => {
  const p25519 = (1n << 255n) - 19n;
  const littleEndian = (value: bigint, length: number): Uint8Array =>
    decodeHex(value.toString(16).padStart(2 * length, "0")).toReversed();

  it("accepts the identity and refuses it with the sign bit", () => {
    expect(reasonOf(() => PublicKey.fromRaw("Ed25519", littleEndian(1n, 32)))).toBe("accepted");
    expect(reasonOf(() => PublicKey.fromRaw("Ed25519", littleEndian(1n | (1n << 255n), 32)))).toBe("not on the curve");
    expect(reasonOf(() => PublicKey.fromRaw("Ed448", littleEndian(1n, 57)))).toBe("accepted");
  });

  it("refuses y of p or more, and y without a point", () => {
    expect(reasonOf(() => PublicKey.fromRaw("Ed25519", littleEndian(p25519, 32)))).toBe("not on the curve");
    expect(reasonOf(() => PublicKey.fromRaw("Ed25519", littleEndian(p25519 + 1n, 32)))).toBe("not on the curve");
    expect(reasonOf(() => PublicKey.fromRaw("Ed25519", littleEndian(2n, 32)))).toBe("not on the curve");
    // Bits 448 to 454 of an Ed448 encoding must be zero.
    expect(reasonOf(() => PublicKey.fromRaw("Ed448", littleEndian(1n | (1n << 449n), 57)))).toBe("not on the curve");
  });
});

describe("ML-KEM (FIPS 203, 7.2)", () => {
  const good = new Uint8Array(800);
  it("refuses a coefficient of 3329 or more in either half of a triple", () => {
    expect(reasonOf(() => PublicKey.fromRaw("ML-KEM-512", good))).toBe("accepted");
    // 3328 = 0xd00, 3329 = 0xd01; the low one in bytes 0 and 1, the high one in bytes 1 and 2.
    expect(reasonOf(() => PublicKey.fromRaw("ML-KEM-512", good.with(0, 0x00).with(1, 0x0d)))).toBe("accepted");
    expect(reasonOf(() => PublicKey.fromRaw("ML-KEM-512", good.with(0, 0x01).with(1, 0x0d)))).toBe(
      "coefficient out of range",
    );
    expect(reasonOf(() => PublicKey.fromRaw("ML-KEM-512", good.with(1, 0x00).with(2, 0xd0)))).toBe("accepted");
    expect(reasonOf(() => PublicKey.fromRaw("ML-KEM-512", good.with(1, 0x10).with(2, 0xd0)))).toBe(
      "coefficient out of range",
    );
    expect(reasonOf(() => PublicKey.fromRaw("ML-KEM-512", good.with(765, 0x01).with(766, 0x0d)))).toBe(
      "coefficient out of range",
    );
    expect(reasonOf(() => PublicKey.fromRaw("ML-KEM-512", good.fill(255, 768)))).toBe("accepted");
  });
});

it.each(ASYMMETRIC_KEY_TYPES)("%s: every other length is refused", (keyType) => {
  for (const length of [0, 1, PUBLIC_KEY_BYTES[keyType] - 1, PUBLIC_KEY_BYTES[keyType] + 1]) {
    expect(reasonOf(() => PublicKey.fromRaw(keyType, new Uint8Array(length)))).not.toBe("accepted");
    expect(reasonOf(() => PublicKey.fromTrustedRaw(keyType, new Uint8Array(length)))).not.toBe("accepted");
  }
});

describe("SPKI", () => {
  const algorithm = derSequence(derObjectIdentifier("1.2.840.10045.2.1"), derObjectIdentifier("1.2.840.10045.3.1.7"));
  const read = (...parts: readonly Uint8Array[]): string => reasonOf(() => PublicKey.fromSpki(derSequence(...parts)));

  it("reads the example of RFC 8410", () => {
    const key = PublicKey.fromSpki(RFC_8410_SPKI);
    expect(key.keyType).toBe("Ed25519");
    expect(key.toSpki()).toEqual(RFC_8410_SPKI);
  });

  it("reads a compressed point, which RFC 5480 allows, and writes the uncompressed one", () => {
    const key = PublicKey.fromRaw("P-256", P256);
    expect(PublicKey.fromSpki(derSequence(algorithm, derBitString(key.toCompressed()))).toSpki()).toEqual(key.toSpki());
  });

  it("refuses explicit parameters, other curves and algorithms, and parameters where none belong", () => {
    const explicit = derSequence(derObjectIdentifier("1.2.840.10045.2.1"), derSequence(derSmallInteger(1)));
    expect(read(explicit, derBitString(P256))).toBe("explicit curve parameters");
    const p224 = derSequence(derObjectIdentifier("1.2.840.10045.2.1"), derObjectIdentifier("1.3.132.0.33"));
    expect(read(p224, derBitString(P256))).toBe("unsupported curve");
    const rsa = derSequence(derObjectIdentifier("1.2.840.113549.1.1.1"), derNull());
    expect(read(rsa, derBitString(P256))).toBe("unsupported algorithm");
    const ed25519 = derSequence(derObjectIdentifier("1.3.101.112"), derNull());
    expect(read(ed25519, derBitString(new Uint8Array(32)))).toBe("unexpected parameters");
    const extended = derSequence(
      derObjectIdentifier("1.2.840.10045.2.1"),
      derObjectIdentifier("1.2.840.10045.3.1.7"),
      derNull(),
    );
    expect(read(extended, derBitString(P256))).toBe("trailing bytes");
    expect(read(algorithm, derBitString(P256), derNull())).toBe("trailing bytes");
    expect(reasonOf(() => PublicKey.fromSpki(Uint8Array.of(...RFC_8410_SPKI, 0)))).toBe("trailing bytes");
  });

  it("has no form for stark, and says so", () => {
    const key = PublicKey.fromRaw("stark", decodeHex(BASE_POINTS.stark));
    expect(reasonOf(() => key.toSpki())).toBe("no object identifier");
    expect(() => key.toPem()).toThrow(/stark curve has no object identifier/);
    expect(PublicKey.fromJwk(key.toJwk()).equals(key)).toBe(true);
  });
});

describe("PEM", () => {
  const pem = PublicKey.fromSpki(RFC_8410_SPKI).toPem();

  it("refuses other blocks and several", () => {
    expect(reasonOf(() => PublicKey.fromPem(encodePem("PRIVATE KEY", RFC_8410_SPKI)))).toBe("not a public key");
    expect(reasonOf(() => PublicKey.fromPem(pem + pem))).toBe("not a public key");
    expect(reasonOf(() => PublicKey.fromPem(pem.slice(0, 60)))).toBe("truncated");
  });
});

describe("JWK", () => {
  /** RFC 8037, appendix A.2 and A.3. */
  const ed25519 = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };
  const p256 = PublicKey.fromRaw("P-256", P256).toJwk();

  it("gives the thumbprint of RFC 8037", () => {
    expect(PublicKey.fromJwk(ed25519).thumbprint()).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  });

  it("ignores members that say nothing about the key", () => {
    const key = PublicKey.fromJwk({ ...ed25519, kid: "a", use: "sig", key_ops: ["verify"], alg: "EdDSA", x5c: 1 });
    expect(key.toJwk()).toEqual(ed25519);
    expect(PublicKey.fromJwk({ ...p256, alg: "ECDH-ES" }).keyType).toBe("P-256");
  });

  it.each([
    ["a private key", { ...ed25519, d: "AAAA" }, "private JWK"],
    ["a private AKP", { kty: "AKP", alg: "ML-DSA-44", pub: "", priv: "" }, "private JWK"],
    ["a symmetric key", { kty: "oct", k: "AAAA" }, "private JWK"],
    ["no object", "text", "not a JWK"],
    ["null", null, "not a JWK"],
    ["a number for x", { ...ed25519, x: 5 }, "not a JWK"],
    ["no kty", { crv: "Ed25519", x: ed25519.x }, "not a JWK"],
    ["an unknown type", { kty: "RSA", n: "AQAB", e: "AQAB" }, "unsupported JWK"],
    ["an unknown curve", { ...p256, crv: "P-224" }, "unsupported JWK"],
    ["a curve of another type", { ...ed25519, kty: "EC" }, "unsupported JWK"],
    ["an inherited name as curve", { ...p256, crv: "toString" }, "unsupported JWK"],
    ["no y", { kty: "EC", crv: "P-256", x: p256.kty === "EC" ? p256.x : "" }, "no y"],
    ["padding", { ...ed25519, x: `${ed25519.x}=` }, "x is not base64url"],
    ["a short coordinate", { ...p256, y: "AAAA" }, "wrong length of y"],
    ["a point off the curve", { ...p256, y: "A".repeat(43) }, "not on the curve"],
    ["an alg of another curve", { ...p256, alg: "ES384" }, "alg contradicts the curve"],
    ["an OKP alg on another curve", { ...ed25519, alg: "Ed448" }, "alg contradicts the curve"],
  ])("refuses %s", (_, jwk, reason) => {
    expect(reasonOf(() => PublicKey.fromJwk(jwk))).toBe(reason);
  });
});

describe("is immutable", () => {
  it("against changes of its input and outputs", () => {
    const input = P256.slice();
    const key = PublicKey.fromRaw("P-256", input);
    input.fill(0);
    key.toRaw().fill(0);
    key.toSpki().fill(0);
    expect(key.toRaw()).toEqual(P256);
    expect(PublicKey.fromSpki(key.toSpki()).equals(key)).toBe(true);
    expect(Object.isFrozen(key.toJwk())).toBe(true);
  });

  it("tells keys apart by bytes and by type", () => {
    const zeros = new Uint8Array(32);
    expect(PublicKey.fromRaw("X25519", zeros).equals(PublicKey.fromRaw("Ed25519", zeros.with(0, 1)))).toBe(false);
    expect(PublicKey.fromRaw("X25519", zeros).equals(PublicKey.fromRaw("X25519", zeros.with(0, 1)))).toBe(false);
    expect(PublicKey.fromRaw("X25519", zeros).equals(PublicKey.fromRaw("X25519", zeros.slice()))).toBe(true);
  });

  it("prints as JWK in JSON and as type and thumbprint in text", () => {
    const key = PublicKey.fromRaw("P-256", P256);
    expect(JSON.parse(JSON.stringify({ key }))).toEqual({ key: key.toJwk() });
    expect(String(key)).toBe(`P-256 ${key.thumbprint()}`);
    expect(inspect(key)).toContain("P-256");
  });
});

describe("mutated input", () => {
  const key = PublicKey.fromRaw("P-256", P256);
  const corpus: readonly [string, Uint8Array, (bytes: Uint8Array) => PublicKey][] = [
    ["spki", key.toSpki(), (bytes) => PublicKey.fromSpki(bytes)],
    ["pem", new TextEncoder().encode(key.toPem()), (bytes) => PublicKey.fromPem(Buffer.from(bytes).toString("latin1"))],
    ["raw", key.toRaw(), (bytes) => PublicKey.fromRaw("P-256", bytes)],
    ["ed25519", RFC_8410_SPKI, (bytes) => PublicKey.fromSpki(bytes)],
  ];

  it.each(corpus)("%s gives a KeyrailError or a key", (_, good, read) => {
    for (let length = 0; length < good.length; length++) reasonOf(() => read(good.subarray(0, length)));
    for (let bit = 0; bit < 8 * good.length; bit++) {
      const at = bit >> 3;
      reasonOf(() => {
        const mutated = read(good.with(at, (good[at] ?? 0) ^ (1 << (bit & 7))));
        const known: readonly AsymmetricKeyType[] = ASYMMETRIC_KEY_TYPES;
        expect(known).toContain(mutated.keyType);
      });
    }
  });
});
