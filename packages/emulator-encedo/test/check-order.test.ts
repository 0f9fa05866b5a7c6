import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Answer } from "./device-client.ts";
import { KID, key32, msg, USE } from "./endpoint-rows.ts";
import { base64, startFixture, type Fixture } from "./fixture.ts";

let device: Fixture;
beforeAll(async () => {
  device = await startFixture();
});
afterAll(() => device.emulator.close());

describe("order of checks", () => {
  const create = "/api/keymgmt/create";
  const sign = "/api/crypto/exdsa/sign";

  it("length before origin, origin before token, token before path", async () => {
    const evil = { Origin: "https://evil.example" };
    expect(
      (await device.client.call("POST", create, { body: "x".repeat(7301), headers: evil, token: "bad" })).status,
    ).toBe(413);
    expect((await device.client.get("/api/none", { headers: evil, token: "bad" })).status).toBe(412);
    expect((await device.client.get("/api/none", { token: "bad" })).status).toBe(401);
    expect((await device.client.get("/api/none")).status).toBe(404);
    expect((await device.client.call("POST", "/api/keymgmt/list", { json: {} })).status).toBe(404);
  });

  it("state before TLS, TLS before token", async () => {
    device.emulator.controls.setFlsState(1);
    expect((await device.client.get("/api/keymgmt/list", { plain: true })).status).toBe(409);
    device.emulator.controls.setFlsState(0);
    expect((await device.client.get("/api/keymgmt/list", { plain: true })).status).toBe(418);
  });

  it("keymgmt: scope before body; crypto and search: kid or needle before scope, the rest after", async () => {
    const token = await device.user("nothing:at:all");
    const bad = { token, json: undefined, body: "{" };
    expect((await device.client.post(create, {}, { token })).status).toBe(403);
    expect((await device.client.call("POST", create, bad)).status).toBe(403);
    expect((await device.client.call("POST", sign, bad)).status).toBe(400);
    expect((await device.client.post(sign, { kid: "zz" }, { token })).status).toBe(400);
    expect((await device.client.post(sign, { kid: KID }, { token })).status).toBe(403);
    expect((await device.client.post(sign, { kid: KID }, { token: await device.user(USE) })).status).toBe(400);
    expect((await device.client.post("/api/keymgmt/search", { descr: "*" }, { token })).status).toBe(400);
    expect((await device.client.post("/api/keymgmt/search", { descr: "AAAA" }, { token })).status).toBe(403);
  });

  it("the scope text names the lowercase kid; the request may use any case", async () => {
    const upper = await device.user(`keymgmt:use:${KID.toUpperCase()}`);
    const body = { kid: KID.toUpperCase(), msg, alg: "Ed25519" };
    expect((await device.client.post(sign, body, { token: upper })).status).toBe(403);
    expect((await device.client.post(sign, body, { token: await device.user(USE) })).status).toBe(406);
  });

  it("a search may be anonymous only when it is switched on, anchored and long enough", async () => {
    const own = await startFixture({ fixtures: { config: { allow_keysearch: true } } });
    const search = (descr: string): Promise<Answer> => own.client.post("/api/keymgmt/search", { descr });
    expect((await search(`^${base64("123456")}`)).status).toBe(200);
    expect((await search(`^${base64("12345")}`)).status).toBe(401);
    expect((await search(base64("123456"))).status).toBe(401);
    expect((await search("!")).status).toBe(400);
    await own.emulator.close();
  });

  it("scopes: get accepts three kinds, derive refuses keymgmt:ecdh", async () => {
    const get = `/api/keymgmt/get/${KID}`;
    for (const scope of ["keymgmt:get", "keymgmt:gen", USE]) {
      expect((await device.client.get(get, { token: await device.user(scope) })).status).toBe(406);
    }
    expect((await device.client.get(get, { token: await device.user("keymgmt:list") })).status).toBe(403);
    const body = { kid: KID, label: "d", type: "AES128", pubkey: key32 };
    for (const [scope, status] of [
      ["keymgmt:ecdh", 403],
      ["keymgmt:gen", 406],
      ["keymgmt", 403],
    ] as const) {
      expect((await device.client.post("/api/keymgmt/derive", body, { token: await device.user(scope) })).status).toBe(
        status,
      );
    }
  });

  it("a malformed kid in a path is 400, after the scope", async () => {
    expect((await device.client.get("/api/keymgmt/get/xyz", { token: await device.user("keymgmt:get") })).status).toBe(
      400,
    );
    expect((await device.client.get("/api/keymgmt/get/xyz", { token: await device.user("keymgmt:list") })).status).toBe(
      403,
    );
    expect(
      (await device.client.call("DELETE", "/api/keymgmt/delete/xyz", { token: await device.user("keymgmt:del") }))
        .status,
    ).toBe(400);
  });
});
