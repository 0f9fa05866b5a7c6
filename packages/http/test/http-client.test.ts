/** The client over real TLS sockets; an emulated device is the server that misbehaves on demand. */

import { type EncedoEmulator, startEncedoEmulator } from "@keyrail/emulator-encedo";
import { createHttpClient, type HttpClient, type HttpClientOptions, type HttpRequest } from "@keyrail/http";
import { isKeyrailError, type KeyrailError } from "@keyrail/core";
import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { connect } from "node:tls";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

const PATH = "/api/system/version";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

let emulator: EncedoEmulator;
const clients: HttpClient[] = [];
beforeAll(async () => {
  emulator = await startEncedoEmulator({ timeScale: 1 });
});
afterEach(async () => {
  emulator.faults.clear();
  emulator.requests.reset();
  await Promise.all(clients.splice(0).map((client) => client.close()));
});
afterAll(() => emulator.close());

async function open(options: Partial<HttpClientOptions> = {}): Promise<HttpClient> {
  const client = await createHttpClient({
    provider: "test",
    origin: emulator.url,
    tls: { ca: emulator.caPem },
    connectionPerRequest: true,
    ...options,
  });
  clients.push(client);
  return client;
}

function get(request: Partial<HttpRequest> = {}): HttpRequest {
  return { method: "GET", path: PATH, operation: "ask", mutates: false, ...request };
}

async function rejection(call: Promise<unknown>): Promise<KeyrailError> {
  try {
    await call;
  } catch (error) {
    if (isKeyrailError(error)) return error;
    throw error;
  }
  throw new Error("The call did not reject.");
}

async function certificateHash(): Promise<Uint8Array> {
  const { hostname, port } = new URL(emulator.url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), ca: emulator.caPem }, () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate === undefined) reject(new Error("no certificate"));
      else resolve(createHash("sha256").update(certificate.raw).digest());
    });
    socket.on("error", reject);
  });
}

describe("trust", () => {
  test("a certificate of an authority that is not trusted is refused before anything is sent", async () => {
    const client = await createHttpClient({ provider: "test", origin: emulator.url });
    clients.push(client);
    const error = await rejection(client.request(get({ mutates: true })));
    expect(error).toMatchObject({ code: "ConnectionFailed", retry: "safe" });
    expect(error.message).toContain("nothing was sent");
    expect(emulator.requests.counters.requests).toBe(0);
  });

  test("a pinned certificate is trust enough, and the only one", async () => {
    const pinned = await open({ tls: { certificateHash: await certificateHash() } });
    for (let round = 0; round < 3; round++) expect((await pinned.request(get())).status).toBe(200);
    expect(emulator.requests.counters.resumptions).toBe(2);

    emulator.requests.reset();
    const other = await open({ tls: { certificateHash: new Uint8Array(32) } });
    for (let round = 0; round < 3; round++) {
      expect(await rejection(other.request(get({ mutates: true })))).toMatchObject({
        code: "IdentityMismatch",
        retry: "never",
      });
    }
    expect(emulator.requests.counters).toMatchObject({ requests: 0, resumptions: 0 });
  });

  test("with an authority and a hash both must hold", async () => {
    const hash = await certificateHash();
    const both = await open({ tls: { ca: emulator.caPem, certificateHash: hash } });
    expect((await both.request(get())).status).toBe(200);
    const wrongHash = await open({ tls: { ca: emulator.caPem, certificateHash: new Uint8Array(32) } });
    expect((await rejection(wrongHash.request(get()))).code).toBe("IdentityMismatch");
    const otherCa = (await startOther()).caPem;
    const wrongCa = await open({ tls: { ca: otherCa, certificateHash: hash } });
    expect((await rejection(wrongCa.request(get()))).code).toBe("ConnectionFailed");
  });

  async function startOther(): Promise<{ caPem: string }> {
    await using other = await startEncedoEmulator();
    return { caPem: other.caPem };
  }

  test("only https origins are taken, and a refused one is not repeated", async () => {
    for (const origin of [
      "http://localhost",
      "https://localhost/path",
      "https://localhost?query",
      "https://localhost#part",
      "https://a:sekret@localhost",
      "https://:sekret@localhost",
      "localhost",
      "",
    ]) {
      const error = await rejection(createHttpClient({ provider: "test", origin }));
      expect(error.code).toBe("InvalidConfiguration");
      expect(error.message).not.toContain("sekret");
    }
  });

  test("authorities that are no certificates are refused at once", async () => {
    for (const ca of ["", "certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]) {
      const error = await rejection(createHttpClient({ provider: "test", origin: emulator.url, tls: { ca } }));
      expect(error).toMatchObject({ code: "InvalidConfiguration", context: { path: "tls.ca" } });
    }
  });
});

describe("connections", () => {
  test("one per request, each resuming the session of the last", async () => {
    const client = await open();
    for (let round = 0; round < 5; round++) {
      expect((await client.request(get())).status).toBe(200);
      // Sessions must not hang on what the garbage collector leaves.
      collectGarbage();
    }
    expect(emulator.requests.counters).toMatchObject({ connections: 5, handshakes: 5, resumptions: 4 });
  });

  test("never more than allowed", async () => {
    const client = await open({ connections: 3, connectionPerRequest: false });
    await Promise.all(Array.from({ length: 20 }, () => client.request(get())));
    expect(emulator.requests.counters.inFlightHighWater).toBeLessThanOrEqual(3);
  });

  test("who waits for one is served when one has broken, in the order of the calls", async () => {
    const client = await open({ connections: 1, connectionPerRequest: false });
    emulator.faults.add({ fault: { kind: "drop", when: "before" } });
    const ended: number[] = [];
    const calls = Array.from({ length: 5 }, async (_, number) => {
      const outcome = await client.request(get()).then(
        ({ status }) => status,
        (error: unknown) => (isKeyrailError(error) ? error.code : error),
      );
      ended.push(number);
      return outcome;
    });
    expect(await Promise.all(calls)).toEqual(["ConnectionFailed", 200, 200, 200, 200]);
    expect(ended).toEqual([0, 1, 2, 3, 4]);
  });

  test("who goes away while waiting for one has sent nothing, and takes none", async () => {
    const client = await open({ connections: 1, connectionPerRequest: false });
    emulator.faults.add({ fault: { kind: "stall" } });
    const controller = new AbortController();
    const first = rejection(client.request(get({ timeout: 300 })));
    const aborted = rejection(client.request(get({ signal: controller.signal, mutates: true })));
    const late = rejection(client.request(get({ timeout: 100, mutates: true })));
    const last = client.request(get());
    await expect.poll(() => emulator.requests.counters.inFlight, { interval: 5 }).toBe(1);
    controller.abort();
    expect(await aborted).toMatchObject({ code: "Aborted", retry: "safe" });
    expect(await late).toMatchObject({ code: "DeadlineExceeded", retry: "safe" });
    expect(await first).toMatchObject({ code: "DeadlineExceeded" });
    expect((await last).status).toBe(200);
    expect(emulator.requests.counters.requests).toBe(2);
  });

  test("closing ends what is under way, and begins nothing more", async () => {
    const client = await open({ connections: 1, connectionPerRequest: false });
    emulator.faults.add({ fault: { kind: "stall" } });
    const begun = rejection(client.request(get({ mutates: true })));
    const waiting = rejection(client.request(get({ mutates: true })));
    await expect.poll(() => emulator.requests.counters.inFlight, { interval: 5 }).toBe(1);
    await client.close();
    expect(await begun).toMatchObject({ code: "UnknownOutcome" });
    for (const error of [await waiting, await rejection(client.request(get({ mutates: true })))]) {
      expect(error).toMatchObject({ code: "ConnectionFailed", retry: "safe" });
      expect(error.message).toContain("nothing was sent");
    }
    expect(emulator.requests.counters.requests).toBe(1);
  });
});

describe("answers", () => {
  test("any status is given, with its body and headers", async () => {
    const client = await open();
    const answer = await client.request(get());
    expect(JSON.parse(answer.body)).toHaveProperty("fwv");
    expect(answer.headers["content-type"]).toContain("application/json");
    expect((await client.request(get({ path: "/api/none" }))).status).toBe(404);
  });

  test("redirects are not followed", async () => {
    const client = await open();
    for (const [mutates, retry] of [
      [false, "never"],
      [true, "unknown-outcome"],
    ] as const) {
      emulator.faults.add({ fault: { kind: "status", status: 302 } });
      const error = await rejection(client.request(get({ mutates })));
      expect(error).toMatchObject({ code: "UnexpectedResponse", retry, context: { status: 302 } });
    }
    expect(emulator.requests.counters.requests).toBe(2);
  });

  test("a body over the limit is given up", async () => {
    const client = await open({ maximumResponseBytes: 1000 });
    emulator.faults.add({ fault: { kind: "oversizedBody", bytes: 100_000 } });
    expect((await rejection(client.request(get()))).code).toBe("UnexpectedResponse");
    expect((await client.request(get())).status).toBe(200);
  });
});

describe("failures", () => {
  test("a lost answer is an unknown outcome where something may have changed, else a broken connection", async () => {
    const client = await open();
    for (const reset of [false, true]) {
      emulator.faults.add({ fault: { kind: "drop", when: "after", reset }, times: 2 });
      expect(await rejection(client.request(get({ mutates: true })))).toMatchObject({ code: "UnknownOutcome" });
      expect(await rejection(client.request(get()))).toMatchObject({ code: "ConnectionFailed", retry: "safe" });
      emulator.faults.clear();
    }
    emulator.faults.add({ fault: { kind: "cut", atByte: 5, from: "body" } });
    expect(await rejection(client.request(get({ mutates: true })))).toMatchObject({ code: "UnknownOutcome" });
  });

  test("a host that does not listen, or does not exist, was sent nothing", async () => {
    const port = await freePort();
    for (const origin of [`https://127.0.0.1:${port}`, "https://nowhere.invalid"]) {
      const client = await open({ origin });
      expect(await rejection(client.request(get({ mutates: true })))).toMatchObject({
        code: "ConnectionFailed",
        retry: "safe",
      });
    }
  });

  test("the deadline is for the whole request: headers, body, and the handshake", async () => {
    const client = await open();
    emulator.faults.add({ fault: { kind: "stall" } });
    await expectDeadline(client.request(get({ timeout: 150 })), "safe");
    emulator.faults.add({ fault: { kind: "stall" } });
    await expectDeadline(client.request(get({ timeout: 150, mutates: true })), "unknown-outcome");
    expect((await client.request(get())).status).toBe(200);

    await using silent = await silentServer();
    const waiting = await open({ origin: `https://127.0.0.1:${silent.port}` });
    await expectDeadline(waiting.request(get({ timeout: 150 })), "safe");
    await expectDeadline(waiting.request(get({ timeout: 150, mutates: true })), "safe");
  });

  async function expectDeadline(call: Promise<unknown>, retry: string): Promise<void> {
    const started = performance.now();
    expect(await rejection(call)).toMatchObject({ code: "DeadlineExceeded", retry, context: { timeoutMs: 150 } });
    expect(performance.now() - started).toBeLessThan(1000);
  }

  test("an abort ends the request, and one before it sends nothing", async () => {
    const client = await open();
    emulator.faults.add({ fault: { kind: "stall" } });
    const controller = new AbortController();
    const call = rejection(client.request(get({ signal: controller.signal, mutates: true })));
    await expect.poll(() => emulator.requests.counters.inFlight, { interval: 5 }).toBe(1);
    controller.abort();
    expect(await call).toMatchObject({ code: "Aborted", retry: "unknown-outcome" });

    emulator.requests.reset();
    const late = await rejection(client.request(get({ signal: AbortSignal.abort(), mutates: true })));
    expect(late).toMatchObject({ code: "Aborted", retry: "safe" });
    expect(emulator.requests.counters.connections).toBe(0);
  });

  test("what is not HTTP is a broken connection", async () => {
    const client = await open();
    emulator.faults.add({ fault: { kind: "status", status: 0 } });
    expect((await rejection(client.request(get()))).code).toBe("ConnectionFailed");
  });
});

async function freePort(): Promise<number> {
  await using server = await silentServer();
  return server.port;
}

/** Accepts connections and never says a word. */
async function silentServer(): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
