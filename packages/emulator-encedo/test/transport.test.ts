import { connect as connectPlain } from "node:net";
import { connect } from "node:tls";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { masterSeed, startFixture, userSeed, type Fixture } from "./fixture.ts";

let device: Fixture;
beforeAll(async () => {
  device = await startFixture();
});
afterAll(() => device.emulator.close());

/** Sends raw bytes over TLS and returns what comes back. */
function sendRaw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(device.emulator.url);
    let received = "";
    const socket = connect({ host: hostname, port: Number(port), ca: device.emulator.caPem }, () => socket.write(text));
    socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
    socket.on("end", () => socket.end());
    socket.on("close", () => resolve(received));
    socket.on("error", reject);
  });
}

describe("transport", () => {
  it("answers OPTIONS on any path", async () => {
    const answer = await device.client.call("OPTIONS", "/api/whatever", {
      headers: { Origin: "https://manager.ence.do" },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
      "access-control-allow-headers":
        "Content-Type, Cache-Control, Pragma, Expires, Authorization, Content-Disposition",
      "access-control-max-age": "86400",
      "access-control-allow-credentials": "true",
    });
  });

  it("serves a dashboard outside /api and nothing else there", async () => {
    expect((await device.client.get("/")).status).toBe(200);
    expect((await device.client.call("POST", "/", { json: {} })).status).toBe(404);
  });

  it("answers one request per connection, even when a second one is pipelined", async () => {
    const request = "GET /api/system/version HTTP/1.1\r\nHost: my.ence.do\r\n\r\n";
    const received = await sendRaw(request + request);
    expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(1);
    expect(received).toContain("Connection: close\r\n");
  });

  it("writes a body of exactly 7300 bytes through, and honours Expect", async () => {
    const padding = "x".repeat(7300 - '{"auth":""}'.length);
    expect((await device.client.call("POST", "/api/auth/token", { body: `{"auth":"${padding}"}` })).status).toBe(400);
    const body = '{"auth":"x"}';
    const head = `POST /api/auth/token HTTP/1.1\r\nHost: my.ence.do\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`;
    expect(await sendRaw(head + body)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 400 /);
  });

  it("speaks TLS 1.3 only", async () => {
    const { hostname, port } = new URL(device.emulator.url);
    const attempt = (maxVersion: "TLSv1.2" | "TLSv1.3"): Promise<string | null> =>
      new Promise((resolve, reject) => {
        const socket = connect(
          { host: hostname, port: Number(port), ca: device.emulator.caPem, maxVersion, minVersion: maxVersion },
          () => {
            resolve(socket.getProtocol());
            socket.destroy();
          },
        );
        socket.on("error", reject);
      });
    await expect(attempt("TLSv1.2")).rejects.toThrow("protocol version");
    await expect(attempt("TLSv1.3")).resolves.toBe("TLSv1.3");
  });

  it("a certificate for the device's names, valid under the authority it gives", async () => {
    const { hostname, port } = new URL(device.emulator.url);
    for (const servername of ["localhost", "my.ence.do"]) {
      await new Promise<void>((resolve, reject) => {
        const socket = connect({ host: hostname, port: Number(port), ca: device.emulator.caPem, servername }, () => {
          expect(socket.authorized).toBe(true);
          socket.destroy();
          resolve();
        });
        socket.on("error", reject);
      });
    }
  });

  it("resumes TLS sessions, and counts it", async () => {
    const { hostname, port } = new URL(device.emulator.url);
    device.emulator.requests.reset();
    const visit = (session: Buffer | undefined): Promise<{ ticket: Buffer | undefined; reused: boolean }> =>
      new Promise((resolve, reject) => {
        let ticket: Buffer | undefined;
        let reused = false;
        const options = {
          host: hostname,
          port: Number(port),
          ca: device.emulator.caPem,
          ...(session === undefined ? {} : { session }),
        };
        const socket = connect(options, () => {
          reused = socket.isSessionReused();
          socket.write("GET /api/system/version HTTP/1.1\r\nHost: x\r\n\r\n");
        });
        socket.on("session", (fresh: Buffer) => (ticket = fresh));
        socket.on("end", () => socket.end());
        socket.on("close", () => resolve({ ticket, reused }));
        socket.on("error", reject);
        socket.resume();
      });
    const first = await visit(undefined);
    expect(first.reused).toBe(false);
    expect(await visit(first.ticket)).toMatchObject({ reused: true });
    expect(device.emulator.requests.counters).toMatchObject({
      connections: 2,
      handshakes: 2,
      resumptions: 1,
      requests: 2,
    });
  });

  it("breaks off a request that is not complete in time, when told to", async () => {
    const own = await startFixture({ timeScale: 0.1, fixtures: { config: { http_option_dosprot_mode: 1 } } });
    const { hostname, port } = new URL(own.emulator.httpUrl);
    const started = performance.now();
    const received = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connectPlain(Number(port), hostname, () =>
        socket.write("POST /api/auth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{"),
      );
      socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
      socket.on("close", () => resolve(text));
    });
    expect(received).toBe("");
    expect(performance.now() - started).toBeGreaterThanOrEqual(45);
    await own.emulator.close();
  });

  it("an EPA has no mass storage endpoints", async () => {
    const own = await startFixture({ model: "EPA" });
    const token = await own.client.logIn(masterSeed, "logger:get");
    expect((await own.client.get("/api/logger/list", { token })).status).toBe(404);
    expect((await own.client.get("/api/logger/key", { token })).status).toBe(200);
    const disk = await own.client.logIn(userSeed, "storage:disk0");
    expect((await own.client.get("/api/storage/lock", { token: disk })).status).toBe(404);
    await own.emulator.close();
  });
});
