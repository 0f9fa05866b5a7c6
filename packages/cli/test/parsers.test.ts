/** The small parsers of the command: fixed values in any spelling, lines of JSON members. */

import fc from "fast-check";
import { ALGORITHMS, KEY_TYPES, OPERATIONS, USAGES } from "@keyrail/core";
import { describe, expect, it } from "vitest";
import { choice, choices } from "../src/commands/choice.ts";
import { parseJsonFile } from "../src/config/json-file.ts";

describe("choice", () => {
  it.each([
    ["key types", KEY_TYPES],
    ["algorithms", ALGORITHMS],
    ["operations", OPERATIONS],
    ["usages", USAGES],
  ] as const)("reads %s in every case, with and without punctuation, and never as another", (_name, values) => {
    const read = choice<string>(values);
    for (const value of values) {
      expect(read(value)).toBe(value);
      expect(read(value.toLowerCase())).toBe(value);
      expect(read(value.toUpperCase().replaceAll(/[^A-Z0-9]/g, ""))).toBe(value);
    }
  });

  it("refuses everything else", () => {
    const read = choice<string>(KEY_TYPES);
    const known = new Set(KEY_TYPES.map((value) => value.toLowerCase().replaceAll(/[^a-z0-9]/g, "")));
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!known.has(text.toLowerCase().replaceAll(/[^a-z0-9]/g, "")));
        expect(() => read(text)).toThrow("It is one of");
      }),
      { seed: 20260101, numRuns: 200 },
    );
  });

  it("collects repeated and comma-separated values", () => {
    expect(choices(USAGES)("verify", ["sign"])).toEqual(["sign", "verify"]);
    expect(choices(USAGES)("sign,verify", undefined)).toEqual(["sign", "verify"]);
  });
});

describe("parseJsonFile", () => {
  const name = fc.stringMatching(/^[a-z]{1,6}$/);
  const tree = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.integer(),
      fc.string(),
      fc.dictionary(name, tie("value"), { maxKeys: 4 }),
    ),
  })).value;

  it("gives what JSON.parse gives, and the line of every member", () => {
    fc.assert(
      fc.property(fc.dictionary(name, tree, { minKeys: 1, maxKeys: 5 }), (value) => {
        const text = JSON.stringify(value, undefined, 2);
        const file = parseJsonFile(`// a comment\n${text}`);
        if ("problem" in file) throw new Error(file.problem);
        expect(file.value).toEqual(JSON.parse(text));
        const lines = text.split("\n");
        for (const path of paths(value)) {
          expect(lines[file.lineOf(path) - 2]).toContain(`"${path.at(-1)}":`);
        }
      }),
      { seed: 20260101, numRuns: 100 },
    );
  });

  it("says on which line a text is no JSON", () => {
    expect(parseJsonFile('{\n  "a": 1,\n  b\n}')).toMatchObject({ line: 3 });
    expect(parseJsonFile("")).toMatchObject({ line: 1 });
  });
});

/** The path of every member of an object, deep. */
function paths(value: unknown): string[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[key], ...paths(inner).map((rest) => [key, ...rest])]);
}
