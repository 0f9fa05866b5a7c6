import {
  createPublicKey,
  ECDH,
  generateKeyPairSync,
  sign as nodeSign,
  verify as nodeVerify,
  type KeyObject,
} from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { base64, counting, startFixture, type Fixture } from "./fixture.ts";
import { createKid, importKey, publicKey, use } from "./keys.ts";

const CURVES = {
  SECP256R1: "prime256v1",
  SECP384R1: "secp384r1",
  SECP521R1: "secp521r1",
  SECP256K1: "secp256k1",
} as const;
const JWK_CURVES = { SECP256R1: "P-256", SECP384R1: "P-384", SECP521R1: "P-521", SECP256K1: "secp256k1" } as const;
type Curve = keyof typeof CURVES;
const CURVE_NAMES: readonly Curve[] = ["SECP256R1", "SECP384R1", "SECP521R1", "SECP256K1"];
const msg = base64("a message");
const bytes = (text: unknown): Buffer => Buffer.from(String(text), "base64");

/** A node key of a compressed point. */
function ecKey(curve: Curve, compressed: Buffer): KeyObject {
  const point = Buffer.from(ECDH.convertKey(compressed, CURVES[curve], undefined, undefined, "uncompressed") as Buffer);
  const half = (point.length - 1) / 2;
  const jwk = {
    kty: "EC",
    crv: JWK_CURVES[curve],
    x: point.subarray(1, 1 + half).toString("base64url"),
    y: point.subarray(1 + half).toString("base64url"),
  };
  return createPublicKey({ key: jwk, format: "jwk" });
}

let device: Fixture;
beforeAll(async () => {
  device = await startFixture();
});
afterAll(() => device.emulator.close());

describe("exdsa", () => {
  describe.each(CURVE_NAMES)("%s", (curve) => {
    it.each([
      ["SHA256WithECDSA", "sha256"],
      ["SHA384WithECDSA", "sha384"],
      ["SHA512WithECDSA", "sha512"],
    ])("%s", async (alg, hash) => {
      const kid = await createKid(device, curve, { mode: "ECDH,ExDSA" });
      const compressed = await publicKey(device, kid);
      const { sign } = (await use(device, "exdsa/sign", { kid, msg, alg })).json;
      expect(nodeVerify(hash, bytes(msg), ecKey(curve, compressed), bytes(sign))).toBe(true);
      expect((await use(device, "exdsa/verify", { kid, msg, alg, sign })).status).toBe(200);
      expect((await use(device, "exdsa/verify", { kid, msg: base64("x"), alg, sign })).status).toBe(406);
      expect((await use(device, "exdsa/verify", { kid, msg, alg, sign: "AAAA" })).status).toBe(406);
      expect((await use(device, "exdsa/sign", { kid, msg, alg: "Ed25519" })).status).toBe(406);
    });
  });

  it("signatures are not normalised: a high S comes up", async () => {
    const kid = await createKid(device, "SECP256K1", { mode: "ExDSA" });
    const half = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
    let high = false;
    for (let attempt = 0; attempt < 64 && !high; attempt += 1) {
      const { sign } = (await use(device, "exdsa/sign", { kid, msg, alg: "SHA256WithECDSA" })).json;
      const der = bytes(sign);
      const s = der.subarray(6 + (der[3] ?? 0));
      high = BigInt(`0x${s.toString("hex")}`) > half;
    }
    expect(high).toBe(true);
  });

  it("a key made without mode cannot sign, an imported one neither", async () => {
    const kid = await createKid(device, "SECP256R1");
    expect((await use(device, "exdsa/sign", { kid, msg, alg: "SHA256WithECDSA" })).status).toBe(406);
    const imported = String((await importKey(device, { type: "ED25519", pubkey: base64(counting(5, 32)) })).json.kid);
    expect((await use(device, "exdsa/sign", { kid: imported, msg, alg: "Ed25519" })).status).toBe(406);
  });

  it("an imported public key verifies", async () => {
    const { publicKey: nodePublic, privateKey } = generateKeyPairSync("ed25519");
    const raw = nodePublic.export({ type: "spki", format: "der" }).subarray(-32);
    const kid = String((await importKey(device, { type: "ED25519", pubkey: base64(raw) })).json.kid);
    const signature = base64(nodeSign(null, bytes(msg), privateKey));
    expect((await use(device, "exdsa/verify", { kid, msg, alg: "Ed25519", sign: signature })).status).toBe(200);
  });

  it.each([
    ["ED25519", "Ed25519", undefined, 64],
    ["ED25519", "Ed25519ph", undefined, 64],
    ["ED25519", "Ed25519ph", "context", 64],
    ["ED25519", "Ed25519ctx", "context", 64],
    ["ED448", "Ed448", undefined, 114],
    ["ED448", "Ed448ph", undefined, 114],
    ["ED448", "Ed448ph", "context", 114],
  ])("%s %s with context %s", async (type, alg, context, length) => {
    const kid = await createKid(device, type);
    const ctx = context === undefined ? undefined : base64(context);
    const { sign } = (await use(device, "exdsa/sign", { kid, msg, alg, ctx })).json;
    expect(bytes(sign)).toHaveLength(length);
    expect((await use(device, "exdsa/verify", { kid, msg, alg, ctx, sign })).status).toBe(200);
    const other = { kid, msg, alg, ctx: base64("another"), sign };
    // The plain schemes ignore a context.
    expect((await use(device, "exdsa/verify", other)).status).toBe(alg === "Ed25519" || alg === "Ed448" ? 200 : 406);
    expect((await use(device, "exdsa/sign", { kid, msg, alg, ctx: base64(new Uint8Array(256)) })).status).toBe(400);
    expect((await use(device, "exdsa/sign", { kid, msg, alg: "SHA256WithECDSA" })).status).toBe(406);
  });

  it.each([
    ["ED25519", "Ed25519", "302a300506032b6570032100"],
    ["ED448", "Ed448", "3043300506032b6571033a00"],
  ])("plain %s signatures are RFC 8032's", async (type, alg, prefix) => {
    const kid = await createKid(device, type);
    const spki = Buffer.concat([Buffer.from(prefix, "hex"), await publicKey(device, kid)]);
    const key = createPublicKey({ key: spki, format: "der", type: "spki" });
    const { sign } = (await use(device, "exdsa/sign", { kid, msg, alg })).json;
    expect(nodeVerify(null, bytes(msg), key, bytes(sign))).toBe(true);
  });

  it("Ed25519ctx asks for a context; unknown names and missing ones", async () => {
    const kid = await createKid(device, "ED25519");
    expect((await use(device, "exdsa/sign", { kid, msg, alg: "Ed25519ctx" })).status).toBe(406);
    expect((await use(device, "exdsa/sign", { kid, msg, alg: "constructor" })).status).toBe(406);
    expect((await use(device, "exdsa/sign", { kid, msg })).status).toBe(400);
    const oversized = base64(counting(0, 149));
    expect((await use(device, "exdsa/verify", { kid, msg, alg: "Ed25519", sign: oversized })).status).toBe(400);
  });
});
