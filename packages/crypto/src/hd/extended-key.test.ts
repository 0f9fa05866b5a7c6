import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fromInteger } from "../../test/support/bytes.ts";
import { loadHd, type HdPrivateKey } from "../index.ts";

const hd = await loadHd();
const refusal = (code: string): unknown => expect.objectContaining({ code });
const XPRV =
  "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi";

const keys: fc.Arbitrary<HdPrivateKey> = fc.record({
  keyType: fc.constant("secp256k1" as const),
  privateKey: fc.bigInt({ min: 1n, max: 2n ** 255n }).map(fromInteger),
  chainCode: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  position: fc.record({
    depth: fc.integer({ min: 1, max: 255 }),
    parentFingerprint: fc.uint8Array({ minLength: 4, maxLength: 4 }),
    childNumber: fc.nat({ max: 2 ** 32 - 1 }),
  }),
});

describe("extended keys", () => {
  it("reads back what it wrote, private and public, on both networks", () => {
    fc.assert(
      fc.property(keys, fc.constantFrom("mainnet" as const, "testnet" as const), (key, network) => {
        const half = hd.publicOf("BIP32", key);
        const [text, publicText] = [hd.formatExtendedKey(key, network), hd.formatExtendedKey(half, network)];
        expect([text.slice(0, 4), publicText.slice(0, 4)]).toEqual(
          network === "mainnet" ? ["xprv", "xpub"] : ["tprv", "tpub"],
        );
        expect(hd.parseExtendedKey(text)).toEqual({ kind: "private", network, key });
        expect(hd.parseExtendedKey(publicText)).toEqual({ kind: "public", network, key: half });
      }),
      { seed: 20260107, numRuns: 30 },
    );
  });

  it("refuses any other text as InvalidKeyMaterial, with nothing of it in the error", () => {
    const damaged = fc
      .tuple(fc.nat({ max: XPRV.length - 1 }), fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 2 }))
      .map(([position, text]) => XPRV.slice(0, position) + text + XPRV.slice(position + 1));
    fc.assert(
      fc.property(fc.oneof(damaged, fc.string(), fc.string({ minLength: 200, maxLength: 400 })), (text) => {
        fc.pre(text !== XPRV);
        expect(() => hd.parseExtendedKey(text)).toThrow(refusal("InvalidKeyMaterial"));
        try {
          hd.parseExtendedKey(text);
        } catch (error) {
          expect(`${String(error)}${JSON.stringify(error)}${String((error as Error).cause)}`).not.toContain(
            XPRV.slice(30, 60),
          );
        }
      }),
      { seed: 20260108, numRuns: 200 },
    );
  });

  it("counts depth and refuses a child below level 255", () => {
    const parsed = hd.parseExtendedKey(XPRV);
    if (parsed.kind !== "private") throw new Error("not an xprv");
    const deep = hd.derivePrivate(
      "BIP32",
      parsed.key,
      Array.from({ length: 255 }, () => hd.HARDENED),
    );
    expect(deep.position?.depth).toBe(255);
    expect(() => hd.derivePrivate("BIP32", deep, "m/0")).toThrow(refusal("InvalidRequest"));
    expect(() =>
      hd.derivePrivate(
        "BIP32",
        parsed.key,
        Array.from({ length: 256 }, () => 0),
      ),
    ).toThrow(refusal("LimitExceeded"));
  });

  it("refuses to write a key that has no extended form", () => {
    const { position: _, ...placeless } = hd.masterFromSeed("BIP32", "secp256k1", new Uint8Array(32));
    const position = { depth: 1, parentFingerprint: new Uint8Array(4), childNumber: 0 };
    expect(() => hd.formatExtendedKey(placeless)).toThrow(refusal("InvalidRequest"));
    expect(() => hd.formatExtendedKey({ ...placeless, keyType: "P-256", position })).toThrow(refusal("InvalidRequest"));
    for (const wrong of [
      { depth: 256 },
      { depth: 0.5 },
      { childNumber: 2 ** 32 },
      { parentFingerprint: new Uint8Array(3) },
      { depth: 0, childNumber: 1 },
    ]) {
      expect(() => hd.formatExtendedKey({ ...placeless, position: { ...position, ...wrong } })).toThrow(
        refusal("InvalidRequest"),
      );
    }
    expect(() => hd.formatExtendedKey({ ...placeless, position, chainCode: new Uint8Array(31) })).toThrow(
      refusal("InvalidKeyMaterial"),
    );
    expect(() => hd.formatExtendedKey({ ...placeless, position, privateKey: new Uint8Array(32) })).toThrow(
      refusal("InvalidKeyMaterial"),
    );
  });
});

describe("derivation paths", () => {
  it("reads what it wrote, with ', h and H", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2 ** 32 - 1 }), { maxLength: 12 }), (numbers) => {
        const text = hd.formatPath(numbers);
        expect(hd.parsePath(text)).toEqual(numbers);
        expect(hd.parsePath(text.replaceAll("'", "h"))).toEqual(numbers);
        expect(hd.parsePath(text.replaceAll("'", "H"))).toEqual(numbers);
      }),
      { seed: 20260109, numRuns: 100 },
    );
    expect(hd.parsePath("m/44'/0'/0")).toEqual([hd.HARDENED + 44, hd.HARDENED, 0]);
    expect(hd.parsePath("m")).toEqual([]);
  });

  it.each([
    "",
    "M",
    "m/",
    "/0",
    "0",
    "m//0",
    "m/0/",
    "m/-1",
    "m/+1",
    "m/01",
    "m/0x1",
    "m/1.0",
    "m/ 1",
    "m/1 ",
    "m/1''",
    "m/'",
    "m/2147483648",
    "m/99999999999",
    "m/a",
    "n/0",
    "m/0\n",
  ])("refuses %j", (text) => {
    expect(() => hd.parsePath(text)).toThrow(refusal("InvalidRequest"));
  });

  it.each([[-1], [0.5], [2 ** 32], [Number.NaN]])("refuses the child number %d", (number) => {
    expect(() => hd.parsePath([number])).toThrow(refusal("InvalidRequest"));
  });
});
