/** The tables between Dfns' words and Keyrail's: total, and the same both ways. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CURVES, KEY_KINDS, kindFor, kindOf, kindOfProtocol, PROTOCOLS, SCHEMES, usagesOf } from "../src/mapping.ts";
import { markedName, markerOf, partsOfName } from "../src/keys/name-marker.ts";

describe.each(KEY_KINDS)("$scheme on $curve", (kind) => {
  it("is found by its scheme, by its protocol, and by what a request says", () => {
    expect(kindOf(kind.scheme, kind.curve)).toBe(kind);
    expect(kindOfProtocol(kind.protocol, kind.curve)).toBe(kind);
    expect(kindFor({ keyType: kind.keyType, usages: kind.usages, algorithms: kind.algorithms })).toBe(kind);
    expect(kindFor({ keyType: kind.keyType, usages: usagesOf(kind, false) })?.keyType).toBe(kind.keyType);
    expect(CURVES[kind.curve]).toBe(kind.keyType);
  });
});

describe("the tables", () => {
  it("have every scheme, curve and protocol of the fact sheet", () => {
    expect(new Set(KEY_KINDS.map(({ scheme }) => scheme))).toEqual(new Set(SCHEMES));
    expect(new Set<string>(KEY_KINDS.map(({ curve }) => curve))).toEqual(new Set(Object.keys(CURVES)));
    for (const protocol of PROTOCOLS) {
      const curves = Object.keys(CURVES).filter((curve) => kindOfProtocol(protocol, curve) !== undefined);
      expect(curves.length).toBeGreaterThan(0);
    }
  });

  it("read old protocol names and new ones alike", () => {
    expect(kindOfProtocol("CGGMP21", "secp256k1")).toBe(kindOfProtocol("CGGMP24", "secp256k1"));
    expect(kindOfProtocol("KU23", "secp256k1")?.scheme).toBe("ECDSA");
  });

  it("guess nothing", () => {
    expect(kindOf("EdDSA", "secp256k1")).toBeUndefined();
    expect(kindOf("DH", "ed25519")).toBeUndefined();
    expect(kindOfProtocol("CGGMP99", "secp256k1")).toBeUndefined();
    expect(kindOfProtocol("FROST", "secp256k1")).toBeUndefined();
    expect(kindFor({ keyType: "P-256", usages: ["sign"] })).toBeUndefined();
    expect(kindFor({ keyType: "secp256k1", usages: ["sign"], algorithms: ["ES256K"] })).toBeUndefined();
    fc.assert(
      fc.property(fc.string(), fc.string(), (scheme, curve) => {
        const known = KEY_KINDS.some((kind) => kind.scheme === scheme && kind.curve === curve);
        expect(kindOf(scheme, curve) !== undefined).toBe(known);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe("markers in names", () => {
  it("come back out of the name, with the label as it was", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), fc.string({ minLength: 1 }), (label, intent) => {
        const marker = markerOf(intent, ["create", label]);
        const name = markedName(label, marker);
        if (name === undefined) expect(Buffer.byteLength(label)).toBeGreaterThan(66);
        else expect(partsOfName(name)).toEqual({ label, marker });
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it("are not seen where there is none", () => {
    for (const name of ["", "label", "kr:short", "label kr:", `label kr:${"x".repeat(31)}`]) {
      expect(partsOfName(name)).toEqual({ label: name, marker: undefined });
    }
  });
});
