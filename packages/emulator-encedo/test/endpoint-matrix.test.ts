import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { BROKEN, type Answer, type Call } from "./device-client.ts";
import { ROWS, STOPPING, type Row } from "./endpoint-rows.ts";
import { startFixture, type Fixture } from "./fixture.ts";

let device: Fixture;
let fresh: Fixture;
beforeAll(async () => {
  [device, fresh] = await Promise.all([startFixture(), startFixture({ initialised: false })]);
});
afterAll(() => Promise.all([device.emulator.close(), fresh.emulator.close()]));

function ask(row: Row, call: Call = {}, on: Fixture = device): Promise<Answer> {
  const body = row.body === undefined ? {} : { json: row.body };
  return on.client.call(row.method, row.path, { ...body, ...call });
}

function expectRefusal(answer: Answer, status: number): void {
  expect(answer.status).toBe(status);
  if (status === 200) return;
  expect(answer.text).toBe("");
  expect(answer.headers["content-length"]).toBe("0");
  expect(answer.headers["content-type"]).toBe("application/json");
  expect(answer.headers.connection).toBe("close");
}

describe.each(ROWS.map((row) => [`${row.method} ${row.path}`, row] as const))("%s", (_name, row) => {
  it("without a token", async () => {
    expectRefusal(await ask(row), row.anonymous ?? 401);
  });

  it("with a bad token: 401, also where none is needed", async () => {
    expectRefusal(await ask(row, { token: "a.b.c" }), 401);
    expectRefusal(await ask(row, { headers: { Authorization: "Basic eA==" } }), 401);
  });

  it("over plain HTTP", async () => {
    const token = row.scope === undefined ? undefined : await device.user(row.scope);
    const answer = await ask(row, { token, plain: true });
    if (row.plain === "served") expect([418, 409]).not.toContain(answer.status);
    else expectRefusal(answer, row.plain);
    if (row.plain === 418) expect(answer.reason).toBe("");
  });

  it("on a device that is not initialised", async () => {
    expectRefusal(await ask(row, {}, fresh), row.uninitialised);
  });

  if (row.scope !== undefined && row.anyScope !== true)
    it("with another scope: 403", async () => {
      expectRefusal(await ask(row, { token: await device.user("nothing:at:all") }), 403);
    });

  if (row.scope !== undefined)
    it("with role M", async () => {
      const token = await device.master(row.scope ?? "");
      const answer = await ask(row, { token });
      if (row.master === "allowed") expect([401, 403]).not.toContain(answer.status);
      else expectRefusal(answer, 403);
    });

  if (row.method === "POST")
    it("malformed: 400; too large: 413; no length: 411", async () => {
      const token = row.scope === undefined ? undefined : await device.user(row.scope);
      const expected = row.path === "/api/auth/init" ? 406 : 400;
      if (row.path !== "/api/auth/init")
        expectRefusal(await ask(row, { token, json: undefined, body: "{not json" }), 400);
      if (row.malformed !== undefined) expectRefusal(await ask(row, { token, json: row.malformed }), expected);
      expectRefusal(await ask(row, { token, json: undefined, body: "x".repeat(7301) }), 413);
      const chunked = { "Transfer-Encoding": "chunked" };
      expectRefusal(await device.client.call("POST", row.path, { token, headers: chunked }), 411);
    });

  if (row.notFound !== undefined)
    it("not found", async () => {
      expectRefusal(await ask(row, { token: await device.user(row.scope ?? "") }), row.notFound ?? 0);
    });

  it("from an origin that is not allowed: 412", async () => {
    expectRefusal(await ask(row, { headers: { Origin: "https://evil.example" } }), 412);
  });

  it("with a path that goes on: 404", async () => {
    expectRefusal(
      await device.client.call(
        row.method,
        `${row.path}/more/and/more`,
        row.body === undefined ? {} : { json: row.body },
      ),
      404,
    );
  });
});

describe.each(STOPPING)("GET $path", ({ path, scopes, uninitialised }) => {
  it("asks for a scope, and then goes down: old tokens are dead", async () => {
    const own = await startFixture();
    expectRefusal(await own.client.get(path), 401);
    expectRefusal(await own.client.get(path, { token: await own.user("keymgmt:list") }), 403);
    const list = await own.user("keymgmt:list");
    expect((await own.client.get("/api/keymgmt/list", { token: list })).status).toBe(200);
    const answer = await own.client.get(path, { token: await own.user(scopes[0]) });
    expect([answer.status, answer.text]).toEqual([200, ""]);
    if (path.endsWith("shutdown")) {
      await expect(own.client.get("/api/system/status")).rejects.toThrow(BROKEN);
      own.emulator.controls.powerOn();
      expectRefusal(await own.client.get("/api/auth/token"), 403);
    } else {
      await expect.poll(() => own.emulator.controls.state.boot).toBe(2);
      expectRefusal(await own.client.get("/api/keymgmt/list", { token: list }), 401);
    }
    await own.emulator.close();
  });

  it("on a device that is not initialised", async () => {
    const own = await startFixture({ initialised: false });
    expectRefusal(await own.client.get(path), uninitialised);
    await own.emulator.close();
  });

  it.each(scopes)("accepts %s", async (scope) => {
    const own = await startFixture();
    expect((await own.client.get(path, { token: await own.user(scope) })).status).toBe(200);
    await own.emulator.close();
  });
});
