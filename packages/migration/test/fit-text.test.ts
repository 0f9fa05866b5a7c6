import { createHash } from "node:crypto";
import type { TextLimit } from "@keyrail/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitText } from "../src/index.ts";

const HEM: TextLimit = { minimumBytes: 1, maximumBytes: 32, charset: "printable-ascii" };
const STORE: TextLimit = { minimumBytes: 1, maximumBytes: 256, charset: "unicode" };

/** The rule of core's gate, written again. */
function isTaken(text: string, { minimumBytes, maximumBytes, charset }: TextLimit): boolean {
  const bytes = new TextEncoder().encode(text).length;
  const points = [...text].map((character) => character.codePointAt(0) ?? 0);
  const fits =
    charset === "printable-ascii"
      ? points.every((point) => point >= 0x20 && point <= 0x7e)
      : points.every(
          (point) => point >= 0x20 && !(point >= 0x7f && point <= 0x9f) && !(point >= 0xd800 && point <= 0xdfff),
        );
  return fits && bytes >= minimumBytes && bytes <= maximumBytes;
}

const limits: fc.Arbitrary<TextLimit> = fc
  .record({
    minimumBytes: fc.nat(20),
    more: fc.nat(120),
    charset: fc.constantFrom("printable-ascii" as const, "unicode" as const),
  })
  .map(({ minimumBytes, more, charset }) => ({ minimumBytes, maximumBytes: minimumBytes + more, charset }));
const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.string({ maxLength: 300 }),
  // Unpaired surrogates too.
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 }).map((units) => String.fromCharCode(...units)),
);

describe("fitText", () => {
  it("always gives a text that the provider takes, the same for the same text", () => {
    fc.assert(
      fc.property(texts, limits, (text, limit) => {
        const fitted = fitText(text, limit);
        expect(isTaken(fitted, limit)).toBe(true);
        expect(fitText(text, limit)).toBe(fitted);
      }),
      { numRuns: 2000 },
    );
  });

  it("leaves a text that is taken as it is", () => {
    fc.assert(
      fc.property(texts, limits, (text, limit) => {
        fc.pre(isTaken(text, limit));
        expect(fitText(text, limit)).toBe(text);
      }),
    );
  });

  it("marks every other text with the beginning of its hash", () => {
    fc.assert(
      fc.property(texts, limits, (text, limit) => {
        fc.pre(!isTaken(text, limit) && limit.maximumBytes >= 9);
        const digest = createHash("sha256").update(Buffer.from(text, "utf16le")).digest("hex");
        expect(fitText(text, limit).endsWith(`~${digest.slice(0, 8)}`)).toBe(true);
      }),
    );
  });

  it.each([
    ["payments", HEM, "payments"],
    ["Zażółć gęślą jaźń", HEM, "Zazo_c gesla jazn~535180d7"],
    ["x".repeat(33), HEM, `${"x".repeat(23)}~f9cb78ff`],
    ["", HEM, "unnamed~e3b0c442"],
    ["", STORE, "unnamed~e3b0c442"],
    ["", { ...STORE, minimumBytes: 0 }, ""],
    ["a\nb", STORE, "a_b~59c97bfd"],
    ["日本", { minimumBytes: 1, maximumBytes: 13, charset: "unicode" }, "日本"],
    ["日本語の鍵", { minimumBytes: 1, maximumBytes: 13, charset: "unicode" }, "日~de9df9d0"],
    ["anything", { minimumBytes: 1, maximumBytes: 4, charset: "unicode" }, "~f22"],
    ["a", { minimumBytes: 12, maximumBytes: 20, charset: "unicode" }, "a__~c0d87f60"],
  ] as const)("%j becomes what the rule says", (text, limit, expected) => {
    const fitted = fitText(text, limit);
    expect(fitted.replace(/~[0-9a-f]*$/, "")).toBe(expected.replace(/~[0-9a-f]*$/, ""));
    expect(fitted.length).toBe(expected.length);
  });

  it("keeps texts apart that begin alike", () => {
    const one = fitText(`${"long name ".repeat(5)}1`, HEM);
    const other = fitText(`${"long name ".repeat(5)}2`, HEM);
    expect(one).not.toBe(other);
  });
});
