import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { type DfnsEmulator, type RecordedRequest, startDfnsEmulator } from "@keyrail/emulator-dfns";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ApiClient } from "./support/api-client.ts";

let emulator: DfnsEmulator;
let client: ApiClient;

beforeEach(async () => {
  emulator = await startDfnsEmulator();
  client = new ApiClient(emulator);
});
afterEach(async () => {
  client.close();
  await emulator.close();
});

async function control(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${emulator.controlUrl}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const key = { scheme: "EdDSA", curve: "ed25519" };
const share = { signerId: "AAAA", encryptedKeyShare: "AAAA" };

test("requests are read back with what matters and without secrets", async () => {
  await client.createKey({ ...key, name: "recorded" });
  const items = (await control("GET", "/requests")).body["items"] as RecordedRequest[];
  expect(
    items.map(({ sequence, method, path, operation, status }) => [sequence, method, path, operation, status]),
  ).toEqual([
    [1, "POST", "/auth/action/init", "CreateUserActionChallenge", 200],
    [2, "POST", "/auth/action", "SignUserActionChallenge", 200],
    [3, "POST", "/keys", "CreateKey", 200],
  ]);
  expect(items[2]).toMatchObject({
    connection: 1,
    query: "",
    headers: { authorization: "Bearer <token>", "content-type": "application/json", "x-dfns-useraction": "<token>" },
    body: { ...key, name: "recorded" },
  });
  expect(JSON.stringify(items)).not.toContain(emulator.authToken);
  await client.get("/keys?limit=1");
  expect((await control("GET", "/requests?since=3")).body["items"]).toMatchObject([
    { sequence: 4, path: "/keys", query: "limit=1" },
  ]);
  await control("DELETE", "/requests");
  expect(emulator.requests.list()).toEqual([]);
});

test("features are switched while it runs", async () => {
  const diffieHellman = { scheme: "DH", curve: "secp256k1" };
  const status = async (): Promise<number> => (await client.call("POST", "/keys", diffieHellman)).status;
  expect(await status()).toBe(400);
  expect((await control("PUT", "/features", { allowDiffieHellman: true })).body).toMatchObject({
    allowDiffieHellman: true,
    importEnabled: true,
  });
  expect(await status()).toBe(200);
  expect((await control("PUT", "/features", { allowDiffieHelman: true })).status).toBe(400);
  await control("PUT", "/features", { importEnabled: false });
  const body = { curve: "secp256k1", protocol: "CGGMP24", minSigners: 3, encryptedKeyShares: [share] };
  expect((await client.call("POST", "/keys/import", body)).status).toBe(402);
});

test("the log keeps the last requests only", async () => {
  await using small = await startDfnsEmulator({ recordedRequests: 2 });
  const caller = new ApiClient(small);
  for (let count = 0; count < 9; count++) await caller.get("/keys");
  expect(small.requests.list().map(({ sequence }) => sequence)).toEqual([8, 9]);
  caller.close();
});

test("counters: requests, answers, connections and the high-water mark", async () => {
  emulator.faults.add({
    match: { operation: "ListKeys" },
    action: { kind: "delay", milliseconds: 50 },
    times: "always",
  });
  await Promise.all(Array.from({ length: 5 }, () => client.get("/keys")));
  await client.get("/nowhere");
  const values = (await control("GET", "/counters")).body;
  expect(values).toMatchObject({
    requests: 6,
    byOperation: { ListKeys: 5, other: 1 },
    byStatus: { 200: 5, 404: 1 },
    connectionsOpened: 5,
    inFlightHighWaterMark: 5,
  });
  await control("DELETE", "/counters");
  expect(emulator.counters.values()).toMatchObject({ requests: 0, connectionsOpened: 0, byStatus: {} });
});

test("faults, policies and approvals over the wire", async () => {
  const { id } = await client.createKey(key);
  const fault = { match: { operation: "GetKey" }, action: { kind: "status", status: 500 }, times: "always" };
  const added = await control("POST", "/faults", fault);
  expect((await client.get(`/keys/${id}`)).status).toBe(500);
  expect((await control("GET", "/faults")).body["items"]).toEqual([{ ...fault, id: added.body["id"], hits: 1 }]);
  await control("DELETE", `/faults/${String(added.body["id"])}`);
  expect((await client.get(`/keys/${id}`)).status).toBe(200);
  await control("DELETE", "/faults");

  const policy = await control("POST", "/policies", { action: "RequestApproval", keyId: id });
  const sign = { kind: "Hash", hash: "00".repeat(32) };
  const pending = await client.must("POST", `/keys/${id}/signatures`, sign);
  expect((await control("GET", "/approvals")).body).toEqual({ pending: [pending["approvalId"]] });
  const decision = `/approvals/${String(pending["approvalId"])}/decision`;
  expect((await control("POST", decision, { value: "Denied", reason: "no" })).status).toBe(200);
  expect((await control("POST", decision, { value: "Approved" })).status).toBe(400);
  expect((await client.get(`/keys/${id}/signatures/${String(pending["id"])}`)).body).toMatchObject({
    status: "Rejected",
    reason: "no",
  });
  await control("DELETE", `/policies/${String(policy.body["id"])}`);
  expect(await client.must("POST", `/keys/${id}/signatures`, sign)).toMatchObject({ status: "Signed" });
});

test("users, tokens, permissions, the clock and the rate limit over the wire", async () => {
  const { body: user } = await control("POST", "/users", {
    username: "anna",
    kind: "EndUser",
    credential: "P-256",
    permissions: ["Keys:Read"],
  });
  expect(user).toMatchObject({ username: "anna", privateKeyPem: expect.stringContaining("PRIVATE KEY") });
  const userId = String(user["userId"]);
  const list = async (authToken: unknown): Promise<number> =>
    (await client.send("GET", "/keys", { authorization: `Bearer ${String(authToken)}` })).status;
  expect(await list(user["authToken"])).toBe(200);
  await control("PUT", `/users/${userId}/permissions`, { permissions: [] });
  expect(await list(user["authToken"])).toBe(403);
  await control("PUT", `/users/${userId}/permissions`, { permissions: "all" });
  await control("DELETE", `/users/${userId}/tokens`);
  expect(await list(user["authToken"])).toBe(401);
  const { body: renewed } = await control("POST", `/users/${userId}/tokens`, { daysValid: 1 });
  expect(await list(renewed["authToken"])).toBe(200);
  await control("PUT", `/users/${userId}/active`, { active: false });
  expect(await list(renewed["authToken"])).toBe(400);
  await control("PUT", `/users/${userId}/active`, { active: true });
  await control("POST", "/clock", { advanceMs: 86_400_000 });
  expect(await list(renewed["authToken"])).toBe(401);
  // The first service account's token lives for 730 days.
  expect((await client.get("/keys")).status).toBe(200);
  await control("PUT", "/rate-limit", { requestsPerMinute: 1 });
  expect((await client.get("/keys")).status).toBe(429);
});

test("malformed, misdirected and cross-site control requests are refused", async () => {
  expect((await control("POST", "/faults", { action: { kind: "explode" } })).status).toBe(400);
  expect((await control("POST", "/users", { permissions: ["Everything"] })).status).toBe(400);
  expect((await control("POST", "/users/us-none/tokens", {})).status).toBe(400);
  expect((await control("POST", "/nothing", {})).status).toBe(404);
  const post = (init: RequestInit): Promise<Response> =>
    fetch(`${emulator.controlUrl}/faults`, { method: "POST", ...init });
  expect((await post({ body: "{", headers: { "content-type": "application/json" } })).status).toBe(400);
  expect((await post({ body: "{}", headers: { "content-type": "text/plain" } })).status).toBe(415);
  const { request } = await import("node:http");
  const { promise, resolve } = Promise.withResolvers<number>();
  request(`${emulator.controlUrl}/requests`, { headers: { host: "evil.example" } }, (response) => {
    response.resume();
    resolve(response.statusCode ?? 0);
  }).end();
  expect(await promise).toBe(403);
});

test("the files: a CA that issued the server's certificate, a private key for the owner only, gone after close", async () => {
  const ca = new X509Certificate(readFileSync(emulator.caFile));
  expect(ca.toString()).toBe(new X509Certificate(emulator.caPem).toString());
  expect(ca.ca).toBe(true);
  expect(ca.verify(ca.publicKey)).toBe(true);
  const { connect } = await import("node:tls");
  const { promise, resolve, reject } = Promise.withResolvers<X509Certificate | undefined>();
  const socket = connect({ port: Number(new URL(emulator.url).port), host: "127.0.0.1", ca: emulator.caPem }, () =>
    resolve(socket.getPeerX509Certificate()),
  );
  socket.once("error", reject);
  const server = await promise;
  socket.destroy();
  expect(server?.checkIssued(ca)).toBe(true);
  expect([server?.checkHost("localhost"), server?.checkIP("127.0.0.1"), server?.checkIP("::1")]).toEqual([
    "localhost",
    "127.0.0.1",
    "::1",
  ]);
  expect(statSync(emulator.credentialKeyFile).mode & 0o777).toBe(0o600);
  expect(readFileSync(emulator.credentialKeyFile, "utf8")).toContain("BEGIN PRIVATE KEY");
  await emulator.close();
  expect([existsSync(emulator.caFile), existsSync(emulator.credentialKeyFile)]).toEqual([false, false]);
});

test("signers that are not five distinct ones, or a port that is taken, leave nothing behind", async () => {
  await expect(startDfnsEmulator({ signers: [] })).rejects.toMatchObject({ code: "InvalidConfiguration" });
  await expect(startDfnsEmulator({ port: Number(new URL(emulator.url).port) })).rejects.toMatchObject({
    code: "EADDRINUSE",
  });
});
