import { type DfnsEmulator, type Fault, startDfnsEmulator } from "@keyrail/emulator-dfns";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ApiClient, type CreatedKey, errorOf } from "./support/api-client.ts";

let emulator: DfnsEmulator;
let client: ApiClient;

beforeEach(async () => {
  emulator = await startDfnsEmulator({ requestsPerMinute: "unlimited" });
  client = new ApiClient(emulator);
});
afterEach(async () => {
  client.close();
  await emulator.close();
});

const body = { scheme: "EdDSA", curve: "ed25519" };
const onCreate = (action: Fault["action"], more: Partial<Fault> = {}): string =>
  emulator.faults.add({ match: { operation: "CreateKey" }, action, ...more });
const keys = (): number => emulator.totals().keys;

describe("connections", () => {
  test.for(["drop", "reset"] as const)(
    "%s before: nothing was made; after: it was, and the answer is lost",
    async (kind) => {
      onCreate({ kind, when: "before" });
      await expect(client.call("POST", "/keys", body)).rejects.toThrow(/socket hang up|ECONNRESET|closed/);
      expect(keys()).toBe(0);
      onCreate({ kind, when: "after" });
      await expect(client.call("POST", "/keys", body)).rejects.toThrow(/socket hang up|ECONNRESET|closed/);
      expect(keys()).toBe(1);
      await client.createKey(body);
      expect(keys()).toBe(2);
    },
  );

  test("a reset is a TCP reset", async () => {
    const { connect } = await import("node:net");
    const { Duplex } = await import("node:stream");
    const { connect: secure } = await import("node:tls");
    const { hostname, port } = new URL(emulator.url);
    emulator.faults.add({ action: { kind: "reset", when: "before" } });
    const transport = connect(Number(port), hostname);
    const failure = Promise.withResolvers<string>();
    transport.once("error", (error: NodeJS.ErrnoException) => failure.resolve(error.code ?? ""));
    transport.once("end", () => failure.resolve("FIN"));
    // TLS over a plain stream, so that the TCP socket's own error is seen.
    const stream = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => transport.write(chunk, () => done()),
    });
    transport.on("data", (chunk) => stream.push(chunk));
    const tls = secure({ socket: stream, ca: emulator.caPem, servername: "localhost" });
    tls.on("error", () => undefined);
    tls.write(`GET /signers HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
    expect(await failure.promise).toBe("ECONNRESET");
    tls.destroy();
  });

  test("close mid-body: the effect is there, the answer breaks off", async () => {
    onCreate({ kind: "close-mid-body", bytes: 10 });
    await expect(client.call("POST", "/keys", body)).rejects.toThrow(/aborted|ECONNRESET|socket hang up/);
    expect(keys()).toBe(1);
    onCreate({ kind: "close-mid-body", bytes: 0 });
    await expect(client.call("POST", "/keys", body)).rejects.toThrow(/aborted|ECONNRESET|socket hang up/);
    expect(keys()).toBe(2);
  });
});

describe("answers", () => {
  test("an error status has no effect and the API's form", async () => {
    for (const status of [409, 429, 500]) {
      onCreate({ kind: "status", status, ...(status === 429 ? { retryAfterSeconds: 7 } : {}) });
      const answer = await client.call("POST", "/keys", body);
      expect(errorOf(answer).status).toBe(status);
      expect(answer.headers["retry-after"]).toBe(status === 429 ? "7" : undefined);
    }
    expect(keys()).toBe(0);
    // An action that an error status kept from being spent is still good.
    const text = JSON.stringify(body);
    const userAction = await client.userAction("POST", "/keys", text);
    onCreate({ kind: "status", status: 500, message: "out of order" });
    expect(errorOf(await client.send("POST", "/keys", { text, userAction }))).toMatchObject({
      message: "out of order",
    });
    expect((await client.send("POST", "/keys", { text, userAction })).status).toBe(200);
  });

  test("any bytes at all, before or after the effect", async () => {
    const bodyBase64 = Buffer.from("<html>").toString("base64");
    onCreate({ kind: "respond", when: "after", status: 502, headers: { "content-type": "text/html" }, bodyBase64 });
    const answer = await client.call("POST", "/keys", body);
    expect([answer.status, answer.text, answer.headers["content-type"]]).toEqual([502, "<html>", "text/html"]);
    expect(keys()).toBe(1);
    onCreate({ kind: "respond", when: "before", status: 200, bodyBase64 });
    expect((await client.call("POST", "/keys", body)).text).toBe("<html>");
    expect(keys()).toBe(1);
  });

  test("a delay comes on top of what else happens", async () => {
    onCreate({ kind: "delay", milliseconds: 30 });
    onCreate({ kind: "status", status: 500 });
    const start = performance.now();
    expect((await client.call("POST", "/keys", body)).status).toBe(500);
    expect(performance.now() - start).toBeGreaterThanOrEqual(29);
  });
});

describe("sessions", () => {
  test("the token expires in the middle of a flow, for good", async () => {
    onCreate({ kind: "expire-token" });
    expect(errorOf(await client.call("POST", "/keys", body))).toMatchObject({ status: 401 });
    expect((await client.get("/keys")).status).toBe(401);
    const renewed = new ApiClient(emulator, {
      ...client.identity,
      authToken: emulator.organisation.issueToken(emulator.userId),
    });
    expect((await renewed.createKey(body)).status).toBe("Active");
    renewed.close();
  });

  test("the action expires between sign and use, the challenge between init and sign", async () => {
    onCreate({ kind: "expire-user-action" });
    expect(errorOf(await client.call("POST", "/keys", body))).toMatchObject({ status: 403 });
    emulator.faults.add({ match: { path: "/auth/action" }, action: { kind: "expire-user-action" } });
    await expect(client.call("POST", "/keys", body)).rejects.toThrow(/Challenge token is not valid/);
    expect(keys()).toBe(0);
    expect((await client.call("POST", "/keys", body)).status).toBe(200);
  });
});

describe("approvals", () => {
  const hash = "00".repeat(32);
  const pendingSignature = async (decision: "none" | "approve" | "deny", afterPolls: number): Promise<string> => {
    const { id } = await client.createKey(body);
    emulator.faults.add({
      match: { operation: "GenerateSignature" },
      action: { kind: "approval", decision, afterPolls },
    });
    const pending = await client.must("POST", `/keys/${id}/signatures`, { kind: "Hash", hash });
    expect(pending).toMatchObject({ status: "Pending", approvalId: expect.any(String) });
    return `/keys/${id}/signatures/${String(pending["id"])}`;
  };

  test.for([
    ["approve", "Signed"],
    ["deny", "Rejected"],
  ] as const)("%s at the third reading", async ([decision, status]) => {
    const path = await pendingSignature(decision, 3);
    const seen: unknown[] = [];
    for (let poll = 0; poll < 4; poll++) seen.push((await client.get(path)).body["status"]);
    expect(seen).toEqual(["Pending", "Pending", status, status]);
  });

  test("none waits for somebody", async () => {
    const path = await pendingSignature("none", 0);
    expect((await client.get(path)).body["status"]).toBe("Pending");
    emulator.approve(emulator.approvals.pending()[0] ?? "");
    expect((await client.get(path)).body["status"]).toBe("Signed");
  });
});

test("a signature is Executing for a while", async () => {
  const { id } = await client.createKey(body);
  emulator.faults.add({ match: { operation: "GenerateSignature" }, action: { kind: "executing", polls: 2 } });
  const started = await client.must("POST", `/keys/${id}/signatures`, { kind: "Hash", hash: "00".repeat(32) });
  const read = async (): Promise<unknown> =>
    (await client.get(`/keys/${id}/signatures/${String(started["id"])}`)).body["status"];
  expect([started["status"], await read(), await read(), await read()]).toEqual([
    "Executing",
    "Executing",
    "Signed",
    "Signed",
  ]);
  expect(started).not.toHaveProperty("signature");
});

describe("matching", () => {
  test("skip and times count matching requests; a rule can be taken back", async () => {
    const create = async (): Promise<number> => (await client.call("POST", "/keys", body)).status;
    onCreate({ kind: "status", status: 500 }, { skip: 1, times: 2 });
    expect([await create(), await create(), await create(), await create()]).toEqual([200, 500, 500, 200]);
    const id = onCreate({ kind: "status", status: 409 }, { times: "always" });
    expect([await create(), await create()]).toEqual([409, 409]);
    expect(emulator.faults.list().map(({ hits }) => hits)).toEqual([2, 2]);
    emulator.faults.clear(id);
    expect(await create()).toBe(200);
    emulator.faults.clear();
    expect(emulator.faults.list()).toEqual([]);
  });

  test("by method, path, pattern or operation, all of them together", async () => {
    const key: CreatedKey = await client.createKey(body);
    const once = async (match: NonNullable<Fault["match"]>): Promise<number> => {
      const id = emulator.faults.add({ match, action: { kind: "status", status: 500 } });
      const { status } = await client.get(`/keys/${key.id}`);
      emulator.faults.clear(id);
      return status;
    };
    expect(await once({ path: "/keys/:keyId" })).toBe(500);
    expect(await once({ path: `/keys/${key.id}`, method: "GET", operation: "GetKey" })).toBe(500);
    expect(await once({ path: "/keys/:keyId", method: "PUT" })).toBe(200);
    expect(await once({ operation: "ListKeys" })).toBe(200);
    expect(await once({})).toBe(500);
  });

  test("a malformed rule is refused", () => {
    const malformed = [
      {},
      { action: { kind: "explode" } },
      { action: { kind: "delay", milliseconds: -1 } },
      { action: { kind: "reset", when: "before" }, extra: 1 },
    ];
    for (const fault of malformed) {
      expect(() => emulator.faults.add(fault as Fault)).toThrow(expect.objectContaining({ code: "InvalidRequest" }));
    }
  });
});

test("closing does not wait for a delayed answer", async () => {
  emulator.faults.add({ action: { kind: "delay", milliseconds: 600_000 } });
  const lost = client.get("/keys").then(
    () => "answered",
    () => "lost",
  );
  await expect.poll(() => emulator.counters.values().inFlight).toBe(1);
  await emulator.close();
  expect(await lost).toBe("lost");
});
