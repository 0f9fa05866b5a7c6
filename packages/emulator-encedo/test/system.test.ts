import { createHmac, createPublicKey, diffieHellman, verify } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { DeviceClient, rawPublic, x25519Private, x25519Public } from "./device-client.ts";
import { base64, counting, masterSeed, startFixture, userSeed, VECTOR_EID, type Fixture } from "./fixture.ts";
import { BROKEN } from "./device-client.ts";
import { create, createKid, list, use } from "./keys.ts";

const SECOND = 1_760_000_000;
let now = SECOND * 1000;
let device: Fixture;
beforeAll(async () => {
  device = await startFixture({ clock: { now: () => now }, quirks: { clockGains: false } });
});
afterAll(() => device.emulator.close());

function ed25519Key(raw: unknown): ReturnType<typeof createPublicKey> {
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(String(raw), "base64")]);
  return createPublicKey({ key: spki, format: "der", type: "spki" });
}

describe("status and version", () => {
  it("has the documented members", async () => {
    const { json } = await device.client.get("/api/system/status");
    expect(json).toMatchObject({
      ctx: "",
      uptime: 0,
      temp: expect.any(Number),
      fls_state: 0,
      time: SECOND,
      storage: ["123456:-"],
    });
    expect(json.ts).toBe("2025-10-09T08:53:20Z");
    expect(json).not.toHaveProperty("inited");
    expect(json.hostname).toBe("my.ence.do");
    const named = await device.client.get("/api/system/status", { headers: { Host: "my.ence.do" } });
    expect(named.json).not.toHaveProperty("hostname");
    expect((await device.client.get("/api/system/version")).json).toMatchObject({
      hwv: "PPA rev 2.2",
      fwv: "Encedo nGINE FW v1.2.2",
    });
  });

  it("says nothing of the time while the clock is unset, and of trusted time only when off", async () => {
    const own = await startFixture({ clockSet: false, fixtures: { config: { trusted_ts: false } } });
    const { json } = await own.client.get("/api/system/status");
    expect(json.tts).toBe(false);
    expect(json).not.toHaveProperty("time");
    expect((await own.client.get("/api/auth/token")).status).toBe(200);
    await own.emulator.close();
  });

  it("self-test and job states are 409 nearly everywhere", async () => {
    const { controls } = device.emulator;
    const listToken = await device.user("keymgmt:list");
    controls.setFlsState(0x05);
    expect((await device.client.get("/api/system/status")).json).toMatchObject({ fls_state: 5 });
    expect((await device.client.get("/api/auth/token")).status).toBe(409);
    expect((await device.client.get("/api/keymgmt/list", { token: listToken })).status).toBe(409);
    controls.setFlsState(0);
    controls.setJob("format");
    expect((await device.client.get("/api/system/status")).json).toMatchObject({ format: expect.anything() });
    expect((await device.client.get("/api/keymgmt/list", { token: listToken })).status).toBe(409);
    expect((await device.client.get("/api/system/reboot", { token: listToken })).status).toBe(409);
    controls.setJob(undefined);
  });
});

describe("check-in", () => {
  it("sets the clock through the emulated service, and logins work again", async () => {
    const own = await startFixture({ clockSet: false });
    expect((await own.client.get("/api/auth/token")).status).toBe(403);
    expect((await own.client.post("/api/auth/token", { auth: "x" })).status).toBe(403);
    const check = (await own.client.get("/api/system/checkin")).json;
    const service = new DeviceClient({
      ...own.emulator,
      url: own.emulator.checkinUrl,
      httpUrl: "",
      caPem: own.emulator.caPem,
    });
    const checked = (await service.post("", check)).json;
    expect((await own.client.post("/api/system/checkin", checked)).json).toMatchObject({ status: "OK" });
    expect((await own.client.get("/api/auth/token")).status).toBe(200);
    expect(Math.abs(own.emulator.controls.state.clock.seconds - Date.now() / 1000)).toBeLessThan(5);
    await own.emulator.close();
  });

  it("takes any JWT with iat, and obeys the status", async () => {
    const own = await startFixture();
    const reply = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.AA`;
    const checkIn = (claims: object) => own.client.post("/api/system/checkin", { checked: reply(claims) });
    expect((await checkIn({ status: "OK" })).status).toBe(401);
    expect((await checkIn({ iat: 1000, status: "L" })).json).toEqual({ status: "L" });
    expect(own.emulator.controls.state.clock.seconds).toBe(1000);
    await expect(own.client.logIn(userSeed, "x")).rejects.toThrow("login answered 401");
    await checkIn({ iat: 1000, status: "B" });
    expect(own.emulator.controls.state.flsState).toBe(0x80);
    await checkIn({ iat: 1000, status: "W" });
    expect(own.emulator.controls.state.initialised).toBe(false);
    await own.emulator.close();
  });
});

describe("config", () => {
  it("reads", async () => {
    const token = await device.user("auth:ext:pair");
    const { json } = await device.client.get("/api/system/config", { token });
    expect(json).toMatchObject({
      iat: SECOND,
      uts: SECOND,
      devid: expect.stringMatching(/^[0-9a-f]{16}$/),
      eid: VECTOR_EID,
      eid_sign: expect.any(String),
      user: "Emulated user",
      hostname: "my.ence.do",
      trusted_ts: true,
      allow_keysearch: false,
      http_option_dosprot_mode: 0,
      spk: "eaYx7t4b+cmPEgMs3q3Q56B5OY/HhriMyEbsia+FpRo=",
      nonce: expect.any(String),
      genuine_id: expect.any(String),
      storage_capacity: expect.any(Number),
    });
    expect(json).not.toHaveProperty("userkey");
  });

  it("writes what may be written, with the same JSON for a refusal", async () => {
    const token = await device.master("system:config");
    const write = (body: object) => device.client.post("/api/system/config", body, { token });
    expect((await write({ email: "new@example.org", allow_keysearch: true })).json).toEqual({ updated: true });
    expect((await device.client.get("/api/system/config", { token })).json).toMatchObject({
      email: "new@example.org",
      allow_keysearch: true,
    });
    expect((await write({ hostname: "other", ip: "1.2.3.4", nonsense: 1 })).json).toEqual({ updated: false });
    const refused = await write({ http_option_dosprot_mode: 5 });
    expect([refused.status, refused.json]).toEqual([400, { updated: false }]);
    const csr = (await write({ gen_csr: true })).json.csr;
    expect(csr).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----/);
  });

  it("changes the user key for one who has the new key", async () => {
    const own = await startFixture();
    const token = await own.master("system:config");
    const newSeed = counting(0x99, 32);
    const attempt = async (key: Uint8Array) => {
      const { spk, nonce } = (await own.client.get("/api/system/config", { token })).json;
      const secret = diffieHellman({
        privateKey: x25519Private(key),
        publicKey: x25519Public(Buffer.from(String(spk), "base64")),
      });
      return own.client.post(
        "/api/system/config",
        {
          userkey: rawPublic(x25519Private(newSeed)).toString("base64"),
          userkey_hmac: createHmac("sha256", secret)
            .update(Buffer.from(String(nonce), "base64"))
            .digest("base64"),
          userkey_nonce: nonce,
        },
        { token },
      );
    };
    expect((await attempt(userSeed)).status).toBe(401);
    expect((await attempt(newSeed)).json).toEqual({ updated: true });
    await expect(own.client.logIn(userSeed, "x")).rejects.toThrow("login answered 401");
    await own.client.logIn(newSeed, "x");
    await own.emulator.close();
  });

  it("wipes", async () => {
    const own = await startFixture();
    await createKid(own, "AES128");
    const answer = await own.client.post(
      "/api/system/config",
      { wipeout: true },
      { token: await own.user("system:config") },
    );
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(own.emulator.controls.state).toMatchObject({ initialised: false, keys: 2 });
    await own.emulator.close();
  });
});

describe("self-test", () => {
  it("counts slots", async () => {
    const { json } = await device.client.get("/api/system/selftest", { token: await device.master("anything") });
    expect(json).toMatchObject({
      fls_state: 0,
      selftest_ts: SECOND,
      repo_stats: { total: 2, deleted: 0, invalid: 0, fragmented: 0, freeslots: 2998 },
    });
  });
});

describe("audit log", () => {
  it("is signed, authenticated and readable after the boot", async () => {
    const own = await startFixture({ clock: { now: () => now }, quirks: { clockGains: false } });
    const kid = await createKid(own, "SHA2-256");
    await use(own, "hmac/hash", { kid, msg: base64("x") });
    await create(own, { type: "RSA" });
    await create(own, { label: "", type: "AES128" });
    await own.client.get("/api/keymgmt/list", { token: await own.user("keymgmt:get") });
    const token = await own.client.logIn(masterSeed, "logger:get");
    const id = SECOND.toString(16);
    const before = await own.client.get("/api/logger/list", { token });
    expect(before.json).toEqual({ total: 3, id: [id] });
    expect((await own.client.get(`/api/logger/${id}`, { token })).status).toBe(406);
    expect((await own.client.get("/api/logger/zz", { token })).status).toBe(406);
    expect((await own.client.get("/api/logger/list/x", { token })).status).toBe(406);
    now += 1000;
    await own.emulator.controls.reboot();
    const fresh = await own.client.logIn(masterSeed, "logger:getter");
    expect((await own.client.get("/api/logger/list/1", { token: fresh })).json.id).toEqual([(SECOND + 1).toString(16)]);

    const key = (await own.client.get("/api/logger/key", { token: fresh })).json;
    const nonce = Buffer.from(String(key.nonce), "base64");
    expect(nonce).toHaveLength(32);
    expect(verify(null, nonce, ed25519Key(key.key), Buffer.from(String(key.nonce_signed), "base64"))).toBe(true);

    const file = await own.client.get(`/api/logger/${id}`, { token: fresh });
    expect(file.headers["content-type"]).toBe("text/plain");
    expect(file.text.endsWith("\r\n")).toBe(true);
    const [header = "", ...lines] = file.text.trimEnd().split("\r\n");
    expect(header).toMatch(/^# Encedo nGINE FW/);
    const fields = lines.map((line) => line.split("|"));
    const [first = []] = fields;
    const macKey = Buffer.from(first[4] ?? "", "base64url");
    expect(verify(null, macKey, ed25519Key(key.key), Buffer.from(first[5] ?? "", "base64url"))).toBe(true);
    for (const [index, line] of lines.entries()) {
      const end = line.lastIndexOf("|") + 1;
      const mac = createHmac("sha256", macKey)
        .update(line.slice(0, end))
        .digest()
        .subarray(0, 16)
        .toString("base64url");
      expect(line.slice(end)).toBe(mac);
      expect(fields[index]).toHaveLength(7);
      expect(fields[index]?.[0]).toBe(String(index));
      expect(fields[index]?.[1]).toMatch(/^[0-9a-f]{8}$/);
    }
    const records = fields.map(([, , type = "", result, actor, data]) => [
      Number.parseInt(type, 16),
      result,
      actor,
      data,
    ]);
    expect(records).toContainEqual([20, "0", "U", kid]);
    expect(records).toContainEqual([20, "1", "U", ""]);
    expect(records).toContainEqual([20, "2", "U", ""]);
    expect(records).toContainEqual([30, "0", "U", kid]);
    expect(records).toContainEqual([12, "1", "U", "/api/keymgmt/list"]);
    expect(records).toContainEqual([13, "0", "M", "logger:get"]);
    expect(records.at(-1)?.[0]).toBe(2);
    await own.emulator.close();
  });
});

describe("storage", () => {
  it("locks and unlocks the disk of the scope", async () => {
    const states = async (): Promise<unknown> => (await device.client.get("/api/system/status")).json.storage;
    const go = async (path: string, scope: string): Promise<number> =>
      (await device.client.get(`/api/storage/${path}`, { token: await device.user(scope) })).status;
    expect(await go("unlock", "storage:disk0:rw")).toBe(200);
    expect(await states()).toEqual(["123456:rw"]);
    expect(await go("unlock/ro", "storage:disk0")).toBe(200);
    expect(await states()).toEqual(["123456:ro"]);
    expect(await go("unlock/rw", "storage:disk0")).toBe(403);
    expect(await go("lock", "storage:disk0")).toBe(200);
    expect(await states()).toEqual(["123456:-"]);
    expect(await go("lock", "storage:disk7")).toBe(406);
  });
});

describe("clock", () => {
  it("gains 8 percent by default, and dies with the power", async () => {
    let outside = SECOND * 1000;
    const own = await startFixture({ clock: { now: () => outside } });
    outside += 100_000;
    expect(own.emulator.controls.state.clock).toEqual({ set: true, seconds: SECOND + 108, rate: 1.08 });
    own.emulator.controls.powerOff();
    await expect(list(own)).rejects.toThrow(BROKEN);
    own.emulator.controls.powerOn();
    expect(own.emulator.controls.state.clock.set).toBe(false);
    await own.emulator.close();
  });
});
