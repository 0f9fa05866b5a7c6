/** The tables between the device's words and ours, both ways, and what happens to words they do not know. */

import { KEY_TYPES, USAGES } from "@keyrail/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DEVICE_TYPES,
  type DeviceFlag,
  deviceTypeOf,
  flagsOf,
  formatType,
  halfOf,
  hasMode,
  isAsymmetric,
  keyTypeOf,
  modeOf,
  originOf,
  parseType,
  TYPE_USAGES,
  usageBits,
  usagesOf,
  usagesOfBits,
} from "../src/mapping.ts";

const RUNS = { seed: 20261121, numRuns: 500 };
const DEVICE_KEY_TYPES = KEY_TYPES.filter((keyType) => keyType !== "stark");
const FLAGS: readonly DeviceFlag[] = ["ATT", "PKEY", "ECDH", "ExDSA", "CERT", "PQC"];

describe("key types", () => {
  test("each of the device's 23 maps to one of ours and back; stark it does not have", () => {
    expect(Object.keys(DEVICE_TYPES)).toHaveLength(23);
    for (const keyType of DEVICE_KEY_TYPES) expect(keyTypeOf(deviceTypeOf(keyType) ?? "")).toBe(keyType);
    expect(new Set(Object.values(DEVICE_TYPES)).size).toBe(23);
    expect(deviceTypeOf("stark")).toBeUndefined();
    expect(keyTypeOf("GENERIC_DER")).toBeUndefined();
    expect(keyTypeOf("toString")).toBeUndefined();
  });
});

describe("type strings", () => {
  test("of a list, of get, of imported and of derived keys", () => {
    const read = (text: string): object => {
      const { keyType, flags, unknown } = parseType(text);
      if (keyType === undefined) return { unknown: text };
      const half = halfOf(keyType, flags);
      return { keyType, half, origin: originOf(keyType, flags), usages: usagesOf(keyType, half, flags), unknown };
    };
    expect(read("ATT,PKEY,ECDH,ExDSA,SECP256R1")).toEqual({
      keyType: "P-256",
      half: "private",
      origin: "generated",
      usages: ["sign", "verify", "agree", "derive"],
      unknown: [],
    });
    expect(read("ECDH,CURVE25519")).toMatchObject({ keyType: "X25519", half: "public", origin: "imported" });
    expect(read("PKEY,ExDSA,ED25519")).toMatchObject({
      half: "private",
      origin: "derived",
      usages: ["sign", "verify"],
    });
    expect(read("ExDSA,SECP521R1")).toMatchObject({ half: "public", usages: ["verify"] });
    expect(read("ATT,PKEY,ECDH,SECP256K1")).toMatchObject({ usages: ["agree", "derive"] });
    expect(read("ATT,AES256")).toMatchObject({ keyType: "AES-256", half: "secret", usages: ["encrypt", "wrap"] });
    expect(read("CURVE25519")).toMatchObject({ keyType: "X25519" });
    expect(read("ATT,PKEY,GENERIC_DER")).toEqual({ unknown: "ATT,PKEY,GENERIC_DER" });
    expect(read("ATT,SEALED,PKEY,PQC,MLKEM768")).toMatchObject({ keyType: "ML-KEM-768", unknown: ["SEALED"] });
  });

  test("print and parse are each other's inverse, and no text makes parsing fail", () => {
    fc.assert(
      fc.property(fc.subarray([...FLAGS]), fc.constantFrom(...Object.values(DEVICE_TYPES)), (flags, type) => {
        const parsed = parseType(formatType(new Set(flags), type));
        expect([...parsed.flags].sort()).toEqual([...flags].sort());
        expect(parsed).toMatchObject({ type, unknown: [] });
      }),
      RUNS,
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { flags, unknown, type } = parseType(text);
        expect(flags.size + unknown.length).toBeLessThanOrEqual(text.split(",").length - 1);
        expect(text.endsWith(type)).toBe(true);
      }),
      RUNS,
    );
  });

  test("of new keys, as the device will list them", () => {
    const listed = (...given: Parameters<typeof flagsOf>): string =>
      formatType(flagsOf(...given), DEVICE_TYPES[given[0]]);
    expect(listed("P-256", "generated", "ECDH,ExDSA")).toBe("ATT,PKEY,ECDH,ExDSA,SECP256R1");
    expect(listed("X448", "generated", undefined)).toBe("ATT,PKEY,ECDH,CURVE448");
    expect(listed("Ed448", "generated", undefined)).toBe("ATT,PKEY,ExDSA,ED448");
    expect(listed("HMAC-SHA3-512", "generated", undefined)).toBe("ATT,SHA3-512");
    expect(listed("ML-DSA-65", "generated", undefined)).toBe("ATT,PKEY,PQC,MLDSA65");
    expect(listed("X25519", "imported", undefined)).toBe("ECDH,CURVE25519");
    expect(listed("secp256k1", "derived", "ExDSA")).toBe("PKEY,ExDSA,SECP256K1");
  });
});

describe("modes and usages", () => {
  test("a mode is always sent on the curves that have one, in the device's spelling", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...DEVICE_KEY_TYPES),
        fc.subarray([...USAGES], { minLength: 1 }),
        (keyType, usages) => {
          const mode = modeOf(keyType, usages);
          if (hasMode(keyType)) expect(["ECDH", "ExDSA", "ECDH,ExDSA"]).toContain(mode);
          else expect(mode).toBeUndefined();
        },
      ),
      RUNS,
    );
    expect(modeOf("P-256", ["sign"])).toBe("ExDSA");
    expect(modeOf("P-256", ["derive", "verify"])).toBe("ECDH,ExDSA");
    expect(modeOf("P-256", ["agree"])).toBe("ECDH");
  });

  test("the flags of a new key give the usages that were asked for, at least", () => {
    fc.assert(
      fc.property(fc.constantFrom(...DEVICE_KEY_TYPES), fc.nat(14), (keyType, bits) => {
        const usages = usagesOfBits(keyType, bits + 1);
        if (usages.length === 0) return;
        const flags = flagsOf(keyType, "generated", modeOf(keyType, usages));
        const allowed = usagesOf(keyType, halfOf(keyType, flags), flags);
        for (const usage of usages) expect(allowed).toContain(usage);
      }),
      RUNS,
    );
  });

  test("bits of usages go there and back, within one hex digit", () => {
    for (const keyType of DEVICE_KEY_TYPES) {
      expect(TYPE_USAGES[keyType].length).toBeLessThanOrEqual(4);
      for (let bits = 0; bits < 1 << TYPE_USAGES[keyType].length; bits++) {
        expect(usageBits(keyType, usagesOfBits(keyType, bits))).toBe(bits);
      }
    }
    expect(isAsymmetric("AES-128")).toBe(false);
  });
});
