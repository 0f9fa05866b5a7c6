/** What goes wrong on the way, and what comes of it. */

import type { FaultRule } from "@keyrail/emulator-encedo";
import { PublicKey } from "@keyrail/core";
import { generatePrivateKey } from "@keyrail/crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { collect, type EncedoProvider, rejection, startDevice, type TestDevice, utf8 } from "./device.ts";

let device: TestDevice;
let provider: EncedoProvider;
let signKey: string;
let source: string;
beforeAll(async () => {
  device = await startDevice();
  provider = await device.open();
  signKey = (await provider.keys.create({ keyType: "P-256", usages: ["sign"], label: "fault sign" })).uri;
  source = (await provider.keys.create({ keyType: "X25519", usages: ["derive"], label: "fault source" })).uri;
});
afterAll(() => device[Symbol.asyncDispose]());
beforeEach(async () => {
  device.emulator.faults.clear();
  // Tests reboot the device: faults are to hit the request they are meant for, not a refused one.
  await warmUp();
});

/** Every token that a test needs, so that faults hit the request they are meant for. */
async function warmUp(): Promise<void> {
  await collect(provider.catalog.list());
  await provider.signer.sign({ key: signKey, algorithm: "ES256", message: utf8("warm") });
  await make.import("warm import", undefined);
  await make.derive("warm derive", undefined);
  const removed = await provider.keys.create({ keyType: "AES-128", usages: ["wrap"], label: "removed" });
  await provider.catalog.rename({ key: removed.uri, label: "renamed" });
  await provider.catalog.remove(removed.uri);
}

function freshPublicKey(keyType: "Ed25519" | "X25519"): PublicKey {
  return PublicKey.fromRaw(keyType, generatePrivateKey(keyType).publicKey);
}

const make = {
  create: (label: string, idempotencyKey: string | undefined) =>
    provider.keys.create({ keyType: "P-256", usages: ["sign"], label }, options(idempotencyKey)),
  import: (label: string, idempotencyKey: string | undefined, publicKey = freshPublicKey("Ed25519")) =>
    provider.keys.import({ kind: "public", publicKey, usages: ["verify"], label }, options(idempotencyKey)),
  derive: (label: string, idempotencyKey: string | undefined, publicKey = freshPublicKey("X25519")) =>
    provider.keys.derive(
      { kind: "ecdh", key: source, peer: { publicKey }, keyType: "AES-256", usages: ["encrypt"], label },
      options(idempotencyKey),
    ),
};

function options(idempotencyKey: string | undefined): { idempotencyKey: string } | undefined {
  return idempotencyKey === undefined ? undefined : { idempotencyKey };
}

async function labelled(label: string): Promise<number> {
  return (await collect(provider.catalog.list())).filter((key) => key.label === label).length;
}

const LOST: readonly [string, FaultRule["fault"]][] = [
  ["after the effect", { kind: "drop", when: "after" }],
  ["after the effect, by a reset", { kind: "drop", when: "after", reset: true }],
  ["before the effect", { kind: "drop", when: "before" }],
  ["in the middle of the body", { kind: "cut", atByte: 10, from: "body" }],
  ["as a body that is no JSON", { kind: "replaceBody", content: "{" }],
  ["as an empty body", { kind: "replaceBody", content: "" }],
  ["as a body over every limit", { kind: "oversizedBody", bytes: 1_000_000 }],
  ["as a failure of the device (500) after the effect", { kind: "status", status: 500, effect: true }],
  ["in a reboot after the effect", { kind: "reboot", when: "after" }],
];

describe("a lost answer", () => {
  for (const operation of ["create", "import", "derive"] as const) {
    for (const [how, fault] of LOST) {
      test(`${operation}, lost ${how}: with an idempotency key there is one key, and the call succeeds`, async () => {
        const label = `${operation} ${LOST.findIndex(([name]) => name === how)}`;
        device.emulator.faults.add({ fault, path: `/api/keymgmt/${operation}` });
        const record = await make[operation](label, `intent ${label}`);
        expect(record.label).toBe(label);
        expect(await labelled(label)).toBe(1);
        expect((await provider.catalog.get(record.uri)).label).toBe(label);
      });
    }

    test(`${operation}: without an idempotency key the outcome is unknown, and said to be`, async () => {
      const label = `${operation} unknown`;
      device.emulator.faults.add({ fault: { kind: "drop", when: "after" }, path: `/api/keymgmt/${operation}` });
      const error = await rejection(make[operation](label, undefined));
      expect(error).toMatchObject({ code: "UnknownOutcome", retry: "unknown-outcome" });
      expect(await labelled(label)).toBe(1);
    });
  }

  test("lost twice: still one key", async () => {
    device.emulator.faults.add({ fault: { kind: "drop", when: "before" }, path: "/api/keymgmt/create" });
    device.emulator.faults.add({ fault: { kind: "drop", when: "after" }, path: "/api/keymgmt/create", skip: 1 });
    const record = await make.create("lost twice", "lost twice");
    expect(await labelled("lost twice")).toBe(1);
    expect((await make.create("lost twice", "lost twice")).uri).toBe(record.uri);
  });

  test("lost for good: the outcome stays unknown, a later call settles it", async () => {
    device.emulator.faults.add({ fault: { kind: "drop", when: "after" }, path: "/api/keymgmt/create" });
    device.emulator.faults.add({
      fault: { kind: "drop", when: "before" },
      path: "/api/keymgmt/search",
      skip: 1,
      times: 3,
    });
    const error = await rejection(make.create("settled later", "settled later"));
    expect(error.retry).toBe("unknown-outcome");
    const record = await make.create("settled later", "settled later");
    expect(record.label).toBe("settled later");
    expect(await labelled("settled later")).toBe(1);
  });

  test("two calls at once with one idempotency key, over two providers, make one key", async () => {
    const other = await device.open();
    const request = { keyType: "Ed25519", usages: ["sign"], label: "at once" } as const;
    const records = await Promise.all(
      [provider, other, provider].map((one) => one.keys.create(request, { idempotencyKey: "at once" })),
    );
    expect(new Set(records.map(({ uri }) => uri)).size).toBe(1);
    expect(await labelled("at once")).toBe(1);
  });

  test("an idempotency key used for another request is a conflict", async () => {
    await make.create("conflict", "conflict");
    expect((await rejection(make.create("other label", "conflict"))).code).toBe("IdempotencyConflict");
    expect((await rejection(make.import("conflict", "conflict"))).code).toBe("IdempotencyConflict");
  });

  test("of a removal: gone is gone", async () => {
    for (const when of ["before", "after"] as const) {
      const { uri } = await make.create(`remove ${when}`, undefined);
      device.emulator.faults.add({ fault: { kind: "drop", when }, method: "DELETE" });
      await provider.catalog.remove(uri);
      expect((await rejection(provider.catalog.get(uri))).code).toBe("KeyNotFound");
    }
  });

  test("of a signature: nothing changed, so it may be repeated", async () => {
    device.emulator.faults.add({ fault: { kind: "drop", when: "after" }, path: "/api/crypto/exdsa/sign" });
    const error = await rejection(provider.signer.sign({ key: signKey, algorithm: "ES256", message: utf8("text") }));
    expect(error).toMatchObject({ code: "ConnectionFailed", retry: "safe" });
  });
});

describe("a device in trouble", () => {
  test("reboots in the middle of 100 calls: all succeed", async () => {
    const path = "/api/crypto/exdsa/sign";
    device.emulator.faults.add({ fault: { kind: "reboot", when: "before" }, path, skip: 30 });
    device.emulator.faults.add({ fault: { kind: "reboot", when: "after" }, path, skip: 60 });
    const signatures = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        provider.signer.sign({ key: signKey, algorithm: "ES256", message: utf8(`text ${index}`) }),
      ),
    );
    expect(signatures).toHaveLength(100);
  });

  test("busy (409) for 10 seconds: the call waits", async () => {
    let milliseconds = Date.now();
    const clock = {
      now: () => milliseconds,
      sleep: (duration: number): Promise<void> => {
        milliseconds += duration;
        return Promise.resolve();
      },
    };
    await using busy = await startDevice({ clock });
    const patient = await busy.open({ timing: clock });
    busy.emulator.faults.add({
      fault: { kind: "status", status: 409 },
      path: "/api/keymgmt/*",
      forMilliseconds: 10_000,
    });
    const started = milliseconds;
    await patient.keys.create({ keyType: "AES-128", usages: ["wrap"], label: "busy" });
    expect(milliseconds - started).toBeGreaterThanOrEqual(10_000);
    expect(milliseconds - started).toBeLessThan(13_000);

    busy.emulator.faults.add({
      fault: { kind: "status", status: 409 },
      path: "/api/keymgmt/*",
      forMilliseconds: 60_000,
    });
    const error = await rejection(patient.keys.create({ keyType: "AES-128", usages: ["wrap"], label: "busier" }));
    expect(error).toMatchObject({ code: "ProviderUnavailable", retry: { after: 2000 } });
  });

  test("with a failed self-test (409) is not waited for", async () => {
    device.emulator.controls.setFlsState(0x41);
    try {
      device.emulator.requests.reset();
      const error = await rejection(make.create("self-test", undefined));
      expect(error.code).toBe("ProviderUnavailable");
      expect(error.message).toContain("41");
      expect(device.emulator.requests.counters.requests).toBe(2);
      expect(await provider.health()).toMatchObject({ healthy: false });
    } finally {
      device.emulator.controls.setFlsState(0);
    }
    expect(await provider.health()).toEqual({ healthy: true });
  });

  test("with a busy key repository (406 of a list, 410 of a search) may be asked again", async () => {
    device.emulator.controls.setRepositoryBusy(true);
    try {
      const listing = await rejection(collect(provider.catalog.list()));
      expect(listing).toMatchObject({ code: "ProviderUnavailable", retry: { after: 1000 } });
      const searching = await rejection(collect(provider.catalog.search({ descriptionPrefix: "text" })));
      expect(searching).toMatchObject({ code: "ProviderUnavailable", retry: { after: 1000 } });
    } finally {
      device.emulator.controls.setRepositoryBusy(false);
    }
  });

  test("that stalls is left at the deadline, and the next call gets through", async () => {
    device.emulator.faults.add({ fault: { kind: "stall" }, path: "/api/crypto/exdsa/sign" });
    const request = { key: signKey, algorithm: "ES256", message: utf8("text") } as const;
    const started = performance.now();
    const error = await rejection(provider.signer.sign(request, { timeout: 200 }));
    expect(error).toMatchObject({ code: "DeadlineExceeded", retry: "safe" });
    expect(performance.now() - started).toBeLessThan(1200);
    expect((await provider.signer.sign(request)).signature).toHaveLength(64);
  });

  test("that stalls longer than requests may take is left by the adapter itself", async () => {
    const hasty = await device.open({ timeouts: { request: 300 } });
    device.emulator.faults.add({ fault: { kind: "stall" }, path: "/api/crypto/exdsa/sign" });
    const error = await rejection(hasty.signer.sign({ key: signKey, algorithm: "ES256", message: utf8("text") }));
    expect(error).toMatchObject({ code: "DeadlineExceeded", retry: "safe" });
  });

  test("an aborted call ends at once, and those behind it in the queue go on", async () => {
    device.emulator.faults.add({ fault: { kind: "stall" }, path: "/api/crypto/exdsa/sign" });
    const controller = new AbortController();
    const request = { key: signKey, algorithm: "ES256", message: utf8("text") } as const;
    const stalled = provider.signer.sign(request, { signal: controller.signal });
    await expect.poll(() => device.emulator.requests.counters.inFlight, { interval: 5 }).toBe(1);
    const behind = provider.signer.sign(request);
    const waiting = new AbortController();
    const alsoAborted = provider.signer.sign(request, { signal: waiting.signal });
    waiting.abort();
    expect((await rejection(alsoAborted)).code).toBe("Aborted");
    controller.abort();
    expect((await rejection(stalled)).code).toBe("Aborted");
    expect((await behind).signature).toHaveLength(64);
  });

  test("a connection reset at every byte of an answer: a Keyrail error or a signature, never a hang", async () => {
    const path = "/api/crypto/exdsa/sign";
    const request = { key: signKey, algorithm: "ES256", message: utf8("text") } as const;
    let broken = 0;
    let whole = 0;
    for (let atByte = 0; whole < 3 && atByte < 1000; atByte++) {
      device.emulator.faults.add({ fault: { kind: "cut", atByte, reset: atByte % 2 === 0 }, path });
      try {
        const { signature } = await provider.signer.sign(request);
        expect(signature).toHaveLength(64);
        whole++;
      } catch (error) {
        expect(error).toMatchObject({ name: "KeyrailError", code: "ConnectionFailed", retry: "safe" });
        broken++;
      }
    }
    expect(broken).toBeGreaterThan(100);
    expect(whole).toBe(3);
  });

  test("a signature that is not the key's is discarded", async () => {
    const other = await provider.keys.create({ keyType: "P-256", usages: ["sign"], label: "other signer" });
    const { signature } = await provider.signer.sign({
      key: other.uri,
      algorithm: "ES256",
      message: utf8("text"),
      format: "der",
    });
    const content = JSON.stringify({ sign: Buffer.from(signature).toString("base64") });
    const path = "/api/crypto/exdsa/sign";
    for (const by of [provider, await device.open()]) {
      device.emulator.faults.add({ fault: { kind: "replaceBody", content }, path });
      const error = await rejection(by.signer.sign({ key: signKey, algorithm: "ES256", message: utf8("text") }));
      expect(error.code).toBe("SignatureMismatch");
    }
  });

  test("a derivation that echoes the source made nothing, and says so", async () => {
    const kid = source.slice(source.lastIndexOf("/") + 1);
    device.emulator.faults.add({
      fault: { kind: "replaceBody", content: JSON.stringify({ kid }) },
      path: "/api/keymgmt/derive",
    });
    expect((await rejection(make.derive("echo", undefined))).code).toBe("UnexpectedResponse");
  });

  test("a derivation that is no valid scalar lasts", async () => {
    device.emulator.faults.add({ fault: { kind: "deriveOutOfRange" }, path: "/api/keymgmt/derive" });
    const request = {
      kind: "ecdh",
      key: source,
      peer: { publicKey: freshPublicKey("X25519") },
      keyType: "P-256",
      usages: ["sign"],
      label: "out of range",
    } as const;
    const error = await rejection(provider.keys.derive(request));
    expect(error).toMatchObject({ code: "OperationRefused", retry: "never" });
    expect(error.message).toContain("another peer");
  });

  test("a device that is gone can't be reached, and nothing was sent", async () => {
    await using gone = await startDevice();
    const lonely = await gone.open();
    await lonely.keys.create({ keyType: "AES-128", usages: ["wrap"], label: "before" });
    gone.emulator.controls.powerOff();
    const error = await rejection(lonely.keys.create({ keyType: "AES-128", usages: ["wrap"], label: "gone" }));
    expect(error).toMatchObject({ code: "ConnectionFailed", retry: "safe" });
    expect((await lonely.health()).healthy).toBe(false);
  });
});
