import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DerReader,
  TAG,
  decodeHex,
  derBitString,
  derContext,
  derElement,
  derNull,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derSmallInteger,
  derUnsignedInteger,
  encodeHex,
  isKeyrailError,
} from "../../src/index.ts";

const SETTINGS = { seed: 7, numRuns: 300 };
const content = fc.uint8Array({ maxLength: 300 });

function reasonOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (isKeyrailError(error, "InvalidKeyMaterial")) return error.context.reason;
    throw error;
  }
  return "accepted";
}

const readerOf = (hex: string): DerReader => new DerReader(decodeHex(hex), "spki");

describe("round trips", () => {
  it("octet and bit strings of any length", () => {
    fc.assert(
      fc.property(content, (bytes) => {
        const reader = new DerReader(derSequence(derOctetString(bytes), derBitString(bytes), derNull()), "test");
        const inner = reader.readSequence();
        reader.end();
        expect(inner.readOctetString()).toEqual(bytes);
        expect(inner.readBitString()).toEqual(bytes);
        inner.readNull();
        inner.end();
      }),
      SETTINGS,
    );
    const long = new Uint8Array(70_000).fill(9);
    expect(new DerReader(derOctetString(long), "test").readOctetString()).toEqual(long);
  });

  it("integers", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 600n }), (value) => {
        const hex = value.toString(16);
        const magnitude = decodeHex(hex.length % 2 === 0 ? hex : `0${hex}`);
        const reader = new DerReader(derUnsignedInteger(magnitude), "test");
        expect(BigInt(`0x${encodeHex(reader.readUnsignedInteger())}`)).toBe(value);
        expect(reader.done).toBe(true);
      }),
      SETTINGS,
    );
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 - 1 }), (value) => {
        expect(new DerReader(derSmallInteger(value), "test").readSmallInteger()).toBe(value);
      }),
      SETTINGS,
    );
  });

  it("object identifiers", () => {
    const arcs = fc.array(fc.nat({ max: 2 ** 40 }), { minLength: 1, maxLength: 8 });
    const roots = fc.oneof(
      fc.tuple(fc.constantFrom(0, 1), fc.nat({ max: 39 })),
      fc.tuple(fc.constant(2), fc.nat({ max: 5000 })),
    );
    fc.assert(
      fc.property(roots, arcs, (root, rest) => {
        const dotted = [...root, ...rest].join(".");
        expect(new DerReader(derObjectIdentifier(dotted), "test").readObjectIdentifier()).toBe(dotted);
      }),
      SETTINGS,
    );
    expect(encodeHex(derObjectIdentifier("1.2.840.10045.2.1"))).toBe("06072a8648ce3d0201");
  });

  it("context tags", () => {
    const reader = new DerReader(derContext(1, derSmallInteger(5)), "test");
    expect(reader.readOptionalContext(0)).toBeUndefined();
    expect(reader.readOptionalContext(1)?.readSmallInteger()).toBe(5);
    reader.end();
    expect(new DerReader(derElement(0x81, Uint8Array.of(0, 7)), "test").readOptionalImplicitBitString(1)).toEqual(
      Uint8Array.of(7),
    );
  });
});

describe("refuses what is BER and not DER", () => {
  it.each([
    ["a long form for a short length", "04810101", "length not minimal"],
    ["a length with a leading zero", `04820080${"00".repeat(128)}`, "length not minimal"],
    ["an indefinite length", "0480010000", "indefinite length"],
    ["a length of five bytes", "04850000000001", "length too large"],
    ["content that ends early", "040501", "truncated"],
    ["a length that ends early", "0482", "truncated"],
    ["a tag alone", "04", "truncated"],
    ["another type", "020101", "expected OCTET STRING"],
    ["nothing", "", "truncated"],
  ])("%s", (_, hex, reason) => {
    expect(reasonOf(() => readerOf(hex).readOctetString())).toBe(reason);
  });

  it.each([
    ["a negative integer", "0201ff", "negative INTEGER"],
    ["an integer with a needless zero", "0202007f", "INTEGER not minimal"],
    ["an empty integer", "0200", "empty INTEGER"],
  ])("%s", (_, hex, reason) => {
    expect(reasonOf(() => readerOf(hex).readUnsignedInteger())).toBe(reason);
  });

  it("an integer above 2^31 where a small one belongs", () => {
    expect(reasonOf(() => readerOf("02050080000000").readSmallInteger())).toBe("INTEGER out of range");
    expect(readerOf("02047fffffff").readSmallInteger()).toBe(2 ** 31 - 1);
  });

  it.each(["0600", "060180", "06028001", "060380ff7f", "06022aff"])("object identifier %s", (hex) => {
    expect(reasonOf(() => readerOf(hex).readObjectIdentifier())).toBe("malformed OBJECT IDENTIFIER");
  });

  it("a tag number above 30", () => {
    expect(reasonOf(() => readerOf("1f810001").readElement())).toBe("high tag number");
  });

  it("unused bits, a NULL with content, trailing bytes", () => {
    expect(reasonOf(() => readerOf("03020100").readBitString())).toBe("BIT STRING with unused bits");
    expect(reasonOf(() => readerOf("0300").readBitString())).toBe("BIT STRING with unused bits");
    expect(reasonOf(() => readerOf("050100").readNull())).toBe("NULL with content");
    const reader = readerOf("050000");
    reader.readNull();
    expect(reasonOf(() => reader.end())).toBe("trailing bytes");
  });
});

it("any element it reads is the one encoding of its content", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      const reader = new DerReader(bytes, "test");
      const reason = reasonOf(() => {
        const { tag, content: inner, encoded } = reader.readElement();
        expect(derElement(tag, inner)).toEqual(encoded);
      });
      expect(reason).toBeTypeOf("string");
    }),
    { seed: 7, numRuns: 3000 },
  );
});

it("tags are those of X.690", () => {
  expect(TAG).toMatchObject({ integer: 2, bitString: 3, octetString: 4, null: 5, objectIdentifier: 6, sequence: 0x30 });
});
