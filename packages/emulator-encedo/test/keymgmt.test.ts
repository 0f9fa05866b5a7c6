import { createHash } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { base64, counting, startFixture, type Fixture } from "./fixture.ts";
import {
  create,
  createKid,
  derive,
  entriesOf,
  entry,
  get,
  importKey,
  list,
  publicKey,
  remove,
  search,
  update,
} from "./keys.ts";

/** Type -> public key bytes and the flags of a created key without and with every mode (section 4). */
const TYPES: readonly (readonly [string, number | undefined, string])[] = [
  ["SECP256R1", 33, "ATT,PKEY,ECDH,SECP256R1"],
  ["SECP384R1", 49, "ATT,PKEY,ECDH,SECP384R1"],
  ["SECP521R1", 67, "ATT,PKEY,ECDH,SECP521R1"],
  ["SECP256K1", 33, "ATT,PKEY,ECDH,SECP256K1"],
  ["CURVE25519", 32, "ATT,PKEY,ECDH,CURVE25519"],
  ["CURVE448", 56, "ATT,PKEY,ECDH,CURVE448"],
  ["ED25519", 32, "ATT,PKEY,ExDSA,ED25519"],
  ["ED448", 57, "ATT,PKEY,ExDSA,ED448"],
  ["SHA2-256", undefined, "ATT,SHA2-256"],
  ["SHA2-384", undefined, "ATT,SHA2-384"],
  ["SHA2-512", undefined, "ATT,SHA2-512"],
  ["SHA3-256", undefined, "ATT,SHA3-256"],
  ["SHA3-384", undefined, "ATT,SHA3-384"],
  ["SHA3-512", undefined, "ATT,SHA3-512"],
  ["AES128", undefined, "ATT,AES128"],
  ["AES192", undefined, "ATT,AES192"],
  ["AES256", undefined, "ATT,AES256"],
  ["MLKEM512", 800, "ATT,PKEY,PQC,MLKEM512"],
  ["MLKEM768", 1184, "ATT,PKEY,PQC,MLKEM768"],
  ["MLKEM1024", 1568, "ATT,PKEY,PQC,MLKEM1024"],
  ["MLDSA44", 1312, "ATT,PKEY,PQC,MLDSA44"],
  ["MLDSA65", 1952, "ATT,PKEY,PQC,MLDSA65"],
  ["MLDSA87", 2592, "ATT,PKEY,PQC,MLDSA87"],
];

const sha1Kid = (bytes: Uint8Array): string => createHash("sha1").update(bytes).digest("hex").slice(0, 32);
const P256_BASE_POINT = "A2sX0fLhLEJH+Lzm5WOkQPJ3A32BLeszoPShOUXYmMKW";

let device: Fixture;
beforeAll(async () => {
  device = await startFixture();
});
afterAll(() => device.emulator.close());

describe("create", () => {
  it.each(TYPES)("%s", async (type, publicLength, typeString) => {
    const kid = await createKid(device, type, { label: `one ${type}`, descr: base64("d") });
    expect(kid).toMatch(/^[0-9a-f]{32}$/);
    expect(await entry(device, kid)).toMatchObject({ type: typeString, label: `one ${type}`, descr: base64("d") });
    const got = (await get(device, kid)).json;
    if (publicLength === undefined) {
      expect(got).toEqual({ type: typeString, updated: expect.any(Number) });
    } else {
      expect(got).toEqual({ type, pubkey: expect.any(String), updated: expect.any(Number) });
      const bytes = Buffer.from(String(got.pubkey), "base64");
      expect(bytes).toHaveLength(publicLength);
      expect(kid).toBe(sha1Kid(bytes));
    }
  });

  it.each([
    ["ECDH", "ATT,PKEY,ECDH,SECP256K1"],
    ["ExDSA", "ATT,PKEY,ExDSA,SECP256K1"],
    ["ECDH,ExDSA", "ATT,PKEY,ECDH,ExDSA,SECP256K1"],
  ])("mode %s on a SECP type", async (mode, typeString) => {
    expect((await entry(device, await createKid(device, "SECP256K1", { mode }))).type).toBe(typeString);
  });

  it("a mode of other types is ignored when it is one, refused when it is none", async () => {
    expect((await entry(device, await createKid(device, "ED25519", { mode: "ECDH" }))).type).toBe(
      "ATT,PKEY,ExDSA,ED25519",
    );
    for (const mode of ["ExDSA,ECDH", "ecdh", "", 1])
      expect((await create(device, { type: "SECP256R1", mode })).status).toBe(400);
  });

  it("labels: 1 to 32 printable ASCII characters", async () => {
    for (const [label, status] of [
      ["x", 200],
      ["x".repeat(32), 200],
      [" ~ ", 200],
      ["", 400],
      ["x".repeat(33), 400],
      ["ż", 400],
      ["a\nb", 400],
      [7, 400],
    ] as const) {
      const answer = await create(device, { type: "AES128", label });
      expect({ label, status: answer.status }).toEqual({ label, status });
    }
  });

  it("an unknown type is 406", async () => {
    expect((await create(device, { type: "RSA2048" })).status).toBe(406);
    expect((await create(device, { type: "GENERIC_DER" })).status).toBe(406);
    expect((await create(device, { type: "toString" })).status).toBe(406);
  });

  it("no slot left is 406", async () => {
    // Two slots hold the device's TLS records.
    const small = await startFixture({ capacity: 3 });
    expect((await create(small, { type: "AES128" })).status).toBe(200);
    expect((await create(small, { type: "AES128" })).status).toBe(406);
    await small.emulator.close();
  });
});

describe("import", () => {
  it("computes the kid of the fact sheet's vectors", async () => {
    const p256 = await importKey(device, { type: "SECP256R1", pubkey: P256_BASE_POINT, mode: "ECDH,ExDSA" });
    expect(p256.json).toEqual({ kid: "48ef03376351151476103a040cfe34ee" });
    expect((await entry(device, String(p256.json.kid))).type).toBe("ECDH,ExDSA,SECP256R1");
    const x25519 = await importKey(device, {
      type: "CURVE25519",
      pubkey: "Z13VdO13iTELPS52gfN5C0ZsdzsVIf7PNld5WDcepS8=",
    });
    expect(x25519.json).toEqual({ kid: "ce661604ed91cb06ddbe02dbb5b02b86" });
    expect((await entry(device, String(x25519.json.kid))).type).toBe("ECDH,CURVE25519");
    expect((await importKey(device, { type: "SECP256R1", pubkey: P256_BASE_POINT, mode: "ExDSA" })).status).toBe(406);
  });

  it.each(TYPES.filter(([, length]) => length !== undefined))("%s by length alone", async (type, length = 0) => {
    // Different bytes for each type: the id depends on the bytes alone.
    const pubkey = counting(2, length).map((byte, index) =>
      index === 1 ? TYPES.findIndex(([name]) => name === type) : byte,
    );
    expect((await importKey(device, { type, pubkey: base64(pubkey) })).json).toEqual({ kid: sha1Kid(pubkey) });
    expect((await importKey(device, { type, pubkey: base64(pubkey.slice(1)) })).status).toBe(406);
  });

  it("takes URL-safe base64 without padding, and refuses what is none", async () => {
    const pubkey = Buffer.from(counting(0xdc, 32));
    expect((await importKey(device, { type: "CURVE25519", pubkey: pubkey.toString("base64url") })).status).toBe(200);
    expect((await importKey(device, { type: "CURVE25519", pubkey: "????" })).status).toBe(400);
  });

  it("refuses secret types, unknown types and uncompressed points", async () => {
    expect((await importKey(device, { type: "AES256", pubkey: base64(counting(1, 32)) })).status).toBe(406);
    expect((await importKey(device, { type: "RSA", pubkey: base64(counting(1, 32)) })).status).toBe(406);
    expect((await importKey(device, { type: "SECP256R1", pubkey: base64(counting(4, 33)) })).status).toBe(406);
  });

  it("refuses the public half of a key it holds", async () => {
    const kid = await createKid(device, "ED25519");
    expect((await importKey(device, { type: "ED25519", pubkey: base64(await publicKey(device, kid)) })).status).toBe(
      406,
    );
  });
});

describe("list and search", () => {
  let own: Fixture;
  beforeAll(async () => {
    own = await startFixture({ quirks: { tlsRecordsListed: false } });
    own.emulator.addKeys(
      Array.from({ length: 40 }, (_, index) => ({
        type: "AES128" as const,
        label: `key ${index}`,
        description: Buffer.from(`${index % 2 === 0 ? "even" : "odd"}:${index}:end`),
      })),
    );
    own.emulator.addKeys([{ type: "AES128", label: "bare" }]);
  });
  afterAll(() => own.emulator.close());
  const labels = (answer: Awaited<ReturnType<typeof list>>): string[] => entriesOf(answer).map(({ label }) => label);

  it("pages of at most 15, in the order of insertion", async () => {
    const first = await list(own);
    expect(first.json).toMatchObject({ offset: 0, total: 41, listed: 15, deleted: 0 });
    expect(labels(first)).toEqual(Array.from({ length: 15 }, (_, index) => `key ${index}`));
    expect((await list(own, "/30")).json).toMatchObject({ offset: 30, listed: 11 });
    expect((await list(own, "/0/100")).json).toMatchObject({ listed: 15 });
    expect(labels(await list(own, "/39/1"))).toEqual(["key 39"]);
    expect((await list(own, "/5/0")).json).toMatchObject({ listed: 0, list: [] });
    expect((await list(own, "/41")).json).toMatchObject({ offset: 41, listed: 0, total: 41 });
  });

  it("leaves an empty description out", async () => {
    expect(entriesOf(await list(own, "/40"))[0]).not.toHaveProperty("descr");
  });

  it.each(["/x", "/1/x", "/-1", "/1.5"])("a path argument that is not decimal is 406: %s", async (path) => {
    expect((await list(own, path)).status).toBe(406);
  });

  it("needles: prefix, suffix, substring, both anchors", async () => {
    const found = async (descr: string): Promise<string[]> => labels(await search(own, { descr }));
    expect(await found(`^${base64("even:")}`)).toHaveLength(15);
    expect(await found(`^${base64("en")}`)).toEqual([]);
    expect(await found(`${base64(":7:end")}$`)).toEqual(["key 7"]);
    expect(await found(base64(":38:"))).toEqual(["key 38"]);
    expect(await found(`^${base64("even:8:end")}$`)).toEqual(["key 8"]);
    expect(await found(`^${base64("even:8")}$`)).toEqual([]);
    expect(await found(base64("nothing"))).toEqual([]);
  });

  it("total counts the repository; pages go on until nothing is listed", async () => {
    const seen: string[] = [];
    for (let offset = 0; ;) {
      const answer = await search(own, { descr: `^${base64("odd")}`, offset });
      expect(answer.json).toMatchObject({ offset, total: 41 });
      const page = labels(answer);
      if (page.length === 0) break;
      seen.push(...page);
      offset += page.length;
    }
    expect(seen).toHaveLength(20);
    expect((await search(own, { descr: base64("odd"), limit: 3 })).json).toMatchObject({ listed: 3 });
    expect((await search(own, { descr: base64("odd"), limit: 0 })).json).toMatchObject({ listed: 0 });
    expect((await search(own, { descr: base64("odd"), limit: 99 })).json).toMatchObject({ listed: 15 });
  });

  it("needles that are none", async () => {
    for (const [descr, status] of [
      ["", 400],
      ["^", 400],
      ["$", 400],
      ["^$", 400],
      ["!!", 400],
      [undefined, 400],
      [base64("x".repeat(64)), 200],
      [base64("x".repeat(65)), 406],
    ] as const) {
      const answer = await search(own, { descr });
      expect({ descr, status: answer.status }).toEqual({ descr, status });
    }
    expect((await search(own, { descr: "AAAA", offset: "1" })).status).toBe(400);
    expect((await search(own, { descr: "AAAA", limit: -1 })).status).toBe(400);
  });

  it("a busy repository: list 406, search 410", async () => {
    own.emulator.controls.setRepositoryBusy(true);
    expect((await list(own)).status).toBe(406);
    expect((await search(own, { descr: "AAAA" })).status).toBe(410);
    own.emulator.controls.setRepositoryBusy(false);
  });
});

describe("update and delete", () => {
  it("update rewrites in place", async () => {
    let now = 1_760_000_000_000;
    const own = await startFixture({
      clock: { now: () => now },
      quirks: { clockGains: false, tlsRecordsListed: false },
    });
    const first = await createKid(own, "AES128", { descr: base64("first") });
    await createKid(own, "AES128");
    now += 5000;
    const answer = await update(own, { kid: first.toUpperCase(), label: "renamed", descr: base64("second") });
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(entriesOf(await list(own))[0]).toEqual({
      kid: first,
      created: 1_760_000_000,
      updated: 1_760_000_005,
      type: "ATT,AES128",
      label: "renamed",
      descr: base64("second"),
    });
    expect((await update(own, { kid: first })).status).toBe(400);
    expect((await update(own, { kid: "0".repeat(32), label: "x" })).status).toBe(406);
    await own.emulator.close();
  });

  it("delete counts, frees the kid, and leaves tokens for it alive", async () => {
    const own = await startFixture();
    const pubkey = base64(counting(9, 32));
    const kid = String((await importKey(own, { type: "CURVE25519", pubkey })).json.kid);
    const token = await own.user(`keymgmt:use:${kid}`);
    expect((await remove(own, kid.toUpperCase())).status).toBe(200);
    expect((await list(own)).json).toMatchObject({ deleted: 1 });
    expect((await remove(own, kid)).status).toBe(406);
    expect((await own.client.get(`/api/keymgmt/get/${kid}`, { token })).status).toBe(406);
    expect((await importKey(own, { type: "CURVE25519", pubkey })).status).toBe(200);
    await own.emulator.close();
  });
});

describe("derive", () => {
  const TARGETS = TYPES.map(([type]) => type).filter((type) => !type.startsWith("ML"));

  it("both sides of an agreement derive the same key", async () => {
    const other = await startFixture();
    const pair = async (fixture: Fixture): Promise<{ kid: string; pubkey: string }> => {
      const kid = await createKid(fixture, "SECP521R1");
      return { kid, pubkey: base64(await publicKey(fixture, kid)) };
    };
    const [here, there] = await Promise.all([pair(device), pair(other)]);
    for (const type of TARGETS) {
      const mine = await derive(device, { kid: here.kid, type, pubkey: there.pubkey, mode: "ECDH,ExDSA" });
      const theirs = await derive(other, { kid: there.kid, type, pubkey: here.pubkey, mode: "ECDH,ExDSA" });
      expect({ type, status: mine.status }).toEqual({ type, status: 200 });
      expect(mine.json).toEqual(theirs.json);
      expect(mine.json.kid).not.toBe(here.kid);
      expect((await entry(device, String(mine.json.kid))).type.split(",")).not.toContain("ATT");
      const again = await derive(device, { kid: here.kid, type, pubkey: there.pubkey });
      expect({ type, status: again.status }).toEqual({ type, status: 406 });
    }
    await other.emulator.close();
  });

  it("ext_kid wins over pubkey, and may be the key itself", async () => {
    const kid = await createKid(device, "CURVE25519");
    const peer = await createKid(device, "CURVE25519");
    const byKid = await derive(device, { kid, type: "SHA2-256", ext_kid: peer, pubkey: base64(counting(1, 32)) });
    expect(byKid.status).toBe(200);
    expect(
      (await derive(device, { kid, type: "SHA2-256", pubkey: base64(await publicKey(device, peer)) })).status,
    ).toBe(406);
    expect((await derive(device, { kid, type: "AES256", ext_kid: kid })).status).toBe(200);
  });

  it("refuses what can't be derived with 406", async () => {
    const kid = await createKid(device, "CURVE25519");
    const signer = await createKid(device, "SECP256R1", { mode: "ExDSA" });
    const aes = await createKid(device, "AES256");
    const imported = String(
      (await importKey(device, { type: "CURVE25519", pubkey: base64(counting(77, 32)) })).json.kid,
    );
    const pubkey = base64(counting(3, 32));
    for (const body of [
      { kid, type: "SECP521R1", pubkey },
      { kid, type: "MLKEM512", pubkey },
      { kid, type: "AES128" },
      { kid, type: "AES128", pubkey: base64(counting(3, 31)) },
      { kid, type: "AES128", pubkey: base64(new Uint8Array(32)) },
      { kid, type: "AES128", ext_kid: "0".repeat(32) },
      { kid, type: "AES128", ext_kid: signer },
      { kid: signer, type: "AES128", ext_kid: signer },
      { kid: aes, type: "AES128", pubkey },
      { kid: imported, type: "AES128", pubkey },
      { kid: "0".repeat(32), type: "Unheard", pubkey },
    ]) {
      const answer = await derive(device, body);
      expect({ body, status: answer.status }).toEqual({ body, status: 406 });
    }
  });

  it("refuses a malformed request with 400", async () => {
    const kid = await createKid(device, "CURVE25519");
    for (const body of [
      { kid: "x", type: "AES128" },
      { kid },
      { kid, type: "AES128", pubkey: "?" },
      { kid, type: "AES128", mode: "x" },
    ]) {
      expect((await derive(device, body)).status).toBe(400);
    }
  });
});
