/** Every endpoint against every refusal that comes before its own work, in the order of fact sheet section 12. */

import { type DfnsEmulator, type Permission, startDfnsEmulator } from "@keyrail/emulator-dfns";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, ApiClient, errorOf } from "./support/api-client.ts";

interface Row {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  /** A body that passes the schema; absent for GET. */
  readonly body?: object;
  readonly permission: Permission;
  readonly endUser: boolean;
  /** Message of the 404 for an id that does not exist. */
  readonly missing?: string;
}

const hash = "00".repeat(32);
const encryptedKeyShares = [{ signerId: "x", encryptedKeyShare: "x" }];

const rows: readonly Row[] = [
  {
    method: "POST",
    path: "/keys",
    body: { scheme: "EdDSA", curve: "ed25519" },
    permission: "Keys:Create",
    endUser: true,
  },
  { method: "GET", path: "/keys", permission: "Keys:Read", endUser: true },
  { method: "GET", path: "/keys/key-none", permission: "Keys:Read", endUser: true, missing: "Key not found" },
  {
    method: "PUT",
    path: "/keys/key-none",
    body: { name: "a" },
    permission: "Keys:Update",
    endUser: true,
    missing: "Key not found",
  },
  {
    method: "DELETE",
    path: "/keys/key-none",
    body: {},
    permission: "Keys:Delete",
    endUser: false,
    missing: "Key not found",
  },
  {
    method: "POST",
    path: "/keys/key-none/delegate",
    body: { delegateTo: "us-1" },
    permission: "Keys:Delegate",
    endUser: false,
    missing: "Key not found",
  },
  {
    method: "POST",
    path: "/keys/key-none/derive",
    body: { domain: "00", seed: "" },
    permission: "Keys:Derive",
    endUser: true,
    missing: "Key not found",
  },
  {
    method: "POST",
    path: "/keys/key-none/export",
    body: { encryptionKey: "x", supportedSchemes: [] },
    permission: "Keys:Export",
    endUser: true,
    missing: "Key not found",
  },
  {
    method: "POST",
    path: "/keys/import",
    body: { curve: "stark", protocol: "CGGMP24", minSigners: 3, encryptedKeyShares },
    permission: "Keys:Import",
    endUser: true,
  },
  {
    method: "POST",
    path: "/keys/key-none/signatures",
    body: { kind: "Hash", hash },
    permission: "Keys:Signatures:Create",
    endUser: true,
    missing: "Key not found",
  },
  {
    method: "GET",
    path: "/keys/key-none/signatures",
    permission: "Keys:Signatures:Read",
    endUser: true,
    missing: "Key not found",
  },
  {
    method: "GET",
    path: "/keys/key-none/signatures/sig-none",
    permission: "Keys:Signatures:Read",
    endUser: true,
    missing: "Key not found",
  },
  { method: "GET", path: "/signers", permission: "Signers:ListSigners", endUser: true },
  { method: "GET", path: "/key-stores", permission: "KeyStores:Read", endUser: false },
  { method: "GET", path: "/v2/policy-approvals", permission: "Policies:Approvals:Read", endUser: true },
  {
    method: "GET",
    path: "/v2/policy-approvals/ap-none",
    permission: "Policies:Approvals:Read",
    endUser: true,
    missing: "Approval not found",
  },
  {
    method: "POST",
    path: "/v2/policy-approvals/ap-none/decisions",
    body: { value: "Denied" },
    permission: "Policies:Approvals:Approve",
    endUser: true,
    missing: "Approval not found",
  },
];

let emulator: DfnsEmulator;
let client: ApiClient;
let endUser: ApiClient;

beforeAll(async () => {
  emulator = await startDfnsEmulator({ requestsPerMinute: "unlimited" });
  client = new ApiClient(emulator);
  endUser = client.as(emulator.organisation.addUser({ kind: "EndUser" }));
});
afterAll(async () => {
  client.close();
  endUser.close();
  await emulator.close();
});

const text = ({ body }: Row): { text?: string } => (body === undefined ? {} : { text: JSON.stringify(body) });
const plain = (row: Row, authorization: string | undefined): Promise<Answer> =>
  client.send(row.method, row.path, { ...text(row), authorization });
const full = (caller: ApiClient, row: Row): Promise<Answer> =>
  row.method === "GET" ? caller.get(row.path) : caller.call(row.method, row.path, row.body);
const notAuthorized = { status: 401, message: "Not Authorized.", details: {} };
const badUserAction = { status: 403, message: "user action signature is missing or invalid", details: {} };

describe.for(rows)("$method $path", (row) => {
  test("without a token, with a bad one and with an expired one: 401", async () => {
    const user = emulator.organisation.addUser({});
    emulator.organisation.expireTokens(user.userId);
    const forged = `Bearer ${emulator.authToken.slice(0, -2)}xx`;
    for (const authorization of [undefined, "Bearer x", "Basic eDp5", forged, `Bearer ${user.authToken}`]) {
      expect(errorOf(await plain(row, authorization))).toEqual(notAuthorized);
    }
  });

  test("a deactivated user: 400; a removed one: 401", async () => {
    const user = emulator.organisation.addUser({});
    emulator.organisation.setActive(user.userId, false);
    const message = "User account has been deactivated.";
    expect(errorOf(await plain(row, `Bearer ${user.authToken}`))).toEqual({ status: 400, message, details: {} });
    emulator.organisation.removeUser(user.userId);
    expect(errorOf(await plain(row, `Bearer ${user.authToken}`))).toMatchObject({
      status: 401,
      message: "User not found",
    });
  });

  test("without its permission: 403 that names the user and the operation", async () => {
    const user = emulator.organisation.addUser({ permissions: [] });
    const stranger = client.as(user);
    expect(errorOf(await full(stranger, row))).toMatchObject({
      status: 403,
      message: `CustomerEmployee ${user.userId} is not authorized to perform operation (${row.permission})`,
    });
    emulator.organisation.setPermissions(user.userId, [row.permission]);
    expect((await full(stranger, row)).status).not.toBe(403);
    stranger.close();
  });

  test(`an end user ${row.endUser ? "may" : "may not"} call it`, async () => {
    const { status } = await full(endUser, row);
    if (row.endUser) expect(status).not.toBe(403);
    else expect(status).toBe(403);
  });

  test("a query parameter it does not know: 400", async () => {
    expect(errorOf(await client.send(row.method, `${row.path}?surprise=1`, text(row)))).toMatchObject({ status: 400 });
  });
});

describe.for(rows.filter(({ method }) => method !== "GET"))("$method $path", (row) => {
  test("a field it does not know, or a body that is not JSON: 400", async () => {
    const unknown = JSON.stringify({ ...row.body, surprise: 1 });
    expect(errorOf(await client.send(row.method, row.path, { text: unknown }))).toMatchObject({
      status: 400,
      message: expect.stringContaining("surprise"),
    });
    expect(errorOf(await client.send(row.method, row.path, { text: "{" }))).toMatchObject({ status: 400 });
    expect(errorOf(await client.send(row.method, row.path, { text: "null" }))).toMatchObject({ status: 400 });
  });

  test("the user action: missing, forged, another's, another call's, expired, reused", async () => {
    const { method, path } = row;
    const sent = JSON.stringify(row.body);
    const send = async (userAction: string | undefined): Promise<unknown> =>
      errorOf(await client.send(method, path, { text: sent, userAction }));
    expect(await send(undefined)).toEqual(badUserAction);
    expect(await send("x")).toEqual(badUserAction);
    expect(await send(emulator.authToken)).toEqual(badUserAction);
    expect(await send(await endUser.userAction(method, path, sent))).toEqual(badUserAction);
    expect(await send(await client.userAction(method, `${path}/other`, sent))).toEqual(badUserAction);
    expect(await send(await client.userAction(method === "PUT" ? "POST" : "PUT", path, sent))).toEqual(badUserAction);
    expect(await send(await client.userAction(method, path, JSON.stringify({ ...row.body, name: "z" })))).toEqual(
      badUserAction,
    );
    expect(await send(await client.userAction(method, path, "not JSON"))).toEqual(badUserAction);

    const expiring = await client.userAction(method, path, sent);
    emulator.clock.advance(120_000);
    expect(await send(expiring)).toEqual(badUserAction);

    const spent = await client.userAction(method, path, sent);
    await client.send(method, path, { text: sent, userAction: spent });
    expect(await send(spent)).toEqual({ status: 400, message: "user action has already been used", details: {} });
  });
});

describe.for(rows.filter(({ missing }) => missing !== undefined))("$method $path", (row) => {
  test("what does not exist: 404, after the user action", async () => {
    expect(errorOf(await full(client, row))).toEqual({ status: 404, message: row.missing, details: {} });
  });
});

test("no route: 404, but after the token", async () => {
  expect(errorOf(await client.get("/wallets"))).toMatchObject({ status: 404, message: "Not Found" });
  expect(errorOf(await client.send("PUT", "/keys", { text: "{}" }))).toMatchObject({ status: 404 });
  expect(errorOf(await client.get("/keys/%zz"))).toMatchObject({ status: 404 });
  expect(errorOf(await client.send("GET", "/wallets", { authorization: undefined }))).toMatchObject({ status: 401 });
});

test("what a body asks for may need more permissions", async () => {
  const { userId, ...user } = emulator.organisation.addUser({ permissions: ["Keys:Create"] });
  const creator = client.as({ userId, ...user });
  const body = { scheme: "EdDSA", curve: "ed25519" };
  const delegating = await creator.call("POST", "/keys", { ...body, delegateTo: "us-1" });
  expect(errorOf(delegating).message).toContain("(Keys:Delegate)");
  const deriving = await creator.call("POST", "/keys", { ...body, deriveFrom: { keyId: "key-1" } });
  expect(errorOf(deriving).message).toContain("(Keys:ChildKeys:Create)");
  creator.close();
});

test("a body above the limit: 413", async () => {
  const answer = await client.send("POST", "/keys", { text: JSON.stringify({ name: "x".repeat(11_000_000) }) });
  expect(errorOf(answer).status).toBe(413);
});
