/** What callers send wrong is refused with a problem that says what, and nothing is signed. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningService } from "../src/service.ts";
import { call, encoded, type ProblemBody } from "./support/client.ts";
import { Place, TOKEN } from "./support/place.ts";

const place = new Place();
let service: RunningService;

beforeAll(async () => {
  const { provider } = await place.vendor("software");
  const file = place.configure("service.json", {
    keys: { orders: { keyType: "Ed25519" }, chain: { keyType: "secp256k1" } },
    keyrail: { provider: "main", providers: { main: provider }, registry: ":memory:" },
    bodyLimit: 4096,
  });
  service = await place.start(file);
});
afterAll(() => place[Symbol.asyncDispose]());

const GOOD = { message: encoded("x"), algorithm: "Ed25519" };
const SIGN = "/keys/orders/sign";

describe("a request to sign", () => {
  it.each<[string, string, unknown, number, string, RegExp]>([
    ["with both message and digest", SIGN, { ...GOOD, digest: "AA" }, 400, "InvalidRequest", /"message".*either/],
    ["with neither", SIGN, { algorithm: "Ed25519" }, 400, "InvalidRequest", /either message or digest/],
    ["that is not base64url", SIGN, { ...GOOD, message: "a+b=" }, 400, "InvalidRequest", /base64url/],
    ["with a number for a text", SIGN, { ...GOOD, message: 7 }, 400, "InvalidRequest", /"message"/],
    ["with an algorithm nobody knows", SIGN, { ...GOOD, algorithm: "RS256" }, 400, "InvalidRequest", /"algorithm"/],
    ["with a member nobody knows", SIGN, { ...GOOD, key: "other" }, 400, "InvalidRequest", /key/],
    ["that is an array", SIGN, [GOOD], 400, "InvalidRequest", /./],
    ["that is null", SIGN, null, 400, "InvalidRequest", /./],
    [
      "with an algorithm of another key type",
      SIGN,
      { ...GOOD, algorithm: "ES256K" },
      422,
      "UnsupportedCapability",
      /ES256K/,
    ],
    [
      "with a digest of the wrong length",
      "/keys/chain/sign",
      { digest: "AAAA", algorithm: "ECDSA" },
      422,
      "LimitExceeded",
      /./,
    ],
    ["as an alias nobody knows", "/keys/invoices/sign", GOOD, 404, "KeyNotFound", /invoices/],
    ["as a version there is not", "/keys/orders@7/sign", GOOD, 404, "KeyNotFound", /orders/],
    ["as something that is no alias", "/keys/No%20Alias/sign", GOOD, 400, "InvalidRequest", /alias/],
    ["as a key URI of another place", "/keys/vault%3A%2F%2Fhost%2Fid/sign", GOOD, 404, "KeyNotFound", /./],
  ])("%s", async (_title, path, body, status, code, detail) => {
    const answer = await call<ProblemBody>(service.url, path, body);
    expect(answer).toMatchObject({
      status,
      body: { status, code, type: `/problems/${code}`, title: expect.any(String) },
    });
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(answer.body.detail).toMatch(detail);
  });

  it.each<[string, RequestInit, number]>([
    ["with broken JSON", { body: '{"message":' }, 400],
    ["with nothing in it", { body: "" }, 400],
    ["with a prototype in it", { body: '{"__proto__":{"x":1},"message":"AA","algorithm":"Ed25519"}' }, 400],
    ["of another type", { body: "<xml/>", headers: { "content-type": "application/xml" } }, 415],
    ["that is too long", { body: JSON.stringify({ ...GOOD, message: "A".repeat(5000) }) }, 413],
    ["with the wrong method", { method: "PUT", body: JSON.stringify(GOOD) }, 404],
  ])("%s", async (_title, init, status) => {
    const headers = { "content-type": "application/json", ...init.headers };
    const answer = await call<ProblemBody>(service.url, SIGN, undefined, { method: "POST", ...init, headers });
    expect(answer).toMatchObject({ status, body: { status, code: expect.any(String) } });
  });

  it.each([
    ["without a token", ""],
    ["with another token", `Bearer ${TOKEN}x`],
    ["with the first half of the token", `Bearer ${TOKEN.slice(0, 16)}`],
    ["with another scheme", `Basic ${TOKEN}`],
    ["with two tokens", `Bearer ${TOKEN} ${TOKEN}`],
  ])("%s", async (_title, authorization) => {
    for (const path of [SIGN, "/keys/orders/verify", "/approvals/resume"]) {
      const answer = await call<ProblemBody>(service.url, path, GOOD, { headers: { authorization } });
      expect(answer).toMatchObject({ status: 401, body: { code: "Unauthorised" } });
      expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer /);
    }
    expect((await call(service.url, "/keys/orders", undefined, { headers: { authorization } })).status).toBe(401);
  });
});

describe("the other routes", () => {
  it("take DER and ready-made digests where the key does", async () => {
    const signed = await call<{ signature: string }>(service.url, "/keys/chain/sign", {
      digest: encoded("d".repeat(32)),
      algorithm: "ECDSA",
      format: "der",
    });
    expect(signed.status).toBe(200);
    const question = {
      digest: encoded("d".repeat(32)),
      algorithm: "ECDSA",
      format: "der",
      signature: signed.body.signature,
    };
    expect((await call(service.url, "/keys/chain/verify", question)).body).toMatchObject({ valid: true });
  });

  it("verify nothing with an algorithm that no key of the alias has", async () => {
    const answer = await call<ProblemBody>(service.url, "/keys/orders/verify", {
      ...GOOD,
      algorithm: "ES256",
      signature: "AA",
    });
    expect(answer).toMatchObject({ status: 422, body: { code: "UnsupportedCapability" } });
  });

  it("resume only what a ticket is", async () => {
    const ticket = { version: 2, provider: "dfns", key: "dfns://h/k", operation: "sign", reference: "x", state: {} };
    const approval = { alias: "orders", algorithm: "Ed25519", ticket };
    expect((await call(service.url, "/approvals/resume", { approval })).status).toBe(400);
    const elsewhere = { ...approval, ticket: { ...ticket, version: 1 } };
    expect((await call(service.url, "/approvals/resume", { approval: elsewhere })).status).toBe(404);
  });

  it("explain every problem, and know no others", async () => {
    expect((await call(service.url, "/problems/RateLimited")).body).toMatchObject({ code: "RateLimited" });
    for (const path of ["/problems/Nothing", "/", "/keys", "/keys/%E0%A4%A/sign"]) {
      expect((await call(service.url, path)).status).toBeGreaterThanOrEqual(400);
    }
  });
});
