import { type DfnsEmulator, startDfnsEmulator } from "@keyrail/emulator-dfns";
import { ed25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deriveNode, parsePath } from "../src/hd/child-key.ts";
import { ApiClient, type CreatedKey, errorOf } from "./support/api-client.ts";
import {
  type Curve,
  encryptionKeyOf,
  importBody,
  openExport,
  orders,
  publicKeyHex,
  randomScalar,
  signersOf,
  supportedSchemes,
} from "./support/share-client.ts";

let emulator: DfnsEmulator;
let client: ApiClient;

beforeAll(async () => {
  emulator = await startDfnsEmulator({ requestsPerMinute: "unlimited", allowDiffieHellman: true });
  client = new ApiClient(emulator);
});
afterAll(async () => {
  client.close();
  await emulator.close();
});

const ecdsa = { scheme: "ECDSA", curve: "secp256k1" };
const refused = async (method: string, path: string, body?: unknown): Promise<unknown> =>
  errorOf(await client.call(method, path, body));

describe("creating", () => {
  test("a plain key has only the members that apply", async () => {
    const key = await client.createKey(ecdsa);
    expect(Object.keys(key).toSorted()).toEqual([
      "curve",
      "custodial",
      "dateCreated",
      "id",
      "publicKey",
      "scheme",
      "status",
    ]);
  });

  test("names of 100 characters at most, stores that exist", async () => {
    expect((await client.createKey({ ...ecdsa, name: "x".repeat(100) })).name).toHaveLength(100);
    expect(await refused("POST", "/keys", { ...ecdsa, name: "x".repeat(101) })).toMatchObject({ status: 400 });
    expect(await refused("POST", "/keys", { ...ecdsa, storeId: "store-none" })).toMatchObject({ status: 400 });
    const stores = (await client.get("/key-stores")).body["items"] as readonly { id: string }[];
    expect((await client.createKey({ ...ecdsa, storeId: stores[0]?.id })).status).toBe("Active");
  });

  test("delegation at once, later, or never", async () => {
    const { userId } = emulator.organisation.addUser({ kind: "EndUser" });
    expect(await client.createKey({ ...ecdsa, delegateTo: userId })).toMatchObject({ custodial: false });
    expect(await refused("POST", "/keys", { ...ecdsa, delegateTo: emulator.userId })).toMatchObject({ status: 400 });
    expect(await refused("POST", "/keys", { ...ecdsa, delegateTo: userId, delayDelegation: true })).toMatchObject({
      status: 400,
    });
    const plain = await client.createKey(ecdsa);
    expect(await refused("POST", `/keys/${plain.id}/delegate`, { delegateTo: userId })).toMatchObject({ status: 400 });
    const later = await client.createKey({ ...ecdsa, delayDelegation: true });
    const nobody = await refused("POST", `/keys/${later.id}/delegate`, { delegateTo: "us-none" });
    expect(nobody).toMatchObject({ status: 400 });
    expect(await client.must("POST", `/keys/${later.id}/delegate`, { delegateTo: userId })).toEqual({
      keyId: later.id,
      status: "Delegated",
    });
  });

  test("an end user owns what he makes and sees nothing else", async () => {
    const user = emulator.organisation.addUser({ kind: "EndUser" });
    const theirs = client.as(user);
    const own = await theirs.createKey(ecdsa);
    expect(own.custodial).toBe(false);
    const foreign = await client.createKey(ecdsa);
    expect((await theirs.get(`/keys/${foreign.id}`)).status).toBe(404);
    expect((await theirs.call("PUT", `/keys/${foreign.id}`, { name: "x" })).status).toBe(404);
    expect((await theirs.get("/keys")).body["items"]).toEqual([own]);
    expect((await client.get(`/keys?owner=${user.userId}`)).body["items"]).toEqual([own]);
    expect((await client.get(`/keys?owner=${encodeURIComponent(user.username)}`)).body["items"]).toEqual([own]);
    expect((await client.get("/keys?owner=nobody")).body["items"]).toEqual([]);
    theirs.close();
  });
});

describe("archived keys", () => {
  test("are read and listed, and do nothing else", async () => {
    const key = await client.createKey({ ...ecdsa, masterKey: true });
    await client.must("DELETE", `/keys/${key.id}`);
    expect((await client.get(`/keys/${key.id}`)).body).toMatchObject({
      status: "Archived",
      dateDeleted: expect.any(String),
    });
    const listed = (await client.get("/keys")).body["items"] as readonly CreatedKey[];
    expect(listed.find(({ id }) => id === key.id)?.status).toBe("Archived");
    const calls: readonly (readonly [string, string, object])[] = [
      ["PUT", "", { name: "x" }],
      ["DELETE", "", {}],
      ["POST", "/signatures", { kind: "Hash", hash: "00".repeat(32) }],
      ["POST", "/export", { encryptionKey: encryptionKeyOf(1n), supportedSchemes }],
      ["POST", "/derive", { domain: "00", seed: "" }],
      ["POST", "/delegate", { delegateTo: "us-1" }],
    ];
    for (const [method, path, body] of calls) {
      expect(await refused(method, `/keys/${key.id}${path}`, body)).toMatchObject({
        status: 400,
        message: "Key is archived",
      });
    }
    expect(await refused("POST", "/keys", { ...ecdsa, deriveFrom: { keyId: key.id } })).toMatchObject({ status: 400 });
  });
});

describe("lists", () => {
  test("pages neither repeat nor lose a key while keys are being made", async () => {
    await using fresh = await startDfnsEmulator({ requestsPerMinute: "unlimited" });
    const caller = new ApiClient(fresh);
    const ids: string[] = [];
    for (let count = 0; count < 7; count++) ids.unshift((await caller.createKey(ecdsa)).id);
    const seen: string[] = [];
    let query = "?limit=3";
    for (;;) {
      const { body } = await caller.get(`/keys${query}`);
      seen.push(...(body["items"] as readonly CreatedKey[]).map(({ id }) => id));
      if (typeof body["nextPageToken"] !== "string") break;
      await caller.createKey(ecdsa);
      query = `?limit=3&paginationToken=${encodeURIComponent(body["nextPageToken"])}`;
    }
    expect(seen).toEqual(ids);
    const exact = await caller.get("/keys?limit=1000");
    expect(exact.body).not.toHaveProperty("nextPageToken");
    caller.close();
  });

  test("limits and tokens that are not valid: 400", async () => {
    for (const query of [
      "limit=0",
      "limit=1001",
      "limit=-1",
      "limit=ten",
      "limit=",
      "paginationToken=x",
      "limit=1&limit=2",
    ]) {
      expect([query, (await client.get(`/keys?${query}`)).status]).toEqual([query, 400]);
    }
  });

  test("a token from far behind the end of a list is answered at once", async () => {
    const key = await client.createKey({ scheme: "EdDSA", curve: "ed25519" });
    const token = Buffer.from("before:999999999999999").toString("base64url");
    const { status, body } = await client.get(`/keys/${key.id}/signatures?paginationToken=${token}`);
    expect([status, body]).toEqual([200, { keyId: key.id, items: [] }]);
  });
});

describe("HD", () => {
  test.for<readonly [string, Curve]>([
    ["ECDSA", "secp256k1"],
    ["ECDSA", "stark"],
    ["EdDSA", "ed25519"],
    ["Schnorr", "secp256k1"],
  ])("%s on %s: children are what master and path say, and sign", async ([scheme, curve]) => {
    const master = await client.createKey({ scheme, curve, masterKey: true });
    expect(master.masterKey).toBe(true);
    const decryptionKey = randomScalar(orders.secp256k1);
    const exported = await client.must("POST", `/keys/${master.id}/export`, {
      encryptionKey: encryptionKeyOf(decryptionKey),
      supportedSchemes,
    });
    const { scalar, chainCode } = openExport(curve, exported, decryptionKey);
    expect(chainCode).toMatch(/^[0-9a-f]{64}$/);
    const path = "m/3/2147483647";
    const child = await client.createKey({ scheme, curve, deriveFrom: { keyId: master.id, path } });
    const node = deriveNode(curve, { scalar, chainCode: Buffer.from(chainCode ?? "", "hex") }, parsePath(path) ?? []);
    expect(child.publicKey).toBe(publicKeyHex(curve, node.scalar));
    expect(child).not.toHaveProperty("masterKey");
    expect(child.derivedFrom).toEqual({ keyId: master.id, path });
    const taproot = scheme === "Schnorr" ? { taprootMerkleRoot: "" } : {};
    const signed = await client.must("POST", `/keys/${child.id}/signatures`, {
      kind: "Hash",
      hash: "01".repeat(32),
      ...taproot,
    });
    expect(signed["status"]).toBe("Signed");
  });

  test("a master key imported with its chain code comes out with it", async () => {
    const signers = signersOf((await client.get("/signers")).body);
    const chainCode = "5a".repeat(32);
    const secret = randomScalar(orders.ed25519);
    const master = await client.must(
      "POST",
      "/keys/import",
      importBody("ed25519", "FROST", secret, signers, chainCode),
    );
    expect(master).toMatchObject({ masterKey: true, imported: true });
    const body = { encryptionKey: encryptionKeyOf(5n), supportedSchemes };
    const exported = await client.must("POST", `/keys/${String(master["id"])}/export`, body);
    expect(openExport("ed25519", exported, 5n)).toMatchObject({ scalar: secret, chainCode });
  });

  test("paths are chosen when none is given, skip used ones, and serve once", async () => {
    const master = await client.createKey({ ...ecdsa, masterKey: true });
    const child = (path?: string): Promise<CreatedKey> =>
      client.createKey({ ...ecdsa, deriveFrom: { keyId: master.id, ...(path === undefined ? {} : { path }) } });
    expect((await child()).derivedFrom?.path).toBe("m/0");
    expect((await child("m/1")).derivedFrom?.path).toBe("m/1");
    expect((await child()).derivedFrom?.path).toBe("m/2");
    const again = await refused("POST", "/keys", { ...ecdsa, deriveFrom: { keyId: master.id, path: "m/1" } });
    expect(again).toMatchObject({ status: 409 });
  });

  test("what can't be derived", async () => {
    const master = await client.createKey({ ...ecdsa, masterKey: true });
    const plain = await client.createKey(ecdsa);
    const derive = (change: object, keyId = master.id): Promise<unknown> =>
      refused("POST", "/keys", { ...ecdsa, deriveFrom: { keyId, path: "m/9" }, ...change });
    expect(await derive({}, plain.id)).toMatchObject({ status: 400 });
    expect(await derive({}, "key-none")).toMatchObject({ status: 404 });
    expect(await derive({ scheme: "Schnorr" })).toMatchObject({ status: 400 });
    expect(await derive({ masterKey: true })).toMatchObject({ status: 400 });
    expect(await refused("POST", "/keys", { scheme: "DH", curve: "secp256k1", masterKey: true })).toMatchObject({
      status: 400,
    });
    for (const path of ["m", "m/", "m/0'", "m/2147483648", "m/00", "0/1", "m/-1", "m/1/", "M/1", ""]) {
      const refusal = await client.call("POST", "/keys", { ...ecdsa, deriveFrom: { keyId: master.id, path } });
      expect([path, refusal.status]).toEqual([path, 400]);
    }
  });

  test("property: paths are read as written, children differ from their parents", () => {
    const index = fc.nat({ max: 2 ** 31 - 1 });
    const curve = fc.constantFrom<Curve>("secp256k1", "stark", "ed25519");
    fc.assert(
      fc.property(fc.array(index, { minLength: 1, maxLength: 4 }), curve, (indices, name) => {
        expect(parsePath(`m/${indices.join("/")}`)).toEqual(indices);
        const master = { scalar: 12345n, chainCode: new Uint8Array(32).fill(7) };
        const node = deriveNode(name, master, indices);
        expect(node.chainCode).toHaveLength(32);
        expect(node.scalar > 0n && node.scalar < orders[name] && node.scalar !== master.scalar).toBe(true);
      }),
      { seed: 7, numRuns: 30 },
    );
  });
});

test("export and import answer 402 without the contract; signing after export can be forbidden", async () => {
  await using strict = await startDfnsEmulator({ importEnabled: false, exportEnabled: false });
  const caller = new ApiClient(strict);
  const key = await caller.createKey(ecdsa);
  const body = { encryptionKey: encryptionKeyOf(1n), supportedSchemes };
  expect((await caller.call("POST", `/keys/${key.id}/export`, body)).status).toBe(402);
  const signers = signersOf((await caller.get("/signers")).body);
  expect((await caller.call("POST", "/keys/import", importBody("stark", "CGGMP24", 5n, signers))).status).toBe(402);
  caller.close();
  await using forbidding = await startDfnsEmulator({ forbidSigningAfterExport: true });
  const other = new ApiClient(forbidding);
  const { id } = await other.createKey(ecdsa);
  const sign = { kind: "Hash", hash: "00".repeat(32) };
  expect((await other.call("POST", `/keys/${id}/signatures`, sign)).status).toBe(200);
  await other.must("POST", `/keys/${id}/export`, body);
  expect((await other.call("POST", `/keys/${id}/signatures`, sign)).status).toBe(400);
  other.close();
});

test("export: no scheme in common, or an encryption key that is none: 400, and the key is not marked exported", async () => {
  const { id } = await client.createKey({ scheme: "EdDSA", curve: "ed25519" });
  const path = `/keys/${id}/export`;
  const encryptionKey = encryptionKeyOf(9n);
  expect(
    await refused("POST", path, { encryptionKey, supportedSchemes: [{ protocol: "CGGMP24", curve: "secp256k1" }] }),
  ).toMatchObject({ status: 400 });
  expect(await refused("POST", path, { encryptionKey, supportedSchemes: [] })).toMatchObject({ status: 400 });
  const notOnCurve = Buffer.from(`0102${"ff".repeat(32)}`, "hex").toString("base64");
  const compressedOnly = Buffer.from(encryptionKey, "base64").subarray(1).toString("base64");
  for (const bad of [notOnCurve, compressedOnly, "not base64", `${encryptionKey}AA`]) {
    expect(await refused("POST", path, { encryptionKey: bad, supportedSchemes })).toMatchObject({ status: 400 });
  }
  expect((await client.get(`/keys/${id}`)).body).not.toHaveProperty("exported");
  const first = await client.must("POST", path, { encryptionKey, supportedSchemes });
  emulator.clock.advance(5000);
  const exportedAt = (await client.get(`/keys/${id}`)).body["dateExported"];
  await client.must("POST", path, { encryptionKey, supportedSchemes });
  expect((await client.get(`/keys/${id}`)).body["dateExported"]).toBe(exportedAt);
  expect(openExport("ed25519", first, 9n).scalar).toBeLessThan(ed25519.Point.Fn.ORDER);
});
