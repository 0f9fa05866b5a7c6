import { connect } from "node:net";

import { isKeyrailError } from "@keyrail/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { base64, startFixture, userSeed, VECTOR_EID, type Fixture } from "./fixture.ts";
import { BROKEN } from "./device-client.ts";
import { create, createKid, derive, list, search } from "./keys.ts";

let device: Fixture;
beforeAll(async () => {
  device = await startFixture();
});
afterAll(() => device.emulator.close());
afterEach(() => {
  device.emulator.faults.clear();
  device.emulator.requests.reset();
});

const CREATE = { method: "POST", path: "/api/keymgmt/create" } as const;
const keys = (): number => device.emulator.controls.state.keys;

/** Sends a request over plain TCP; resolves with the bytes that came and how it ended. */
function raw(path: string): Promise<{ received: Buffer; error: string | undefined }> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(device.emulator.httpUrl);
    const chunks: Buffer[] = [];
    let error: string | undefined;
    const socket = connect(Number(port), hostname, () => socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("end", () => socket.end());
    socket.on("error", (failure) => {
      error = "code" in failure ? String(failure.code) : failure.message;
    });
    socket.on("close", () => resolve({ received: Buffer.concat(chunks), error }));
  });
}

describe("fault plan", () => {
  it("drop before the effect: nothing happened; after it: it did", async () => {
    for (const [when, made] of [
      ["before", 0],
      ["after", 1],
    ] as const) {
      const before = keys();
      device.emulator.faults.add({ ...CREATE, fault: { kind: "drop", when } });
      await expect(create(device, { type: "AES128" })).rejects.toThrow(BROKEN);
      expect(keys() - before).toBe(made);
      expect(device.emulator.requests.entries.at(-1)).toMatchObject({ path: CREATE.path, faults: ["drop"] });
      expect(device.emulator.requests.entries.at(-1)).not.toHaveProperty("status");
    }
    expect((await create(device, { type: "AES128" })).status).toBe(200);
  });

  it("a reset reaches the client as one, with and without TLS", async () => {
    device.emulator.faults.add({ fault: { kind: "drop", when: "before", reset: true } });
    expect(await raw("/api/system/version")).toMatchObject({ error: "ECONNRESET" });
    device.emulator.faults.add({ fault: { kind: "drop", when: "before", reset: true } });
    await expect(device.client.get("/api/system/version")).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  it("cut at every byte of an answer", async () => {
    const { received: whole } = await raw("/api/auth/init");
    expect(whole.toString()).toMatch(/^HTTP\/1\.1 406 /);
    for (let atByte = 0; atByte <= whole.length; atByte += 1) {
      device.emulator.faults.add({ path: "/api/auth/init", fault: { kind: "cut", atByte } });
      expect((await raw("/api/auth/init")).received).toEqual(whole.subarray(0, atByte));
    }
  });

  it("cut in the body, over TLS: the effect stays", async () => {
    const before = keys();
    device.emulator.faults.add({ ...CREATE, fault: { kind: "cut", atByte: 5, from: "body" } });
    await expect(create(device, { type: "AES128" })).rejects.toThrow(BROKEN);
    expect(keys()).toBe(before + 1);
  });

  it("a status, without and with the effect", async () => {
    for (const status of [409, 429, 500]) {
      const before = keys();
      device.emulator.faults.add({ ...CREATE, fault: { kind: "status", status } });
      const answer = await create(device, { type: "AES128" });
      expect([answer.status, answer.text]).toEqual([status, ""]);
      expect(keys()).toBe(before);
    }
    const before = keys();
    device.emulator.faults.add({ ...CREATE, fault: { kind: "status", status: 500, effect: true } });
    expect((await create(device, { type: "AES128" })).status).toBe(500);
    expect(keys()).toBe(before + 1);
  });

  it("raw codes no HTTP library would write", async () => {
    for (const status of [7, 100, 795]) {
      device.emulator.faults.add({ path: "/api/system/version", fault: { kind: "status", status } });
      expect((await raw("/api/system/version")).received.toString()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} \r\n`));
    }
  });

  it("skip, times, for a while", async () => {
    let now = 1_760_000_000_000;
    const own = await startFixture({ clock: { now: () => now } });
    own.emulator.faults.add({ path: "/api/system/*", skip: 1, times: 2, fault: { kind: "status", status: 500 } });
    const statuses = async (count: number): Promise<number[]> => {
      const seen: number[] = [];
      for (let index = 0; index < count; index += 1) seen.push((await own.client.get("/api/system/version")).status);
      return seen;
    };
    expect(await statuses(5)).toEqual([200, 500, 500, 200, 200]);
    own.emulator.faults.add({ forMilliseconds: 10_000, fault: { kind: "status", status: 409 } });
    expect(await statuses(3)).toEqual([409, 409, 409]);
    now += 10_000;
    expect(await statuses(1)).toEqual([200]);
    const always = own.emulator.faults.add({ times: "always", fault: { kind: "status", status: 429 } });
    expect(await statuses(2)).toEqual([429, 429]);
    expect(own.emulator.faults.remove(always)).toBe(true);
    expect(await statuses(1)).toEqual([200]);
    expect(own.emulator.faults.list().map(({ hits }) => hits)).toEqual([2, 3]);
    await own.emulator.close();
  });

  it("a stalled request holds the device until its client goes", async () => {
    const controller = new AbortController();
    device.emulator.faults.add({ path: "/api/system/version", fault: { kind: "stall" } });
    const { hostname, port } = new URL(device.emulator.httpUrl);
    const stalled = connect({ port: Number(port), host: hostname, signal: controller.signal });
    stalled.on("error", () => stalled.destroy());
    stalled.write("GET /api/system/version HTTP/1.1\r\nHost: x\r\n\r\n");
    await expect.poll(() => device.emulator.requests.counters.inFlight).toBe(1);
    let answered = false;
    const next = device.client.get("/api/system/status").then((answer) => {
      answered = true;
      return answer;
    });
    await expect.poll(() => device.emulator.requests.counters.inFlight).toBe(2);
    expect(answered).toBe(false);
    controller.abort();
    expect((await next).status).toBe(200);
    await expect.poll(() => device.emulator.requests.counters).toMatchObject({ inFlight: 0, inFlightHighWater: 2 });
  });

  it("reboot: before, the request's token is dead; after, the next one's", async () => {
    const path = "/api/keymgmt/list";
    for (const [when, first] of [
      ["before", 401],
      ["after", 200],
    ] as const) {
      const token = await device.client.logIn(userSeed, "keymgmt:list");
      device.emulator.faults.add({ path, fault: { kind: "reboot", when } });
      expect((await device.client.get(path, { token })).status).toBe(first);
      expect((await device.client.get(path, { token })).status).toBe(401);
    }
  });

  it("a clock that jumps expires tokens", async () => {
    const own = await startFixture();
    own.emulator.faults.add({ path: "/api/keymgmt/list", fault: { kind: "clock", shiftSeconds: 3 * 86_400 } });
    expect((await list(own)).status).toBe(401);
    await own.emulator.close();
  });

  it("a derivation out of range, for SECP targets only", async () => {
    const own = await startFixture();
    const kid = await createKid(own, "CURVE25519");
    own.emulator.faults.add({ path: "/api/keymgmt/derive", times: 2, fault: { kind: "deriveOutOfRange" } });
    expect((await derive(own, { kid, type: "SECP256K1", ext_kid: kid })).status).toBe(406);
    expect((await derive(own, { kid, type: "AES256", ext_kid: kid })).status).toBe(200);
    expect((await derive(own, { kid, type: "SECP256K1", ext_kid: kid })).status).toBe(200);
    await own.emulator.close();
  });

  it("oversized and replaced bodies", async () => {
    device.emulator.faults.add({ path: "/api/system/version", fault: { kind: "oversizedBody", bytes: 100_000 } });
    const big = await device.client.get("/api/system/version");
    expect(big.text).toHaveLength(100_000);
    expect(big.json.hwv).toBe("PPA rev 2.2");
    device.emulator.faults.add({
      path: "/api/system/version",
      fault: { kind: "replaceBody", content: "<html>", contentType: "text/html" },
    });
    expect(await device.client.get("/api/system/version")).toMatchObject({ status: 200, text: "<html>" });
  });

  it("another device's eid", async () => {
    device.emulator.faults.add({ path: "/api/auth/token", times: 2, fault: { kind: "wrongEid" } });
    const first = (await device.client.get("/api/auth/token")).json.eid;
    expect(first).not.toBe(VECTOR_EID);
    expect(Buffer.from(String(first), "base64")).toHaveLength(32);
    expect((await device.client.get("/api/auth/token")).json.eid).toBe(first);
    expect((await device.client.get("/api/auth/token")).json.eid).toBe(VECTOR_EID);
  });

  it("delay waits in scaled time", async () => {
    const own = await startFixture({ timeScale: 0.1 });
    own.emulator.faults.add({ fault: { kind: "delay", milliseconds: 1000 } });
    const started = performance.now();
    await own.client.get("/api/system/version");
    expect(performance.now() - started).toBeGreaterThanOrEqual(95);
    await own.emulator.close();
  });

  it("refuses a rule that is none", () => {
    const attempt = (): unknown => device.emulator.faults.add({ fault: { kind: "status", status: -1 } });
    expect(attempt).toThrow(expect.objectContaining({ code: "InvalidConfiguration" }));
    try {
      attempt();
    } catch (error) {
      expect(isKeyrailError(error, "InvalidConfiguration")).toBe(true);
    }
  });
});

describe("requests", () => {
  it("parallel requests are all served, each on a connection of its own", async () => {
    const token = await device.client.logIn(userSeed, "keymgmt:gen");
    device.emulator.requests.reset();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        device.client.post("/api/keymgmt/create", { label: `parallel ${index}`, type: "AES128" }, { token }),
      ),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(device.emulator.requests.counters).toMatchObject({
      requests: 20,
      connections: 20,
      handshakes: 20,
      inFlight: 0,
    });
  });

  it("are counted and recorded without bodies and secrets", async () => {
    await search(device, { descr: base64("secret") });
    await device.client.get("/api/system/status", { plain: true });
    const { requests } = device.emulator;
    expect(requests.count("POST", "/api/keymgmt/search")).toBe(1);
    expect(requests.count("GET", "/api/system/*")).toBe(1);
    expect(requests.entries.at(-1)).toEqual({
      sequence: expect.any(Number),
      method: "GET",
      path: "/api/system/status",
      secure: false,
      status: 200,
      faults: [],
      inFlight: 1,
    });
    expect(JSON.stringify(requests.entries)).not.toContain(base64("secret"));
  });
});
