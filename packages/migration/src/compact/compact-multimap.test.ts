import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { CompactMultimap } from "./compact-multimap.ts";

function digestOf(name: string): Uint8Array {
  return createHash("sha256").update(name).digest();
}

it("holds what a map of lists holds", () => {
  const entry = fc.tuple(fc.integer({ min: 0, max: 50 }).map(String), fc.uint8Array({ minLength: 1, maxLength: 300 }));
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 3000 }), (entries) => {
      const map = new CompactMultimap();
      const model = new Map<string, string[]>();
      for (const [name, value] of entries) {
        map.add(digestOf(name), value);
        model.set(name, [...(model.get(name) ?? []), Buffer.from(value).toString("hex")]);
      }
      for (const [name, values] of model) {
        expect([...map.get(digestOf(name))].map((value) => value.toString("hex")).sort()).toEqual(values.sort());
      }
      expect([...map.get(digestOf("never"))]).toEqual([]);
      expect(map.size).toBe(entries.length);
      expect([...map.values()].map((value) => value.toString("hex"))).toEqual(
        entries.map(([, value]) => Buffer.from(value).toString("hex")),
      );
    }),
    { numRuns: 50 },
  );
});

it("keeps values over the ends of its buffers, and what is written into them", () => {
  const map = new CompactMultimap();
  const value = new Uint8Array(60_000).fill(1);
  for (let index = 0; index < 100; index++) {
    value.fill(index + 1);
    map.add(digestOf(String(index)), value);
  }
  for (let index = 0; index < 100; index++) {
    const [found] = [...map.get(digestOf(String(index)))];
    expect(found?.every((byte) => byte === index + 1)).toBe(true);
    if (found !== undefined) found[0] = 0;
  }
  expect([...map.values()].map((found) => found[0])).toEqual(Array.from({ length: 100 }, () => 0));
});
