/** The built service as a process: its logs, its signals, its exit codes. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildService, ServiceProcess } from "./support/built-service.ts";
import { call, encoded, type Signed } from "./support/client.ts";
import { Place, TOKEN } from "./support/place.ts";
import type { DfnsVendor } from "./support/vendors.ts";

const place = new Place();
let program: string;
let vendor: DfnsVendor;
let file: string;

beforeAll(async () => {
  program = await buildService();
  vendor = await place.vendor("dfns");
  file = configured("service.json", {});
}, 60_000);
afterAll(() => place[Symbol.asyncDispose]());

function configured(name: string, more: Readonly<Record<string, unknown>>): string {
  return place.configure(name, {
    keys: { orders: { keyType: "Ed25519" } },
    keyrail: { provider: "mpc", providers: { mpc: vendor.provider }, registry: "registry.sqlite" },
    logLevel: "debug",
    ...more,
  });
}

const SIGN = "/keys/orders/sign";
const BODY = { message: encoded("ship 12 crates"), algorithm: "Ed25519" };

describe("the process", { timeout: 120_000 }, () => {
  it.each(["SIGTERM", "SIGINT"] as const)("finishes what is in flight on %s, then ends with 0", async (signal) => {
    await using service = new ServiceProcess(program, [file]);
    const url = await service.url();
    await call(url, SIGN, BODY);
    vendor.emulator.faults.clear();
    vendor.emulator.faults.add({ times: 8, action: { kind: "delay", milliseconds: 300 } });
    const inFlight = Array.from({ length: 8 }, () => call<Signed>(url, SIGN, BODY));
    await expect.poll(() => vendor.emulator.faults.list()[0]?.hits ?? 8, { interval: 5 }).toBe(8);
    service.signal(signal);
    expect((await Promise.all(inFlight)).map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(await service.exit()).toBe(0);
    await expect(call(url, "/health")).rejects.toThrow("fetch failed");
  });

  it("says 503 on /health for as long as it is told to, and serves all the same", async () => {
    const slow = configured("slow.json", { shutdownDelay: 1500 });
    await using service = new ServiceProcess(program, [slow]);
    const url = await service.url();
    expect((await call(url, "/health")).status).toBe(200);
    service.signal("SIGTERM");
    await expect.poll(async () => (await call(url, "/health")).status, { interval: 20 }).toBe(503);
    expect((await call(url, SIGN, BODY)).status).toBe(200);
    expect(await service.exit()).toBe(0);
  });

  it("ends at once on the second signal", async () => {
    const slow = configured("slower.json", { shutdownDelay: 600_000 });
    await using service = new ServiceProcess(program, [slow]);
    const url = await service.url();
    service.signal("SIGINT");
    await expect.poll(async () => (await call(url, "/health")).status, { interval: 20 }).toBe(503);
    service.signal("SIGINT");
    expect(await service.exit()).toBe(1);
  });

  it("logs requests, and no secret, no message and no signature", async () => {
    await using service = new ServiceProcess(program, [file]);
    const url = await service.url();
    const signed = await call<Signed>(url, SIGN, BODY);
    expect(signed.status).toBe(200);
    await call(url, SIGN, { ...BODY, message: 5 });
    await call(url, "/keys/nobody/sign", BODY);
    for (const status of [500, 401]) {
      vendor.emulator.faults.add({ times: "always", action: { kind: "status", status, message: "vendor words" } });
      expect((await call(url, SIGN, BODY)).status).toBe(status === 500 ? 503 : 502);
      vendor.emulator.faults.clear();
    }
    service.signal("SIGTERM");
    expect(await service.exit()).toBe(0);
    expect(service.output).toContain(SIGN);
    expect(service.output).toContain("AuthenticationFailed");
    for (const secret of [...vendor.secrets, TOKEN, BODY.message, "ship 12 crates", signed.body.signature, "BEGIN"]) {
      expect(service.output).not.toContain(secret);
    }
  });

  it.each<[string, string[], number, RegExp]>([
    ["without a configuration", [], 2, /service\.json/],
    ["with two", ["a.json", "b.json"], 2, /service\.json/],
    ["with one that is not there", ["nowhere.json"], 1, /^InvalidConfiguration: .*nowhere\.json can't be read/],
  ])("ends %s, in one sentence", async (_title, args, code, says) => {
    await using service = new ServiceProcess(program, args);
    expect(await service.exit()).toBe(code);
    expect(service.output).toMatch(says);
    expect(service.output.trim().split("\n")).toHaveLength(1);
  });

  it("ends in one sentence when its port is taken", async () => {
    await using first = new ServiceProcess(program, [file]);
    const { port } = new URL(await first.url());
    await using second = new ServiceProcess(program, [file], { SIGNING_SERVICE_PORT: port });
    expect(await second.exit()).toBe(1);
    expect(second.output).toMatch(/EADDRINUSE/);
  });
});
