import { createHmac, diffieHellman, generateKeyPairSync } from "node:crypto";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { DeviceClient, rawPublic, type Answer } from "./device-client.ts";
import { base64, counting, startFixture, VECTOR_EID, type Fixture } from "./fixture.ts";
import { createKid, entriesOf, entry, list, search } from "./keys.ts";

let device: Fixture;
let broker: DeviceClient;
beforeAll(async () => {
  device = await startFixture({ quirks: { clockGains: false } });
  broker = new DeviceClient({ url: device.emulator.brokerUrl, httpUrl: "", caPem: device.emulator.caPem });
});
afterAll(() => device.emulator.close());
afterEach(() => {
  device.emulator.authenticator.policy = "manual";
});

const claimsOf = (token: unknown): Record<string, unknown> =>
  JSON.parse(Buffer.from(String(token).split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;

/** Opens a broker session, asks the device, hands the request to the broker. */
async function request(
  scope: string,
  more: Record<string, unknown> = {},
  on = device,
  via = broker,
): Promise<Answer & { authreq: unknown }> {
  const { epk } = (await via.get("/session")).json;
  const asked = await on.client.post("/api/auth/ext/request", { epk, scope, ...more });
  return { ...(await via.post("/event/new", asked.json)), authreq: asked.json.authreq };
}

async function pair(on: Fixture): Promise<Answer> {
  const { publicKey } = generateKeyPairSync("x25519");
  const token = await on.user("auth:ext:pair");
  const init = await on.client.post("/api/auth/ext/init", { epk: base64(rawPublic(publicKey)) }, { token });
  return on.client.post("/api/auth/ext/validate", on.emulator.authenticator.pairingReply(String(init.json.request)), {
    token,
  });
}

describe("pairing", () => {
  it("init, validate and mac over the wire", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("x25519");
    const epk = base64(rawPublic(publicKey));
    const token = await device.user("auth:ext:pair");
    const mac = (await device.client.post("/api/auth/ext/mac", { epk }, { token })).json;
    const { x25519Public } = await import("./device-client.ts");
    const secret = diffieHellman({ privateKey, publicKey: x25519Public(Buffer.from(VECTOR_EID, "base64")) });
    expect(mac.eid).toBe(VECTOR_EID);
    expect(mac.mac).toBe(
      createHmac("sha256", secret)
        .update(Buffer.from(String(mac.nonce), "base64"))
        .digest("base64"),
    );

    const init = (await device.client.post("/api/auth/ext/init", { epk }, { token })).json;
    const [header = "", claims = "", signature] = String(init.request).split(".");
    expect(signature).toBe(createHmac("sha256", secret).update(`${header}.${claims}`).digest("base64url"));
    expect(claimsOf(init.request)).toMatchObject({ iss: VECTOR_EID, aud: epk });

    const reply = device.emulator.authenticator.pairingReply(String(init.request), "My phone");
    const validated = await device.client.post("/api/auth/ext/validate", reply, { token });
    expect(validated.json).toEqual({ kid: expect.stringMatching(/^[0-9a-f]{32}$/), code: expect.any(String) });
    const pairing = await entry(device, String(validated.json.kid));
    expect(pairing).toMatchObject({ type: "ECDH,CURVE25519", label: "My phone" });
    expect(Buffer.from(pairing.descr ?? "", "base64")).toEqual(
      Buffer.concat([Buffer.from("EXTAID"), Buffer.from(reply.pid, "base64")]),
    );
    expect(entriesOf(await search(device, { descr: `^${base64("EXTAID")}` }))).toHaveLength(1);
    expect((await device.client.post("/api/auth/ext/validate", reply, { token })).status).toBe(401);
    expect((await pair(device)).status).toBe(406);
  });

  it("eight at most", async () => {
    const own = await startFixture();
    const token = await own.user("keymgmt:imp");
    for (let index = 0; index < 8; index += 1) {
      const descr = base64(Buffer.concat([Buffer.from("EXTAID"), counting(index, 16)]));
      const body = { label: "phone", type: "CURVE25519", pubkey: base64(counting(index, 32)), descr };
      expect((await own.client.post("/api/keymgmt/import", body, { token })).status).toBe(200);
    }
    expect((await pair(own)).status).toBe(406);
    await own.emulator.close();
  });

  it("refuses a forged reply", async () => {
    const own = await startFixture();
    const token = await own.user("auth:ext:pair");
    const init = await own.client.post(
      "/api/auth/ext/init",
      { epk: base64(rawPublic(generateKeyPairSync("x25519").publicKey)) },
      { token },
    );
    const { pid, reply } = own.emulator.authenticator.pairingReply(String(init.json.request));
    expect(
      (await own.client.post("/api/auth/ext/validate", { pid, reply: `${reply.slice(0, -4)}AAAA` }, { token })).status,
    ).toBe(401);
    expect((await own.client.post("/api/auth/ext/validate", { pid, reply: "a.b.c" }, { token })).status).toBe(400);
    expect((await own.client.post("/api/auth/ext/validate", { pid, reply }, { token })).status).toBe(200);
    await own.emulator.close();
  });
});

describe("login by phone", () => {
  it("pending, approved, and the token is role Ext", async () => {
    const created = await request("keymgmt:list", { ctx: "context", note: "a note", exp: 5 });
    const id = String(created.json.eventid);
    expect((await broker.get(`/event/check/${id}`)).status).toBe(202);
    expect(device.emulator.authenticator.pending()).toEqual([
      { eventId: id, scope: "keymgmt:list", context: "context", note: "a note" },
    ]);
    device.emulator.authenticator.approve(id);
    const { authreply } = (await broker.get(`/event/check/${id}`)).json;
    const answer = await device.client.post("/api/auth/ext/token", { authreply });
    const claims = claimsOf(answer.json.token);
    expect(Buffer.from(String(claims.sub), "base64")).toHaveLength(16);
    expect(claims.scope).toBe("keymgmt:list");
    expect(Math.abs(Number(claims.exp) - Date.now() / 1000 - 900)).toBeLessThan(10);
    const token = String(answer.json.token);
    expect((await device.client.get("/api/keymgmt/list", { token })).status).toBe(200);
    expect((await device.client.post("/api/auth/ext/token", { authreply })).status).toBe(401);
    expect((await broker.call("DELETE", `/event/${id}`)).status).toBe(200);
    expect((await broker.get(`/event/check/${id}`)).status).toBe(404);
    const fields = claimsOf(created.authreq);
    expect(Number(fields.exp) - Number(fields.iat)).toBe(3600);
  });

  it("a scope for one key: shorter, shown with its key, stripped in the token", async () => {
    const kid = await createKid(device, "AES256", { label: "shown" });
    const created = await request(`keymgmt:use:${kid}`);
    const fields = claimsOf(created.authreq);
    expect(Number(fields.exp) - Number(fields.iat)).toBe(900);
    expect(device.emulator.authenticator.pending().at(-1)?.scope).toBe(`keymgmt:use:${kid}`);
    device.emulator.authenticator.approve();
    const { authreply } = (await broker.get(`/event/check/${String(created.json.eventid)}`)).json;
    const token = String((await device.client.post("/api/auth/ext/token", { authreply })).json.token);
    expect(claimsOf(token).scope).toBe(`keymgmt:use:${kid}`);
    expect((await device.client.get(`/api/keymgmt/get/${kid}`, { token })).status).toBe(200);
  });

  it("policies answer at once; a denial says so; expiry 0 is 8 hours", async () => {
    device.emulator.authenticator.policy = "deny";
    const denied = await request("keymgmt:list");
    expect((await broker.get(`/event/check/${String(denied.json.eventid)}`)).json).toEqual({ deny: true });
    device.emulator.authenticator.policy = "approve";
    const approved = await request("keymgmt:list");
    expect((await broker.get(`/event/check/${String(approved.json.eventid)}`)).json).toHaveProperty("authreply");
    device.emulator.authenticator.policy = "manual";
    const manual = await request("auth:ext:pair");
    device.emulator.authenticator.approve(String(manual.json.eventid), 0);
    const { authreply } = (await broker.get(`/event/check/${String(manual.json.eventid)}`)).json;
    const token = String((await device.client.post("/api/auth/ext/token", { authreply })).json.token);
    expect(Math.abs(Number(claimsOf(token).exp) - Date.now() / 1000 - 8 * 3600)).toBeLessThan(10);
    // A paired app may search pairings, but not pair.
    expect((await device.client.post("/api/auth/ext/mac", { epk: base64(counting(1, 32)) }, { token })).status).toBe(
      403,
    );
  });

  it("no pairings: 200 and an empty map", async () => {
    const own = await startFixture();
    const answer = await own.client.post("/api/auth/ext/request", {
      epk: base64(counting(1, 32)),
      scope: "keymgmt:list",
    });
    expect(answer.status).toBe(200);
    expect(claimsOf(answer.json.authreq).scope).toEqual({});
    await own.emulator.close();
  });

  it("an unknown app is 406; events expire; a device clock ahead is 401 at the broker", async () => {
    let now = 1_760_000_000_000;
    const own = await startFixture({ clock: { now: () => now }, quirks: { clockGains: false } });
    const via = new DeviceClient({ url: own.emulator.brokerUrl, httpUrl: "", caPem: own.emulator.caPem });
    const kid = own.emulator.pairAuthenticator();
    own.emulator.authenticator.policy = "approve";
    const event = await request("keymgmt:list", {}, own, via);
    const { authreply } = (await via.get(`/event/check/${String(event.json.eventid)}`)).json;
    await own.client.call("DELETE", `/api/keymgmt/delete/${kid}`, { token: await own.user("keymgmt:del") });
    expect((await own.client.post("/api/auth/ext/token", { authreply })).status).toBe(406);
    now += 3600_000;
    expect((await via.get(`/event/check/${String(event.json.eventid)}`)).status).toBe(404);
    own.emulator.controls.shiftClock(60);
    expect((await request("keymgmt:list", {}, own, via)).status).toBe(401);
    expect((await via.post("/event/new", { authreq: "x", epk: "y" })).status).toBe(400);
    expect((await via.get("/nothing")).status).toBe(404);
    await own.emulator.close();
  });

  it("faults hit the services too, and their requests are counted apart", async () => {
    device.emulator.faults.add({ path: "/notify/session", fault: { kind: "status", status: 500 } });
    expect((await broker.get("/session")).status).toBe(500);
    expect(device.emulator.serviceRequests.count("GET", "/notify/session")).toBeGreaterThan(0);
    expect(device.emulator.requests.count("GET", "/notify/session")).toBe(0);
    expect((await list(device)).status).toBe(200);
  });
});
