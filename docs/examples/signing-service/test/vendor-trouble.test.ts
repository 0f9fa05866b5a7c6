/** What a vendor does, as callers see it: approvals, refusals, silence, absence. */

import type { ApprovalTicket } from "@keyrail/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { RunningService } from "../src/service.ts";
import { call, encoded, isRight, type ProblemBody, type Signed } from "./support/client.ts";
import { Place } from "./support/place.ts";
import type { DfnsVendor } from "./support/vendors.ts";

const place = new Place();
let vendor: DfnsVendor;
let service: RunningService;

beforeAll(async () => {
  vendor = await place.vendor("dfns");
  const file = place.configure("service.json", {
    keys: { orders: { keyType: "Ed25519" } },
    keyrail: { provider: "mpc", providers: { mpc: vendor.provider, hot: "software::memory:" }, registry: ":memory:" },
    requestTimeout: 2000,
  });
  service = await place.start(file);
});
afterAll(() => place[Symbol.asyncDispose]());
afterEach(() => {
  vendor.emulator.faults.clear();
  vendor.emulator.policies.clear();
});

const SIGN = "/keys/orders/sign";
const BODY = { message: encoded("ship 12 crates"), algorithm: "Ed25519" };

interface Pending {
  readonly status: "pending";
  readonly approval: { readonly alias: string; readonly algorithm: string; readonly ticket: ApprovalTicket };
}

describe("a vendor that asks people first", () => {
  it("makes the answer a 202 with what finishes it, at any instance, once they decided", async () => {
    vendor.emulator.policies.add({ action: "RequestApproval" });
    const first = await call<Pending>(service.url, SIGN, BODY);
    expect(first).toMatchObject({ status: 202, body: { status: "pending", approval: { alias: "orders" } } });
    expect(first.headers.get("retry-after")).toBe("5");
    const { approval } = first.body;
    const again = await call<Pending>(service.url, "/approvals/resume", { approval });
    expect(again).toMatchObject({ status: 202, body: { approval: { alias: "orders", algorithm: "Ed25519" } } });

    vendor.emulator.approve(approval.ticket.approval ?? "");
    const done = await call<Signed>(service.url, "/approvals/resume", { approval: again.body.approval });
    expect(done).toMatchObject({ status: 200, body: { alias: "orders", version: 1, key: approval.ticket.key } });
    expect(isRight(Buffer.from("ship 12 crates"), done.body)).toBe(true);
  });

  it("and whose people say no, makes it a 403", async () => {
    vendor.emulator.policies.add({ action: "RequestApproval" });
    const { body } = await call<Pending>(service.url, SIGN, BODY);
    vendor.emulator.deny(body.approval.ticket.approval ?? "", "not today");
    const denied = await call<ProblemBody>(service.url, "/approvals/resume", { approval: body.approval });
    expect(denied).toMatchObject({ status: 403, body: { code: "ApprovalDenied" } });
  });
});

describe("a vendor that fails", () => {
  it("by its limit of requests, makes the answer a 503 that says when to come again", async () => {
    vendor.emulator.faults.add({ times: "always", action: { kind: "status", status: 429, retryAfterSeconds: 90 } });
    const answer = await call<ProblemBody>(service.url, SIGN, BODY);
    expect(answer).toMatchObject({ status: 503, body: { code: "RateLimited", retry: "safe" } });
    expect(answer.headers.get("retry-after")).toBe("90");
  });

  it("by silence, makes it a 504 when the time is over", async () => {
    vendor.emulator.faults.add({ action: { kind: "delay", milliseconds: 20_000 } });
    const started = performance.now();
    expect(await call(service.url, SIGN, BODY)).toMatchObject({ status: 504, body: { code: "DeadlineExceeded" } });
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it("by refusing the service's own credentials, makes it a 502: the caller's token was right", async () => {
    vendor.emulator.faults.add({ times: "always", action: { kind: "status", status: 401, message: "secret detail" } });
    const answer = await call<ProblemBody>(service.url, SIGN, BODY);
    expect(answer).toMatchObject({ status: 502, body: { code: "AuthenticationFailed" } });
    expect(JSON.stringify(answer.body)).not.toContain("secret detail");
  });

  it("by an answer that is none, makes it a 502 without a word of it", async () => {
    const bodyBase64 = Buffer.from("<html>stack trace</html>").toString("base64");
    vendor.emulator.faults.add({
      times: "always",
      action: { kind: "respond", when: "before", status: 200, bodyBase64 },
    });
    const answer = await call<ProblemBody>(service.url, SIGN, BODY);
    expect(answer).toMatchObject({ status: 502, body: { code: "UnexpectedResponse" } });
    expect(JSON.stringify(answer.body)).not.toContain("stack trace");
  });
});

describe("a caller that goes away", () => {
  it("ends the call at the vendor", async () => {
    const { provider, emulator } = vendor;
    const narrow = { ...provider, options: { ...provider.options, maximumInFlight: 1 } };
    const patient = await place.start(
      place.configure("patient.json", {
        keys: { orders: { keyType: "Ed25519" } },
        keyrail: { provider: "mpc", providers: { mpc: narrow }, registry: ":memory:" },
        requestTimeout: 300_000,
      }),
    );
    expect(await call(patient.url, SIGN, BODY)).toMatchObject({ status: 200 });
    emulator.faults.add({ action: { kind: "delay", milliseconds: 300_000 } });
    const impatience = new AbortController();
    const abandoned = call(patient.url, SIGN, BODY, { signal: impatience.signal });
    await expect.poll(() => emulator.faults.list()[0]?.hits, { interval: 5 }).toBe(1);
    impatience.abort();
    await expect(abandoned).rejects.toThrow(/abort/);
    // There is one place at the vendor: these would wait five minutes for it if the call that nobody waits for kept it.
    const others = await Promise.all(Array.from({ length: 20 }, () => call(patient.url, SIGN, BODY)));
    expect(new Set(others.map(({ status }) => status))).toEqual(new Set([200]));
  });
});

describe("a vendor that is gone", () => {
  it("is what /health says, with the reason, and what signing says; the public keys are still known", async () => {
    const signed = await call<Signed>(service.url, SIGN, BODY);
    await vendor.emulator.close();
    await expect
      .poll(async () => (await call<{ status: string }>(service.url, "/health")).status, {
        interval: 100,
        timeout: 10_000,
      })
      .toBe(503);
    const { body } = await call<{ status: string; parts: { name: string; healthy: boolean; reason?: string }[] }>(
      service.url,
      "/health",
    );
    expect(body.status).toBe("unavailable");
    expect(body.parts.find(({ name }) => name === "mpc")).toMatchObject({ healthy: false, reason: expect.any(String) });
    expect(body.parts.filter(({ healthy }) => healthy).map(({ name }) => name)).toEqual(["hot", "registry"]);
    expect(await call(service.url, SIGN, BODY)).toMatchObject({
      status: 503,
      body: { code: "ConnectionFailed", retry: "safe" },
    });
    const question = { ...BODY, signature: signed.body.signature };
    expect((await call(service.url, "/keys/orders/verify", question)).body).toMatchObject({ valid: true });
  });
});
