/** Logging in: what is sent, how long tokens live, what happens when the device or its clock is not as it should be. */

import { createBrokerRelay } from "@keyrail/encedo";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { passphraseBytes, rejection, startDevice, type TestDevice, utf8 } from "./device.ts";

const KEY = { keyType: "Ed25519", usages: ["sign", "verify"], label: "login" } as const;
const DAY = 86_400;

function logins(device: TestDevice): number {
  return device.emulator.requests.count("POST", "/api/auth/token");
}

/** A clock of the machine and the device's surroundings that moves only when told. */
class TestClock {
  milliseconds: number = Date.now();

  now(): number {
    return this.milliseconds;
  }

  sleep(duration: number): Promise<void> {
    this.milliseconds += duration;
    return Promise.resolve();
  }
}

describe("passphrase", () => {
  test("given as bytes it is read while opening and may be wiped then", async () => {
    await using device = await startDevice();
    const passphrase = passphraseBytes(device.emulator);
    const provider = await device.open({ passphrase });
    passphrase.fill(0);
    expect((await provider.keys.create(KEY)).keyType).toBe("Ed25519");
    expect(device.emulator.requests.counters.requests).toBe(1 + 2 + 1);
  });

  test("given as a function it is asked for once, and the bytes are wiped", async () => {
    await using device = await startDevice();
    const given: Uint8Array[] = [];
    const provider = await device.open({
      passphrase: () => {
        const bytes = passphraseBytes(device.emulator);
        given.push(bytes);
        return bytes;
      },
    });
    expect(device.emulator.requests.counters.requests).toBe(0);
    await provider.keys.create(KEY);
    await Array.fromAsync(provider.catalog.list());
    expect(given).toHaveLength(1);
    expect(given[0]?.every((byte) => byte === 0)).toBe(true);
  });

  test("that is wrong is said to be, without a second attempt and without a check-in", async () => {
    await using device = await startDevice();
    const provider = await device.open({ passphrase: () => utf8("quite another passphrase") });
    const error = await rejection(provider.keys.create(KEY));
    expect(error).toMatchObject({ code: "AuthenticationFailed", retry: "never" });
    expect(logins(device)).toBe(1);
    expect(device.emulator.serviceRequests.counters.requests).toBe(0);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("quite another");
  });

  test("whose callback fails, or gives none, is not a defect of ours, and the device sees no login", async () => {
    await using device = await startDevice();
    const failing = await device.open({ passphrase: () => Promise.reject(new Error("the vault is sealed")) });
    const failed = await rejection(failing.keys.create(KEY));
    expect(failed).toMatchObject({ code: "AuthenticationFailed", context: { reason: "passphrase callback" } });
    expect(failed.message).not.toContain("vault");
    const empty = await device.open({ passphrase: () => "" });
    expect(await rejection(empty.keys.create(KEY))).toMatchObject({
      code: "InvalidConfiguration",
      context: { path: "passphrase" },
    });
    expect(logins(device)).toBe(0);
  });

  test("of the master is recognised: it may use no key", async () => {
    await using device = await startDevice();
    const provider = await device.open({ passphrase: () => utf8(device.emulator.masterPassphrase) });
    const error = await rejection(provider.keys.create(KEY));
    expect(error.code).toBe("AuthenticationFailed");
    expect(error.message).toContain("master");
  });

  test("nothing of it shows in the provider", async () => {
    await using device = await startDevice();
    const provider = await device.open({ passphrase: passphraseBytes(device.emulator) });
    expect(inspect(provider, { depth: 20, showHidden: true })).not.toContain(device.emulator.userPassphrase);
  });
});

describe("tokens", () => {
  test("one login per scope, however many callers wait for it", async () => {
    await using device = await startDevice();
    const provider = await device.open();
    await Promise.all(Array.from({ length: 30 }, () => provider.keys.create({ ...KEY, usages: ["sign"] })));
    expect(logins(device)).toBe(1);
    expect(device.emulator.requests.counters.inFlightHighWater).toBe(1);
  });

  test("are renewed before they expire, also by a device whose clock runs fast", async () => {
    const clock = new TestClock();
    await using device = await startDevice({ clock });
    const provider = await device.open({ timing: clock, tokenLifetime: 3600 });
    await provider.keys.create(KEY);
    clock.milliseconds += 3000 * 1000;
    await provider.keys.create(KEY);
    expect(logins(device)).toBe(1);
    clock.milliseconds += 300 * 1000;
    await provider.keys.create(KEY);
    expect(logins(device)).toBe(2);
    expect(device.emulator.requests.entries.filter(({ status }) => status === 401)).toEqual([]);
  });

  test("killed by a reboot cost one refused request, one login and one repetition", async () => {
    await using device = await startDevice();
    const provider = await device.open();
    await provider.keys.create(KEY);
    await device.emulator.controls.reboot();
    device.emulator.requests.reset();
    await Promise.all(Array.from({ length: 20 }, () => provider.keys.create(KEY)));
    expect(logins(device)).toBe(1);
    expect(device.emulator.requests.count("POST", "/api/keymgmt/create")).toBe(21);
  });

  test("are asked for again when the device reboots in the middle of a login: no passphrase is called wrong", async () => {
    await using device = await startDevice();
    const provider = await device.open();
    device.emulator.faults.add({ fault: { kind: "reboot", when: "after" }, method: "GET", path: "/api/auth/token" });
    expect((await provider.keys.create(KEY)).keyType).toBe(KEY.keyType);
    expect(logins(device)).toBe(2);
  });

  test("are sent to no endpoint that needs none", async () => {
    await using device = await startDevice();
    const provider = await device.open();
    await provider.keys.create(KEY);
    await device.emulator.controls.reboot();
    // A dead token is refused before routing, on public endpoints too.
    expect(await provider.health()).toEqual({ healthy: true });
  });
});

describe("the device's clock", () => {
  test("off by days is no reason to fail: claims are by the device's time", async () => {
    for (const shift of [-30 * DAY, 30 * DAY]) {
      await using device = await startDevice();
      device.emulator.controls.shiftClock(shift);
      const provider = await device.open();
      await provider.keys.create(KEY);
      expect(logins(device)).toBe(1);
      expect(device.emulator.serviceRequests.counters.requests).toBe(0);
    }
  });

  test("off by more than was allowed is set by a check-in", async () => {
    await using device = await startDevice();
    device.emulator.controls.shiftClock(3 * DAY);
    const provider = await device.open({ maximumClockDrift: 300 });
    await provider.keys.create(KEY);
    expect(Math.abs(device.emulator.controls.state.clock.seconds - Date.now() / 1000)).toBeLessThan(60);
    expect(device.emulator.serviceRequests.counters.requests).toBe(1);
    await provider.catalog.list()[Symbol.asyncIterator]().next();
    expect(device.emulator.serviceRequests.counters.requests).toBe(1);
  });

  test("not set is set by one check-in", async () => {
    await using device = await startDevice({ clockSet: false });
    const provider = await device.open({ passphrase: passphraseBytes(device.emulator) });
    await provider.keys.create(KEY);
    expect(device.emulator.controls.state.clock.set).toBe(true);
    expect(device.emulator.serviceRequests.counters.requests).toBe(1);
  });

  test("not set, with check-ins switched off, is said", async () => {
    await using device = await startDevice({ clockSet: false });
    const provider = await device.open({ checkin: false });
    const error = await rejection(provider.keys.create(KEY));
    expect(error).toMatchObject({ code: "ProviderUnavailable", retry: "never" });
    expect(error.message).toContain("check-in");
  });

  test("not set, and no check-in service: the reason is in the text", async () => {
    await using device = await startDevice({ clockSet: false });
    const provider = await device.open({ checkin: { relay: () => Promise.reject(new Error("secret of a proxy")) } });
    const error = await rejection(provider.keys.create(KEY));
    expect(error.code).toBe("ProviderUnavailable");
    expect(error.message).not.toContain("secret of a proxy");
  });

  test("wrong, a refused login is repeated after one check-in", async () => {
    await using device = await startDevice();
    device.emulator.controls.shiftClock(2 * DAY);
    device.emulator.faults.add({ fault: { kind: "status", status: 401 }, method: "POST", path: "/api/auth/token" });
    const provider = await device.open();
    await provider.keys.create(KEY);
    expect(logins(device)).toBe(2);
    expect(device.emulator.serviceRequests.counters.requests).toBe(1);
  });

  test("a check-in goes through a relay unchanged", async () => {
    await using device = await startDevice({ clockSet: false });
    const seen: string[] = [];
    const { emulator } = device;
    const provider = await device.open({
      checkin: {
        relay: async (body) => {
          seen.push(body);
          return post(emulator.checkinUrl, emulator.caPem, body);
        },
      },
    });
    await provider.keys.create(KEY);
    expect(seen).toHaveLength(1);
    expect(JSON.parse(seen[0] ?? "")).toHaveProperty("check");
  });
});

async function post(url: string, ca: string, body: string): Promise<string> {
  const { request } = await import("node:https");
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method: "POST", ca, headers: { "content-length": Buffer.byteLength(body) } },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("end", () => resolve(Buffer.concat(chunks).toString()));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

describe("another device at the address", () => {
  test("is refused from then on, without another request", async () => {
    await using device = await startDevice();
    const provider = await device.open();
    const { uri } = await provider.keys.create(KEY);
    await device.emulator.controls.reboot();
    device.emulator.faults.add({ fault: { kind: "wrongEid" }, path: "/api/auth/token", method: "GET" });
    const first = await rejection(provider.signer.sign({ key: uri, algorithm: "Ed25519", message: utf8("text") }));
    expect(first.code).toBe("IdentityMismatch");
    device.emulator.requests.reset();
    for (const call of [
      provider.keys.create(KEY),
      provider.catalog.get(uri),
      provider.signer.sign({ key: uri, algorithm: "Ed25519", message: utf8("text") }),
    ]) {
      expect((await rejection(call)).code).toBe("IdentityMismatch");
    }
    expect((await provider.health()).healthy).toBe(false);
    expect(device.emulator.requests.counters.requests).toBe(0);
  });

  test("is refused at once when the identity is configured", async () => {
    await using device = await startDevice();
    const provider = await device.open({ eid: Buffer.alloc(32, 9).toString("base64") });
    expect((await rejection(provider.keys.create(KEY))).code).toBe("IdentityMismatch");
    expect(logins(device)).toBe(0);
    const right = await device.open({ eid: device.emulator.eid });
    await right.keys.create(KEY);
  });
});

describe("external authenticator", () => {
  test("approved on the phone, one approval per scope", async () => {
    await using device = await startDevice();
    const { emulator } = device;
    emulator.pairAuthenticator();
    emulator.authenticator.policy = "approve";
    const provider = await device.open({ externalAuthenticator: { relay: relayOf(device), note: "a test" } });
    const { uri } = await provider.keys.create(KEY);
    await provider.keys.create(KEY);
    await provider.signer.sign({ key: uri, algorithm: "Ed25519", message: utf8("text") });
    expect(emulator.requests.count("POST", "/api/auth/ext/token")).toBe(2);
    expect(logins(device)).toBe(0);
  });

  test("refused on the phone", async () => {
    await using device = await startDevice();
    device.emulator.pairAuthenticator();
    device.emulator.authenticator.policy = "deny";
    const provider = await device.open({ externalAuthenticator: { relay: relayOf(device) } });
    expect(await rejection(provider.keys.create(KEY))).toMatchObject({ code: "ApprovalDenied", retry: "never" });
  });

  test("nobody is paired", async () => {
    await using device = await startDevice();
    const provider = await device.open({ externalAuthenticator: { relay: relayOf(device) } });
    const error = await rejection(provider.keys.create(KEY));
    expect(error.code).toBe("AuthenticationFailed");
    expect(error.message).toContain("paired");
  });

  test("nobody decides in time: the request is taken back", async () => {
    await using device = await startDevice();
    device.emulator.pairAuthenticator();
    const provider = await device.open({ externalAuthenticator: { relay: relayOf(device), approvalTimeout: 300 } });
    const error = await rejection(provider.keys.create(KEY));
    expect(error).toMatchObject({ code: "DeadlineExceeded", retry: "safe" });
    expect(device.emulator.authenticator.pending()).toEqual([]);
  });

  test("a clock ahead of the broker's is set, then asked again", async () => {
    await using device = await startDevice();
    device.emulator.pairAuthenticator();
    device.emulator.authenticator.policy = "approve";
    device.emulator.controls.shiftClock(DAY);
    const provider = await device.open({ externalAuthenticator: { relay: relayOf(device) } });
    await provider.keys.create(KEY);
    expect(device.emulator.serviceRequests.count("POST", "/checkin")).toBe(1);
  });
});

test("a relay of one's own that fails is said to have failed", async () => {
  await using device = await startDevice();
  const relay = { openSession: () => Promise.reject(new Error("no route")), ask: () => Promise.reject(new Error("")) };
  const provider = await device.open({ externalAuthenticator: { relay } });
  const error = await rejection(provider.keys.create(KEY));
  expect(error).toMatchObject({ code: "AuthenticationFailed", context: { reason: "authenticator relay" } });
});

function relayOf({ emulator }: TestDevice): ReturnType<typeof createBrokerRelay> {
  return createBrokerRelay({ url: emulator.brokerUrl, tls: { ca: emulator.caPem }, pollInterval: 20 });
}

test("a hundred keys used for the first time at once: as many logins, none of them too late", async () => {
  await using device = await startDevice();
  const ids = device.emulator.addKeys(
    Array.from({ length: 100 }, (_, index) => ({ type: "ED25519", label: `key ${index}` })),
  );
  const { signer } = await device.open();
  const message = utf8("text");
  const signed = await Promise.all(ids.map((key) => signer.sign({ key, algorithm: "Ed25519", message })));
  expect(signed).toHaveLength(100);
  expect(device.emulator.requests.count("POST", "/api/auth/token")).toBe(100);
});
