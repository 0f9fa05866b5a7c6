import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startEncedoEmulator } from "../src/index.ts";
import { base64, startFixture, userSeed, VECTOR_EID, type Fixture } from "./fixture.ts";
import { BROKEN } from "./device-client.ts";
import { createKid, entry, list, use } from "./keys.ts";

describe("state file", () => {
  const folder = mkdtempSync(join(tmpdir(), "keyrail-test-"));
  const stateFile = join(folder, "state.json");
  afterAll(() => rmSync(folder, { recursive: true }));

  it("outlives the process: keys, identity, passphrases, tombstones, logs; not tokens", async () => {
    const first = await startFixture({ stateFile });
    const kid = await createKid(first, "ED25519", { label: "kept", descr: base64("d") });
    const msg = base64("m");
    const { sign } = (await use(first, "exdsa/sign", { kid, msg, alg: "Ed25519" })).json;
    const token = await first.user("keymgmt:list");
    await first.emulator.close();
    expect(statSync(stateFile).mode & 0o777).toBe(0o600);

    const second = await startFixture({ stateFile, fixtures: { userPassphrase: "ignored, the file has one" } });
    expect(second.emulator.eid).toBe(VECTOR_EID);
    expect(second.emulator.userPassphrase).toBe(first.emulator.userPassphrase);
    expect((await second.client.get("/api/keymgmt/list", { token })).status).toBe(401);
    expect(await entry(second, kid)).toMatchObject({
      label: "kept",
      type: "ATT,PKEY,ExDSA,ED25519",
      descr: base64("d"),
    });
    expect((await use(second, "exdsa/verify", { kid, msg, alg: "Ed25519", sign })).status).toBe(200);
    expect(second.emulator.controls.state.boot).toBe(2);
    await second.client.call("DELETE", `/api/keymgmt/delete/${kid}`, { token: await second.user("keymgmt:del") });
    const logs = await second.client.get("/api/logger/list", {
      token: await second.client.logIn(userSeed, "logger:get"),
    });
    expect(logs.json.id).toHaveLength(2);
    await second.emulator.close();
    expect(readdirSync(folder)).toEqual(["state.json"]);
    expect(readFileSync(stateFile, "utf8")).not.toContain(kid.slice(0, 8).concat('","type"'));
  });

  it("is written before the answer", async () => {
    const file = join(folder, "early.json");
    const own = await startFixture({ stateFile: file });
    const kid = await createKid(own, "AES128");
    expect(readFileSync(file, "utf8")).toContain(kid);
    await own.emulator.close();
  });

  it("that is none is refused, and named", async () => {
    const file = join(folder, "broken.json");
    for (const content of ["{", "{}", '{"version":2}']) {
      writeFileSync(file, content);
      await expect(startEncedoEmulator({ stateFile: file })).rejects.toMatchObject({
        code: "InvalidConfiguration",
        context: { path: file },
      });
    }
  });
});

describe("options", () => {
  it.each([
    ["port", { port: 70_000 }],
    ["timeScale", { timeScale: -1 }],
    ["capacity", { capacity: 0 }],
    ["fixtures.identityPrivateKey", { fixtures: { identityPrivateKey: new Uint8Array(31) } }],
  ])("%s is checked", async (path, options) => {
    await expect(startEncedoEmulator(options)).rejects.toMatchObject({
      code: "InvalidConfiguration",
      context: { path },
    });
  });

  it("a port that is taken, and fixture keys that can't be", async () => {
    const device = await startFixture();
    await expect(startFixture({ port: Number(new URL(device.emulator.url).port) })).rejects.toMatchObject({
      code: "InvalidConfiguration",
    });
    const add = (key: Parameters<typeof device.emulator.addKeys>[0][number]) => () => device.emulator.addKeys([key]);
    expect(add({ type: "AES256", label: "x", secretKey: new Uint8Array(5) })).toThrow("32 bytes");
    expect(add({ type: "SECP256R1", label: "x", secretKey: new Uint8Array(32) })).toThrow("a SECP256R1 secret key");
    expect(add({ type: "MLKEM512", label: "x", secretKey: new Uint8Array(32) })).toThrow("generated");
    expect(add({ type: "AES256", label: "" })).toThrow("printable ASCII");
    await device.emulator.close();
    expect(existsSync(device.emulator.caFile)).toBe(false);
  });
});

describe("control endpoint", () => {
  let device: Fixture;
  beforeAll(async () => {
    device = await startFixture();
  });
  afterAll(() => device.emulator.close());

  async function control(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(`${device.emulator.controlUrl}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  }

  it("scripts faults and reads counters", async () => {
    const added = await control("POST", "/faults", {
      path: "/api/system/version",
      fault: { kind: "status", status: 429 },
    });
    expect(added).toEqual({ status: 200, json: { id: expect.any(Number) } });
    expect((await device.client.get("/api/system/version")).status).toBe(429);
    expect((await control("GET", "/faults")).json).toMatchObject({ faults: [{ hits: 1, fault: { kind: "status" } }] });
    await control("DELETE", "/faults");
    expect((await control("GET", "/faults")).json).toEqual({ faults: [] });
    expect((await control("GET", "/state")).json).toMatchObject({
      device: { power: "up", initialised: true },
      counters: { requests: 1, inFlightHighWater: 1, byEndpoint: { "GET /api/system/version": 1 } },
    });
    expect((await control("GET", "/requests")).json).toMatchObject({ requests: [{ status: 429, faults: ["status"] }] });
    await control("DELETE", "/requests");
    expect((await control("GET", "/state")).json).toMatchObject({ counters: { requests: 0 } });
  });

  it("drives the device", async () => {
    const token = await device.user("keymgmt:list");
    await control("POST", "/device/state", { flsState: 4, job: "install", repositoryBusy: true });
    expect(device.emulator.controls.state).toMatchObject({ flsState: 4, job: "install", repositoryBusy: true });
    await control("POST", "/device/state", { flsState: 0, job: null, repositoryBusy: false });
    await control("POST", "/device/quirks", { updateClearsDescription: false, clockGains: false });
    expect(device.emulator.controls.state).toMatchObject({
      quirks: { updateClearsDescription: false },
      clock: { rate: 1 },
    });
    await control("POST", "/device/clock", { set: 1000 });
    await control("POST", "/device/clock", { shift: 5 });
    expect(device.emulator.controls.state.clock.seconds).toBe(1005);
    await control("POST", "/device/clock", { unset: true });
    expect((await device.client.get("/api/auth/token")).status).toBe(403);
    await control("POST", "/device/clock", { set: Math.floor(Date.now() / 1000) });
    expect((await list(device)).status).toBe(200);
    await control("POST", "/device/reboot", {});
    expect((await device.client.get("/api/keymgmt/list", { token })).status).toBe(401);
    await control("POST", "/device/power-off");
    await expect(device.client.get("/api/system/status")).rejects.toThrow(BROKEN);
    await control("POST", "/device/power-on");
    expect((await device.client.get("/api/auth/token")).status).toBe(403);
    await control("POST", "/device/clock", { set: Math.floor(Date.now() / 1000) });
    const added = await control("POST", "/device/keys", {
      keys: [{ type: "AES128", label: "x", secretKey: base64(new Uint8Array(16)) }],
    });
    expect(added).toEqual({ status: 200, json: { kids: [expect.any(String)] } });
  });

  it("drives phone and check-in service", async () => {
    expect((await control("POST", "/authenticator/policy", { policy: "approve" })).status).toBe(200);
    expect((await control("GET", "/authenticator")).json).toEqual({ policy: "approve", pending: [] });
    expect((await control("POST", "/authenticator/approve", {})).status).toBe(400);
    expect((await control("POST", "/checkin", { status: "L" })).status).toBe(200);
    device.emulator.controls.setCheckinReply({ status: "OK" });
  });

  it("refuses what it does not know, and web pages", async () => {
    expect((await control("GET", "/nothing")).status).toBe(404);
    expect((await control("POST", "/faults", { fault: { kind: "unheard" } })).status).toBe(400);
    expect((await control("POST", "/faults", "{")).status).toBe(400);
    expect((await control("POST", "/device/state", { flsstate: 1 })).status).toBe(400);
    expect((await control("GET", "/state", undefined, { Origin: "https://evil.example" })).status).toBe(403);
  });
});
