import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatKeyUri, formatProviderUri, KeyrailError, parseKeyUri, parseProviderUri } from "../src/index.ts";

describe("key URIs", () => {
  it.each([
    ["encedo://my.ence.do/48ef", { provider: "encedo", network: true, store: "my.ence.do", id: "48ef" }],
    ["dfns://api.dfns.io:8443/key-1-2", { provider: "dfns", network: true, store: "api.dfns.io:8443", id: "key-1-2" }],
    ["software:/var/keys.db/01J", { provider: "software", network: false, store: "/var/keys.db", id: "01J" }],
    ["software:./a b/%C5%BC.db/1", { provider: "software", network: false, store: "./a b/ż.db", id: "1" }],
    ["SOFTWARE:keys.db/1", { provider: "software", network: false, store: "keys.db", id: "1" }],
    ["software::memory:/1", { provider: "software", network: false, store: ":memory:", id: "1" }],
    ["encedo://[::1]:443/ff", { provider: "encedo", network: true, store: "[::1]:443", id: "ff" }],
  ])("parses %s", (text, parts) => {
    expect(parseKeyUri(text)).toEqual(parts);
    expect(parseKeyUri(formatKeyUri(parseKeyUri(text)))).toEqual(parts);
  });

  it.each([
    "",
    "x",
    "software:",
    "software:x",
    "software:x/",
    "encedo://host",
    "encedo:///id",
    "encedo://ho st/1",
    "software:a?b/1",
    "software:a#b/1",
    "a:%zz/1",
    "encedo://-/1",
    "1a:b/c",
    "software:a\nb/1",
  ])("refuses %j with InvalidRequest", (text) => {
    expect(() => parseKeyUri(text)).toThrowError(expect.objectContaining({ code: "InvalidRequest" }));
  });

  it.each(["encedo://user:sekret@my.ence.do", "dfns://:sekret@api.dfns.io/key-1"])(
    "does not repeat a password in a URI",
    (text) => {
      for (const parse of [parseKeyUri, parseProviderUri]) {
        expect(() => parse(text)).toThrowError(
          expect.objectContaining({ message: expect.not.stringContaining("sekret") }),
        );
      }
    },
  );

  it("gives every store and id back", () => {
    const text = fc.string({ unit: "binary", minLength: 1, maxLength: 20 }).filter((value) => value.isWellFormed());
    fc.assert(
      fc.property(text, text, (store, id) => {
        const parts = { provider: "software", network: false, store: `./${store}`, id };
        expect(parseKeyUri(formatKeyUri(parts))).toEqual(parts);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it("takes any text without another exception than a KeyrailError", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const parse of [parseKeyUri, parseProviderUri]) {
          try {
            parse(text);
          } catch (error) {
            expect(error).toBeInstanceOf(KeyrailError);
          }
        }
      }),
      { seed: 2, numRuns: 1000 },
    );
  });
});

describe("provider URIs", () => {
  it.each([
    ["software:./keys.sqlite", { provider: "software", network: false, store: "./keys.sqlite" }],
    ["encedo://MY.ence.do/", { provider: "encedo", network: true, store: "my.ence.do" }],
  ])("parses %s", (text, parts) => {
    expect(parseProviderUri(text)).toEqual(parts);
    expect(parseProviderUri(formatProviderUri(parts))).toEqual(parts);
  });
});
