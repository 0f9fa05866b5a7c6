/** Every row of the scheme matrix: create, import, export, sign; every signature verified by other code than made it. */

import { createHash, createPublicKey, randomBytes, verify } from "node:crypto";
import { type DfnsEmulator, startDfnsEmulator } from "@keyrail/emulator-dfns";
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ApiClient, createdKey, type CreatedKey, errorOf } from "./support/api-client.ts";
import {
  type Curve,
  type SignerInfo,
  encryptionKeyOf,
  importBody,
  openExport,
  orders,
  publicKeyHex,
  randomScalar,
  signersOf,
  stark,
} from "./support/share-client.ts";

let emulator: DfnsEmulator;
let client: ApiClient;
let signers: readonly SignerInfo[];

beforeAll(async () => {
  emulator = await startDfnsEmulator({ requestsPerMinute: "unlimited", allowDiffieHellman: true });
  client = new ApiClient(emulator);
  signers = signersOf((await client.get("/signers")).body);
});
afterAll(async () => {
  client.close();
  await emulator.close();
});

interface Signature {
  readonly r: string;
  readonly s: string;
  readonly recid?: number;
  readonly encoded?: string;
}

async function signatureOf(key: CreatedKey, body: object): Promise<Signature> {
  const answer = await client.must("POST", `/keys/${key.id}/signatures`, body);
  expect(answer).toMatchObject({ status: "Signed", dateSigned: expect.any(String) });
  const signature = answer["signature"] as Signature;
  expect(signature.r).toMatch(/^0x[0-9a-f]{64}$/);
  expect(signature.s).toMatch(/^0x[0-9a-f]{64}$/);
  return signature;
}

const wire = ({ r, s }: Signature): Buffer => Buffer.from(r.slice(2) + s.slice(2), "hex");

function spki(key: CreatedKey): ReturnType<typeof createPublicKey> {
  const raw = Buffer.from(key.publicKey, "hex");
  if (key.curve === "ed25519") {
    const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]);
    return createPublicKey({ key: der, format: "der", type: "spki" });
  }
  const point = secp256k1.Point.fromBytes(raw).toBytes(false);
  const der = Buffer.concat([Buffer.from("3056301006072a8648ce3d020106052b8104000a034200", "hex"), point]);
  return createPublicKey({ key: der, format: "der", type: "spki" });
}

/** Verification of one row's signature over 32 bytes, by node:crypto or noble. */
const verifiers = {
  "ECDSA secp256k1": (key: CreatedKey, message: Buffer, signature: Signature): boolean => {
    // node:crypto hashes by itself: the API was given the digest.
    const prehashed = verify("sha256", message, { key: spki(key), dsaEncoding: "ieee-p1363" }, wire(signature));
    const digest = createHash("sha256").update(message).digest();
    const recovered = secp256k1.Signature.fromBytes(wire(signature), "compact")
      .addRecoveryBit(signature.recid ?? 9)
      .recoverPublicKey(digest);
    const low = BigInt(signature.s) <= orders.secp256k1 / 2n;
    return prehashed && low && recovered.toHex(true) === key.publicKey;
  },
  "ECDSA stark": (key: CreatedKey, message: Buffer, signature: Signature): boolean => {
    // The verification equation itself, with the digest as a big-endian integer: R = (z/s) G + (r/s) P.
    const { Fn } = stark;
    const [r, s] = [BigInt(signature.r), BigInt(signature.s)];
    const z = BigInt(`0x${starkDigest(message).toString("hex")}`);
    const P = stark.fromHex(key.publicKey);
    const R = stark.BASE.multiply(Fn.div(z, s)).add(P.multiply(Fn.div(r, s)));
    return Fn.create(R.x) === r && Number(R.y & 1n) === signature.recid;
  },
  "EdDSA ed25519": (key: CreatedKey, message: Buffer, signature: Signature): boolean => {
    const digest = createHash("sha256").update(message).digest();
    return signature.recid === undefined && verify(null, digest, spki(key), wire(signature));
  },
  "Schnorr secp256k1": (key: CreatedKey, message: Buffer, signature: Signature): boolean => {
    const digest = createHash("sha256").update(message).digest();
    return (
      signature.recid === undefined &&
      schnorr.verify(wire(signature), digest, outputKey(key.publicKey, Buffer.alloc(0)))
    );
  },
} as const;

function starkDigest(message: Buffer): Buffer {
  const digest = createHash("sha256").update(message).digest();
  digest[0] = 0;
  return digest;
}

/** The x coordinate of Q = P + taggedHash("TapTweak", x(P) || root) G with P of even y (BIP-341). */
function outputKey(publicKey: string, root: Buffer): Uint8Array {
  const x = Buffer.from(publicKey, "hex").subarray(1);
  const tag = createHash("sha256").update("TapTweak").digest();
  const tweak = createHash("sha256").update(tag).update(tag).update(x).update(root).digest();
  const even = secp256k1.Point.fromBytes(Buffer.concat([Uint8Array.of(2), x]));
  const scalar = BigInt(`0x${tweak.toString("hex")}`) % orders.secp256k1;
  return even.add(secp256k1.Point.BASE.multiply(scalar)).toBytes(true).subarray(1);
}

interface Row {
  readonly scheme: "ECDSA" | "EdDSA" | "Schnorr";
  readonly curve: Curve;
  readonly protocols: readonly string[];
  readonly publicKey: RegExp;
}

const rows: readonly Row[] = [
  { scheme: "ECDSA", curve: "secp256k1", protocols: ["CGGMP24", "CGGMP21"], publicKey: /^0[23][0-9a-f]{64}$/ },
  { scheme: "ECDSA", curve: "stark", protocols: ["CGGMP24", "CGGMP21"], publicKey: /^0[23][0-9a-f]{64}$/ },
  { scheme: "EdDSA", curve: "ed25519", protocols: ["FROST"], publicKey: /^[0-9a-f]{64}$/ },
  { scheme: "Schnorr", curve: "secp256k1", protocols: ["FROST_BITCOIN"], publicKey: /^0[23][0-9a-f]{64}$/ },
];

async function signAndVerify(key: CreatedKey): Promise<void> {
  const message = randomBytes(40);
  const digest = key.curve === "stark" ? starkDigest(message) : createHash("sha256").update(message).digest();
  const taproot = key.scheme === "Schnorr" ? { taprootMerkleRoot: "" } : {};
  const request = { kind: "Hash", hash: digest.toString("hex"), ...taproot };
  const row = Object.entries(verifiers).find(([name]) => name === `${key.scheme} ${key.curve}`);
  const first = await signatureOf(key, request);
  expect(row?.[1](key, message, first)).toBe(true);
  expect(row?.[1](key, randomBytes(40), first)).toBe(false);
  const second = await signatureOf(key, { ...request, hash: `0x${request.hash}` });
  expect(second).not.toEqual(first);
}

describe.for(rows)("$scheme on $curve", ({ scheme, curve, protocols, publicKey }) => {
  test("create, sign, export, import elsewhere", async () => {
    const key = await client.createKey({ scheme, curve });
    expect(key).toMatchObject({ scheme, curve, status: "Active" });
    expect(key.publicKey).toMatch(publicKey);
    for (let round = 0; round < 4; round++) await signAndVerify(key);
    const decryptionKey = randomScalar(orders.secp256k1);
    const supportedSchemes = protocols.map((protocol) => ({ protocol, curve }));
    const exported = await client.must("POST", `/keys/${key.id}/export`, {
      encryptionKey: encryptionKeyOf(decryptionKey),
      supportedSchemes: supportedSchemes.toReversed(),
    });
    expect(exported).toMatchObject({ protocol: protocols[0], curve, publicKey: key.publicKey, minSigners: 3 });
    const { scalar } = openExport(curve, exported, decryptionKey, 3);
    expect(publicKeyHex(curve, scalar)).toBe(key.publicKey);
    await signAndVerify(key);
  });

  test.for(protocols)("import by %s, sign", async (protocol) => {
    const secret = randomScalar(orders[curve]);
    const body = { ...importBody(curve, protocol, secret, signers), name: "imported" };
    const key = createdKey(await client.must("POST", "/keys/import", body));
    expect(key).toMatchObject({
      scheme,
      curve,
      imported: true,
      name: "imported",
      publicKey: publicKeyHex(curve, secret),
    });
    await signAndVerify(key);
  });
});

test("Schnorr signs under the key tweaked by the merkle root given", async () => {
  const key = await client.createKey({ scheme: "Schnorr", curve: "secp256k1" });
  const root = randomBytes(32);
  const hash = randomBytes(32);
  const signature = await signatureOf(key, {
    kind: "Hash",
    hash: hash.toString("hex"),
    taprootMerkleRoot: root.toString("hex"),
  });
  expect(schnorr.verify(wire(signature), hash, outputKey(key.publicKey, root))).toBe(true);
  expect(schnorr.verify(wire(signature), hash, Buffer.from(key.publicKey, "hex").subarray(1))).toBe(false);
});

test("Schnorr tweaks keys of either parity: the point of even y counts", async () => {
  for (const secret of [2n, orders.secp256k1 - 2n]) {
    await using fresh = await startDfnsEmulator();
    const caller = new ApiClient(fresh);
    const cluster = signersOf((await caller.get("/signers")).body);
    const key = await caller.must("POST", "/keys/import", importBody("secp256k1", "FROST_BITCOIN", secret, cluster));
    const hash = randomBytes(32);
    const signed = await caller.must("POST", `/keys/${String(key["id"])}/signatures`, {
      kind: "Hash",
      hash: hash.toString("hex"),
      taprootMerkleRoot: "",
    });
    const output = outputKey(String(key["publicKey"]), Buffer.alloc(0));
    expect(schnorr.verify(wire(signed["signature"] as Signature), hash, output)).toBe(true);
    caller.close();
  }
});

test("EdDSA signs messages of any length", async () => {
  const key = await client.createKey({ scheme: "EdDSA", curve: "ed25519" });
  for (const length of [0, 1, 32, 5000]) {
    const message = randomBytes(length);
    const signature = await signatureOf(key, { kind: "Message", message: `0x${message.toString("hex")}` });
    expect(verify(null, message, spki(key), wire(signature))).toBe(true);
  }
});

test("DH keys derive and do nothing else", async () => {
  const key = await client.createKey({ scheme: "DH", curve: "secp256k1" });
  const answer = await client.must("POST", `/keys/${key.id}/derive`, { domain: "0x6162", seed: "00" });
  expect(answer["output"]).toMatch(/^0x[0-9a-f]{64}$/);
  const sign = await client.call("POST", `/keys/${key.id}/signatures`, { kind: "Hash", hash: "00".repeat(32) });
  expect(errorOf(sign)).toMatchObject({ status: 400 });
  const exported = await client.call("POST", `/keys/${key.id}/export`, {
    encryptionKey: encryptionKeyOf(1n),
    supportedSchemes: [{ protocol: "GLOW20_DH", curve: "secp256k1" }],
  });
  expect(errorOf(exported)).toMatchObject({ status: 400 });
  const empty = await client.call("POST", `/keys/${key.id}/derive`, { domain: "", seed: "00" });
  expect(errorOf(empty)).toMatchObject({ status: 400 });
});

test("pairs outside the matrix are refused", async () => {
  const schemes = ["ECDSA", "EdDSA", "Schnorr", "DH"];
  const inside = new Set(["ECDSA secp256k1", "ECDSA stark", "EdDSA ed25519", "Schnorr secp256k1", "DH secp256k1"]);
  for (const scheme of schemes) {
    for (const curve of ["secp256k1", "stark", "ed25519"]) {
      if (inside.has(`${scheme} ${curve}`)) continue;
      expect((await client.call("POST", "/keys", { scheme, curve })).status).toBe(400);
    }
  }
  const pairs = [
    ["FROST", "secp256k1"],
    ["FROST_BITCOIN", "ed25519"],
    ["GLOW20_DH", "secp256k1"],
    ["KU23", "secp256k1"],
  ] as const;
  for (const [protocol, curve] of pairs) {
    const body = importBody(curve, protocol, 7n, signers);
    expect((await client.call("POST", "/keys/import", body)).status).toBe(400);
  }
  await using hosted = await startDfnsEmulator();
  const outside = new ApiClient(hosted);
  const refused = await outside.call("POST", "/keys", { scheme: "DH", curve: "secp256k1" });
  expect(errorOf(refused)).toMatchObject({ status: 400, message: expect.stringContaining("DH") });
  outside.close();
});
