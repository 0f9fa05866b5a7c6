import { formatKeyUri, isKeyrailError } from "@keyrail/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkAliasName,
  checkKeyUri,
  checkLabels,
  checkPrefix,
  checkTags,
  checkText,
  parseAliasReference,
} from "../src/names.ts";

const EDGE = [..."abcdefghijklmnopqrstuvwxyz0123456789"];
const INNER = [...EDGE, ".", "_", "-", "/"];
const name = fc
  .tuple(
    fc.constantFrom(...EDGE),
    fc.option(fc.tuple(fc.string({ unit: fc.constantFrom(...INNER), maxLength: 126 }), fc.constantFrom(...EDGE))),
  )
  .map(([first, rest]) => (rest === null ? first : first + rest[0] + rest[1]));
const version = fc.integer({ min: 1, max: 999_999_999_999_999 });

/** Whether a check lets something pass; nothing but `InvalidRequest` may come out of it. */
function passes(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (isKeyrailError(error, "InvalidRequest")) return false;
    throw error;
  }
}

describe("names of aliases", () => {
  test("are taken as they are, alone and with a version", () => {
    fc.assert(
      fc.property(name, version, (given, number) => {
        expect(checkAliasName(given)).toBe(given);
        expect(parseAliasReference(given)).toEqual({ name: given });
        expect(parseAliasReference(`${given}@${number}`)).toEqual({ name: given, version: number });
        expect(passes(() => checkPrefix(given.slice(0, 5)))).toBe(true);
        // An alias is never taken for a key URI, nor the other way round.
        expect(given).not.toContain(":");
        expect(passes(() => checkKeyUri(given))).toBe(false);
      }),
    );
  });

  test("have no other characters", () => {
    fc.assert(
      fc.property(name, fc.string({ unit: "binary", minLength: 1, maxLength: 1 }), fc.nat(), (given, character, at) => {
        fc.pre(!INNER.includes(character));
        const place = at % (given.length + 1);
        const spoilt = given.slice(0, place) + character + given.slice(place);
        expect(passes(() => checkAliasName(spoilt))).toBe(false);
        if (character !== "@") expect(passes(() => parseAliasReference(spoilt))).toBe(false);
      }),
    );
    for (const given of ["", ".", "a.", "/a", "a@", "a@0", "a@1.5", "a@1@2", "a".repeat(129), `a@${"9".repeat(16)}`]) {
      expect(passes(() => parseAliasReference(given))).toBe(false);
    }
    expect(checkAliasName("a".repeat(128))).toHaveLength(128);
  });

  test("are refused without an accident, whatever is given", () => {
    fc.assert(
      fc.property(fc.anything(), (given) => {
        for (const check of [checkAliasName, parseAliasReference, checkKeyUri, checkPrefix, checkLabels, checkTags]) {
          passes((): unknown => Reflect.apply(check, undefined, [given]));
        }
      }),
    );
  });
});

describe("key URIs", () => {
  const uri = fc.oneof(
    fc
      .record({ provider: fc.constantFrom("encedo", "dfns"), store: fc.domain(), id: fc.string({ minLength: 1 }) })
      .map((parts) => ({ ...parts, network: true })),
    fc
      .record({
        provider: fc.constant("software"),
        // A path that begins with two slashes would read as a host.
        store: fc.string({ minLength: 1, unit: "grapheme" }).map((path) => `/a${path}`),
        id: fc.string({ minLength: 1, unit: "grapheme" }),
      })
      .map((parts) => ({ ...parts, network: false })),
  );

  test("are kept in one spelling, which stays as it is", () => {
    fc.assert(
      fc.property(uri, (parts) => {
        const checked = checkKeyUri(formatKeyUri(parts));
        expect(checkKeyUri(checked.uri)).toEqual(checked);
        expect(checked.uri.startsWith(`${checked.provider}/`)).toBe(true);
        expect(checked.uri.slice(checked.provider.length + 1)).not.toContain("/");
      }),
    );
    expect(checkKeyUri("ENCEDO://Hem.Example:8443/AbC")).toEqual({
      uri: "encedo://hem.example:8443/AbC",
      provider: "encedo://hem.example:8443",
    });
  });
});

describe("texts", () => {
  test("have a length, no control characters and no half characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 20 }), (text) => {
        expect(passes(() => checkText("reason", text, 1, 10))).toBe(text.length >= 1 && text.length <= 10);
      }),
    );
    for (const text of ["a\nb", "\u0000", "\u009f", "\ud800"]) {
      expect(passes(() => checkText("reason", text, 0, 10))).toBe(false);
      expect(passes(() => checkLabels({ [text]: "" }))).toBe(false);
      expect(passes(() => checkLabels({ a: text }))).toBe(false);
      expect(passes(() => checkTags([text]))).toBe(false);
    }
    expect(checkTags(["b", "a", "b"])).toEqual(["b", "a"]);
    expect(passes(() => checkTags(Array.from({ length: 33 }, (_, index) => `${index}`)))).toBe(false);
  });
});
