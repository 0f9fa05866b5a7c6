import {
  createECDH,
  createHash,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  verify as nodeVerify,
  type KeyObject,
} from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { base64, counting, startFixture, type Fixture } from "./fixture.ts";
import { createKid, importKey, publicKey, use } from "./keys.ts";

const HASHES = ["SHA2-256", "SHA2-384", "SHA2-512", "SHA3-256", "SHA3-384", "SHA3-512"] as const;
const CURVES = {
  SECP256R1: "prime256v1",
  SECP384R1: "secp384r1",
  SECP521R1: "secp521r1",
  SECP256K1: "secp256k1",
} as const;
type Curve = keyof typeof CURVES;
const CURVE_NAMES: readonly Curve[] = ["SECP256R1", "SECP384R1", "SECP521R1", "SECP256K1"];
const msg = base64("a message");
const bytes = (text: unknown): Buffer => Buffer.from(String(text), "base64");

/** The key, or `undefined` where this Node does not know its algorithm. */
function readSpki(der: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: der, format: "der", type: "spki" });
  } catch {
    // Node before 24.6 has no post-quantum keys.
    return undefined;
  }
}

let device: Fixture;
beforeAll(async () => {
  device = await startFixture();
});
afterAll(() => device.emulator.close());

describe("worked vector of section 6", () => {
  const peer = "eaYx7t4b+cmPEgMs3q3Q56B5OY/HhriMyEbsia+FpRo=";
  let kid = "";
  beforeAll(() => {
    [kid = ""] = device.emulator.addKeys([{ type: "CURVE25519", label: "vector", secretKey: counting(0x60, 32) }]);
  });

  it("public key and kid", async () => {
    expect(kid).toBe("ce661604ed91cb06ddbe02dbb5b02b86");
    expect(base64(await publicKey(device, kid))).toBe("Z13VdO13iTELPS52gfN5C0ZsdzsVIf7PNld5WDcepS8=");
  });

  it("raw and hashed agreement", async () => {
    const raw = await use(device, "ecdh", { kid, pubkey: peer });
    expect(bytes(raw.json.ecdh).toString("hex")).toBe(
      "d6fb939511b2381bc8599b4b8edc5968829450dfd7a87aebe78a703cd04cd54e",
    );
    expect((await use(device, "ecdh", { kid, pubkey: peer, alg: "" })).json).toEqual(raw.json);
    const hashed = await use(device, "ecdh", { kid, pubkey: peer, alg: "SHA2-256" });
    expect(hashed.json.ecdh).toBe("jZ3ycFpCQ39tPphCMo34M4+7nq1js0utpkbkXvSgaBE=");
  });

  it("MAC under the raw secret", async () => {
    const body = { kid, pubkey: peer, msg: base64("abc"), alg: "SHA2-256" };
    const { mac } = (await use(device, "hmac/hash", body)).json;
    expect(mac).toBe("jxjMOHnTBoj8IifKcd35vvli7BIkj+uRhQz/hIH29Ns=");
    expect((await use(device, "hmac/verify", { ...body, mac })).status).toBe(200);
    expect((await use(device, "hmac/hash", { ...body, alg: undefined })).status).toBe(406);
    expect((await use(device, "hmac/hash", { ...body, alg: "SHA1" })).status).toBe(406);
  });

  it("derived cipher and wrapping keys", async () => {
    const aes = Buffer.from("56a60431ec533de0ebcba2dd982fbc2032587d3553d228aa30d8df2dc057e3d5", "hex");
    const kek = Buffer.from("f213505620701aecda734ab75442f9b2bb254629b40962cfb763375ec06a5ae8", "hex");
    const encrypted = (
      await use(device, "cipher/encrypt", {
        kid,
        pubkey: peer,
        msg,
        alg: "AES256-GCM",
        ctx: base64("ctx1"),
        aad: base64("aad"),
      })
    ).json;
    expect(bytes(encrypted.iv)).toHaveLength(16);
    const decipher = createDecipheriv("aes-256-gcm", aes, bytes(encrypted.iv))
      .setAuthTag(bytes(encrypted.tag))
      .setAAD(Buffer.from("aad"));
    expect(Buffer.concat([decipher.update(bytes(encrypted.ciphertext)), decipher.final()]).toString()).toBe(
      "a message",
    );
    const secret = counting(1, 24);
    const { wrapped } = (await use(device, "cipher/wrap", { kid, pubkey: peer, msg: base64(secret) })).json;
    const unwrap = createDecipheriv("id-aes256-wrap", kek, Buffer.alloc(8, 0xa6));
    expect(Buffer.concat([unwrap.update(bytes(wrapped)), unwrap.final()])).toEqual(Buffer.from(secret));
  });
});

describe("hmac", () => {
  it.each(HASHES)("a stored %s key fixes the hash", async (type) => {
    const kid = await createKid(device, type);
    const answer = await use(device, "hmac/hash", { kid, msg, alg: "nonsense" });
    const { mac } = answer.json;
    expect(bytes(mac)).toHaveLength(Number(type.slice(-3)) / 8);
    const verified = await use(device, "hmac/verify", { kid, msg, mac });
    expect([verified.status, verified.text]).toEqual([200, ""]);
    expect((await use(device, "hmac/verify", { kid, msg: base64("other"), mac })).status).toBe(406);
    expect((await use(device, "hmac/verify", { kid, msg, mac: "AAAA" })).status).toBe(406);
    expect((await use(device, "hmac/verify", { kid, msg, mac: base64(counting(0, 65)) })).status).toBe(400);
  });

  it("messages of 1 to 2048 bytes", async () => {
    const kid = await createKid(device, "SHA2-256");
    for (const [length, status] of [
      [0, 400],
      [1, 200],
      [2048, 200],
      [2049, 400],
    ] as const) {
      expect((await use(device, "hmac/hash", { kid, msg: base64(new Uint8Array(length)) })).status).toBe(status);
    }
    expect((await use(device, "hmac/hash", { kid: await createKid(device, "AES128"), msg })).status).toBe(406);
  });
});

describe("ecdh", () => {
  it.each(CURVE_NAMES)("%s: hashed in full, raw cut to 32 bytes", async (curve) => {
    const kid = await createKid(device, curve);
    const own = createECDH(CURVES[curve]);
    const pubkey = base64(own.generateKeys(null, "compressed"));
    const secret = own.computeSecret(await publicKey(device, kid));
    expect(bytes((await use(device, "ecdh", { kid, pubkey })).json.ecdh)).toEqual(secret.subarray(0, 32));
    const hashed = await use(device, "ecdh", { kid, pubkey, alg: "SHA3-512" });
    expect(bytes(hashed.json.ecdh)).toEqual(createHash("sha3-512").update(secret).digest());
  });

  it("CURVE448 agrees with another implementation", async () => {
    const kid = await createKid(device, "CURVE448");
    const own = generateKeyPairSync("x448");
    const prefix = Buffer.from("3042300506032b656f033900", "hex");
    const publicObject = createPublicKey({
      key: Buffer.concat([prefix, await publicKey(device, kid)]),
      format: "der",
      type: "spki",
    });
    const secret = diffieHellman({ privateKey: own.privateKey, publicKey: publicObject });
    const pubkey = base64(own.publicKey.export({ type: "spki", format: "der" }).subarray(-56));
    expect(bytes((await use(device, "ecdh", { kid, pubkey })).json.ecdh)).toEqual(secret.subarray(0, 32));
  });

  it("refuses a missing peer, another curve, a point off the curve, an unknown hash", async () => {
    const kid = await createKid(device, "SECP256R1");
    const other = await createKid(device, "SECP256K1");
    const off = Buffer.alloc(33, 0xff);
    off[0] = 2;
    for (const more of [
      {},
      { ext_kid: other },
      { pubkey: base64(off) },
      { pubkey: "AAAA" },
      { ext_kid: kid, alg: "MD5" },
    ]) {
      expect((await use(device, "ecdh", { kid, ...more })).status).toBe(406);
    }
    expect((await use(device, "ecdh", { kid, ext_kid: kid })).status).toBe(200);
    // Public keys of the same length, of another type.
    const x25519 = await createKid(device, "CURVE25519");
    const ed25519 = await createKid(device, "ED25519");
    expect((await use(device, "ecdh", { kid: x25519, ext_kid: ed25519 })).status).toBe(406);
  });
});

describe("cipher", () => {
  const SIZES = [128, 192, 256] as const;

  it.each(
    SIZES.flatMap((size) => (["ECB", "CBC", "GCM"] as const).map((mode) => [`AES${size}-${mode}`, size] as const)),
  )("%s round trip", async (alg, size) => {
    const kid = await createKid(device, `AES${size}`);
    const text = base64(counting(0, 32));
    const aad = base64("aad");
    const encrypted = (await use(device, "cipher/encrypt", { kid, msg: text, alg, aad })).json;
    expect(Object.keys(encrypted)).toEqual(
      alg.endsWith("ECB") ? ["ciphertext"] : alg.endsWith("CBC") ? ["ciphertext", "iv"] : ["ciphertext", "iv", "tag"],
    );
    const { ciphertext, ...rest } = encrypted;
    const back = await use(device, "cipher/decrypt", { kid, msg: ciphertext, alg, aad, ...rest });
    expect(back.json).toEqual({ plaintext: text });
  });

  it("authentication, padding and lengths", async () => {
    const kid = await createKid(device, "AES256");
    const gcm = (await use(device, "cipher/encrypt", { kid, msg, alg: "AES256-GCM" })).json;
    const body = { kid, msg: gcm.ciphertext, alg: "AES256-GCM", iv: gcm.iv, tag: gcm.tag };
    expect((await use(device, "cipher/decrypt", { ...body, tag: base64(counting(0, 16)) })).status).toBe(406);
    expect((await use(device, "cipher/decrypt", { ...body, aad: base64("x") })).status).toBe(406);
    expect((await use(device, "cipher/decrypt", { ...body, tag: base64(counting(0, 15)) })).status).toBe(400);
    expect((await use(device, "cipher/decrypt", { ...body, iv: base64(counting(0, 12)) })).status).toBe(400);
    expect((await use(device, "cipher/decrypt", { ...body, iv: undefined })).status).toBe(400);
    const iv = base64(counting(0, 16));
    expect(
      (await use(device, "cipher/decrypt", { kid, msg: base64(counting(0, 32)), alg: "AES256-CBC", iv })).status,
    ).toBe(406);
    expect((await use(device, "cipher/encrypt", { kid, msg, alg: "AES256-ECB" })).status).toBe(400);
    for (const [alg, status] of [
      ["AES256", 400],
      ["AES256-GCM1", 400],
      ["AES256-XTS", 406],
      ["aes256-gcm", 406],
    ] as const) {
      const answer = await use(device, "cipher/encrypt", { kid, msg, alg });
      expect({ alg, status: answer.status }).toEqual({ alg, status });
    }
    const long = (await use(device, "cipher/encrypt", { kid, msg: base64(new Uint8Array(2048)), alg: "AES256-CBC" }))
      .json;
    expect(bytes(long.ciphertext)).toHaveLength(2064);
    expect(
      (await use(device, "cipher/decrypt", { kid, msg: long.ciphertext, alg: "AES256-CBC", iv: long.iv })).status,
    ).toBe(200);
  });

  it("a larger stored key gives its first bytes, a smaller one is refused", async () => {
    const secretKey = counting(10, 32);
    const [large = "", small = ""] = device.emulator.addKeys([
      { type: "AES256", label: "large", secretKey },
      { type: "AES128", label: "small", secretKey: secretKey.slice(0, 16) },
    ]);
    const block = base64(counting(0, 16));
    const byLarge = await use(device, "cipher/encrypt", { kid: large, msg: block, alg: "AES128-ECB" });
    expect(byLarge.json).toEqual(
      (await use(device, "cipher/encrypt", { kid: small, msg: block, alg: "AES128-ECB" })).json,
    );
    expect((await use(device, "cipher/encrypt", { kid: small, msg: block, alg: "AES256-ECB" })).status).toBe(406);
  });

  it("wrap and unwrap", async () => {
    const kid = await createKid(device, "AES256");
    const secret = base64(counting(0, 32));
    for (const more of [{}, { alg: "AES128" }, { alg: "AES192" }, { iv: base64(counting(0, 8)) }]) {
      const { wrapped } = (await use(device, "cipher/wrap", { kid, msg: secret, ...more })).json;
      expect(bytes(wrapped)).toHaveLength(40);
      expect((await use(device, "cipher/unwrap", { kid, msg: wrapped, ...more })).json).toEqual({ unwrapped: secret });
      expect((await use(device, "cipher/unwrap", { kid, msg: wrapped, iv: base64(counting(9, 8)) })).status).toBe(406);
    }
    for (const [path, more, status] of [
      ["wrap", { msg: base64(counting(0, 17)) }, 406],
      ["wrap", { msg: base64(counting(0, 8)) }, 406],
      ["wrap", { msg: secret, iv: "AAAA" }, 406],
      ["wrap", { msg: secret, alg: "AES512" }, 400],
      ["unwrap", { msg: base64(counting(0, 41)) }, 400],
      ["unwrap", { msg: base64(counting(0, 40)) }, 406],
    ] as const) {
      expect((await use(device, `cipher/${path}`, { kid, ...more })).status).toBe(status);
    }
  });
});

describe("post-quantum", () => {
  it.each([
    ["MLKEM512", 768],
    ["MLKEM768", 1088],
    ["MLKEM1024", 1568],
  ])("%s", async (type, length) => {
    const kid = await createKid(device, type);
    const { alg, ss, ct } = (await use(device, "pqc/mlkem/encaps", { kid })).json;
    expect(alg).toBe(type);
    expect(bytes(ct)).toHaveLength(length);
    expect((await use(device, "pqc/mlkem/decaps", { kid, ct })).json.ss).toBe(ss);
    expect((await use(device, "pqc/mlkem/decaps", { kid, ct: base64(bytes(ct).subarray(1)) })).status).toBe(406);
    expect((await use(device, "pqc/mlkem/decaps", { kid })).status).toBe(400);
    const wrong = await createKid(device, "MLDSA44");
    expect((await use(device, "pqc/mlkem/encaps", { kid: wrong })).status).toBe(406);
  });

  it.each([
    ["MLDSA44", 2420],
    ["MLDSA65", 3309],
    ["MLDSA87", 4627],
  ])("%s", async (type, length) => {
    const kid = await createKid(device, type);
    const ctx = base64("context");
    const { alg, sign } = (await use(device, "pqc/mldsa/sign", { kid, msg, ctx })).json;
    expect(alg).toBe(type);
    expect(bytes(sign)).toHaveLength(length);
    const verified = await use(device, "pqc/mldsa/verify", { kid, msg, ctx, sign });
    expect([verified.status, verified.text]).toEqual([200, ""]);
    expect((await use(device, "pqc/mldsa/verify", { kid, msg, sign })).status).toBe(795);
  });

  it("an imported public key can neither encapsulate nor verify", async () => {
    const kem = String((await importKey(device, { type: "MLKEM512", pubkey: base64(counting(1, 800)) })).json.kid);
    expect((await use(device, "pqc/mlkem/encaps", { kid: kem })).status).toBe(406);
    const dsa = String((await importKey(device, { type: "MLDSA44", pubkey: base64(counting(1, 1312)) })).json.kid);
    expect((await use(device, "pqc/mldsa/verify", { kid: dsa, msg, sign: "AAAA" })).status).toBe(795);
  });

  it("keys and signatures are FIPS 203's and 204's, as another implementation reads them", async ({ skip }) => {
    const kid = await createKid(device, "MLDSA65");
    const { sign } = (await use(device, "pqc/mldsa/sign", { kid, msg })).json;
    // SubjectPublicKeyInfo of RFC 9881: SEQUENCE(SEQUENCE(OID id-ml-dsa-65), BIT STRING).
    const prefix = Buffer.from("308207b2300b0609608648016503040312038207a100", "hex");
    const key = readSpki(Buffer.concat([prefix, await publicKey(device, kid)]));
    if (key === undefined) return skip("this Node has no ML-DSA to compare with");
    expect(nodeVerify(null, bytes(msg), key, bytes(sign))).toBe(true);
  });
});
