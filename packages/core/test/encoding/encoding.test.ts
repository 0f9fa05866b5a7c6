import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeBase64,
  decodeBase64Url,
  decodeHex,
  encodeBase64,
  encodeBase64Bytes,
  encodeBase64Url,
  encodeHex,
  isKeyrailError,
  tryDecodeBase64,
  tryDecodeBase64Url,
  tryDecodeHex,
} from "../../src/index.ts";

const SETTINGS = { seed: 7, numRuns: 300 };
const bytes = fc.uint8Array({ maxLength: 200 });
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

const CODECS = [
  {
    name: "hex",
    encode: encodeHex,
    decode: decodeHex,
    attempt: tryDecodeHex,
    node: "hex",
    alphabet: "0123456789abcdef",
  },
  {
    name: "base64",
    encode: encodeBase64,
    decode: decodeBase64,
    attempt: tryDecodeBase64,
    node: "base64",
    alphabet: "ABCdef019+/=",
  },
  {
    name: "base64url",
    encode: encodeBase64Url,
    decode: decodeBase64Url,
    attempt: tryDecodeBase64Url,
    node: "base64url",
    alphabet: "ABCdef019-_",
  },
] as const;

describe.each(CODECS)("$name", ({ encode, decode, attempt, node, alphabet }) => {
  it("writes what Node.js writes and reads it back, from text and from bytes", () => {
    fc.assert(
      fc.property(bytes, (value) => {
        const text = encode(value);
        expect(text).toBe(Buffer.from(value).toString(node));
        expect(decode(text)).toEqual(value);
        expect(attempt(ascii(text))).toEqual(value);
      }),
      SETTINGS,
    );
  });

  it("reads a text only when it is the one text of its bytes", () => {
    const texts = fc.string({ unit: fc.constantFrom(...alphabet.split("")), maxLength: 12 });
    fc.assert(
      fc.property(texts, (text) => {
        const value = attempt(text);
        if (value !== undefined) expect(encode(value)).toBe(text);
        else expect(Buffer.from(text, node).toString(node)).not.toBe(text);
      }),
      { seed: 7, numRuns: 2000 },
    );
  });

  it.each(["A", " ", "AAA\n", "AA AA", "AA=A", "A===", "====", "zz*z", "é", "ＡＡ"])("refuses %j", (text) => {
    expect(attempt(text)).toBeUndefined();
    expect(() => decode(text)).toThrow(expect.toSatisfy((error: unknown) => isKeyrailError(error, "InvalidRequest")));
  });

  it("reads the empty text as no bytes", () => {
    expect(decode("")).toEqual(new Uint8Array(0));
    expect(encode(new Uint8Array(0))).toBe("");
  });
});

it("hex is read in either case", () => {
  expect(decodeHex("00FFaB")).toEqual(Uint8Array.of(0, 255, 0xab));
});

it("base64 as bytes is base64 as text", () => {
  fc.assert(
    fc.property(bytes, (value) => {
      expect(Buffer.from(encodeBase64Bytes(value)).toString("latin1")).toBe(encodeBase64(value));
    }),
    SETTINGS,
  );
});

it.each(["Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg=="])(
  "base64 refuses %j: padding missing, short, or hiding bits",
  (text) => {
    expect(tryDecodeBase64(text)).toBeUndefined();
  },
);

it.each(["Zg==", "Zh", "Zm9", "+A", "/w"])("base64url refuses %j: padding, hidden bits, the other alphabet", (text) => {
  expect(tryDecodeBase64Url(text)).toBeUndefined();
});
