/** The 64 bytes of `descr`: description, usages and marker side by side. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeDescription,
  DESCR_BYTES,
  DESCRIPTION_BYTES,
  encodeDescription,
  intentSuffix,
  markerOf,
} from "../src/description.ts";

const RUNS = { seed: 20261121, numRuns: 1000 };
const description = fc
  .string({ unit: "grapheme", maxLength: DESCRIPTION_BYTES })
  .filter((text) => Buffer.byteLength(text) <= DESCRIPTION_BYTES);
const additions = fc.record({
  usages: fc.option(fc.nat(15), { nil: undefined }),
  marker: fc.option(
    fc.tuple(fc.string(), fc.string()).map(([key, request]) => markerOf(key, request)),
    {
      nil: undefined,
    },
  ),
});

describe("descr", () => {
  test("keeps description, usages and marker within 64 bytes, and gives them back", () => {
    fc.assert(
      fc.property(description, additions, (text, { usages, marker }) => {
        const bytes = encodeDescription(text, { usages, marker });
        const back = decodeDescription(bytes);
        expect(bytes?.length ?? 0).toBeLessThanOrEqual(DESCR_BYTES);
        expect(back.text).toBe(text === "" ? undefined : text);
        expect(back.usages).toBe(usages);
        expect(back.marker).toEqual(marker);
        if (marker !== undefined) {
          expect(Buffer.from(bytes ?? []).subarray(-16)).toEqual(Buffer.from(intentSuffix(marker.intent)));
        }
      }),
      RUNS,
    );
  });

  test("of other programs is read without fail", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: DESCR_BYTES }), (bytes) => {
        const { text } = decodeDescription(bytes);
        if (text !== undefined) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(bytes.length);
      }),
      RUNS,
    );
  });

  test("a description that would be read back as one of ours is refused", () => {
    for (const text of ["~uf", "text~u1", `text~k${"A".repeat(20)}`, `~u3~k${"_".repeat(20)}`]) {
      expect(() => encodeDescription(text, {})).toThrow(expect.objectContaining({ code: "InvalidRequest" }));
    }
    expect(decodeDescription(encodeDescription("~uz ~k", {})).text).toBe("~uz ~k");
  });

  test("tells intents and requests apart, and not what they are", () => {
    const one = markerOf("order 17", "request");
    expect(markerOf("order 17", "request")).toEqual(one);
    expect(markerOf("order 18", "request").intent).not.toBe(one.intent);
    expect(markerOf("order 17", "other")).toEqual({
      intent: one.intent,
      request: expect.not.stringMatching(one.request),
    });
    expect(new TextDecoder().decode(encodeDescription(undefined, { marker: one }))).not.toContain("order");
  });
});
