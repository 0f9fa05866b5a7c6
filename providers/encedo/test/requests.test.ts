/** Requests are the cost of a device that serves one at a time: counted at its socket. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openPrivateKey, generatePrivateKey, exportPrivateKey } from "@keyrail/crypto";
import { PublicKey } from "@keyrail/core";
import { collect, type EncedoProvider, startDevice, type TestDevice, utf8 } from "./device.ts";

let device: TestDevice;
let provider: EncedoProvider;
beforeAll(async () => {
  device = await startDevice();
  provider = await device.open();
});
afterAll(() => device[Symbol.asyncDispose]());
beforeEach(() => device.emulator.requests.reset());

function endpoints(): readonly string[] {
  return device.emulator.requests.entries.map(({ method, path }) => `${method} ${path.replace(/[0-9a-f]{32}/, "KID")}`);
}

const LOGIN = ["GET /api/auth/token", "POST /api/auth/token"];

describe("requests", () => {
  test("a first signature is challenge, proof and signature; the next hundred are a hundred", async () => {
    const { uri } = await provider.keys.create({ keyType: "P-256", usages: ["sign"], label: "hundred" });
    device.emulator.requests.reset();
    const request = { key: uri, algorithm: "ES256", message: utf8("text") } as const;
    await provider.signer.sign(request);
    expect(endpoints()).toEqual([...LOGIN, "POST /api/crypto/exdsa/sign"]);
    device.emulator.requests.reset();
    for (let round = 0; round < 100; round++) await provider.signer.sign(request);
    expect(device.emulator.requests.counters).toMatchObject({
      requests: 100,
      connections: 100,
      resumptions: 100,
      inFlightHighWater: 1,
    });
  });

  test("a first signature with a key that only its URI is known of is checked without a further request", async () => {
    for (const [keyType, algorithm] of [
      ["P-256", "ES256"],
      ["P-384", "ES384"],
      ["P-521", "ES512"],
      ["secp256k1", "ES256K"],
    ] as const) {
      const { uri } = await provider.keys.create({ keyType, usages: ["sign"], label: `fresh ${keyType}` });
      const other = await device.open();
      device.emulator.requests.reset();
      await other.signer.sign({ key: uri, algorithm, message: utf8("text") });
      expect(endpoints()).toEqual([...LOGIN, "POST /api/crypto/exdsa/sign"]);
      device.emulator.requests.reset();
      // Recovering the key from the signature has told it.
      expect((await other.keys.getPublic(uri)).keyType).toBe(keyType);
      expect(endpoints()).toEqual([]);
    }
  });

  test("warm create, import, derive, get and a page of the list are one each", async () => {
    const own = await provider.keys.create({ keyType: "X25519", usages: ["derive"], label: "own" });
    const peer = publicKeyOf("X25519");
    const importing = { kind: "public", usages: ["verify"], label: "import" } as const;
    await provider.keys.import({ ...importing, publicKey: publicKeyOf("Ed25519") });
    const deriving = { kind: "ecdh", key: own.uri, keyType: "AES-256", usages: ["encrypt"], label: "derived" } as const;
    await provider.keys.derive({ ...deriving, peer: { publicKey: peer } });
    await provider.catalog.get(own.uri);
    await collect(provider.catalog.list());

    device.emulator.requests.reset();
    await provider.keys.create({ keyType: "AES-256", usages: ["encrypt"], label: "warm" });
    expect(endpoints()).toEqual(["POST /api/keymgmt/create"]);

    device.emulator.requests.reset();
    await provider.keys.import({ ...importing, publicKey: publicKeyOf("Ed25519") });
    expect(endpoints()).toEqual(["POST /api/keymgmt/import"]);

    device.emulator.requests.reset();
    await provider.keys.derive({ ...deriving, peer: { publicKey: publicKeyOf("X25519") } });
    expect(endpoints()).toEqual(["POST /api/keymgmt/derive"]);

    device.emulator.requests.reset();
    expect((await provider.catalog.get(own.uri)).label).toBe("own");
    expect(endpoints()).toEqual(["GET /api/keymgmt/get/KID"]);

    device.emulator.requests.reset();
    for await (const key of provider.catalog.list()) {
      expect(key.label).not.toBe("");
      break;
    }
    expect(endpoints()).toEqual(["GET /api/keymgmt/list/0/15"]);
  });

  test("an idempotent create looks first: one more", async () => {
    await provider.keys.create({ keyType: "AES-128", usages: ["wrap"], label: "idem" }, { idempotencyKey: "warm up" });
    device.emulator.requests.reset();
    await provider.keys.create({ keyType: "AES-128", usages: ["wrap"], label: "idem" }, { idempotencyKey: "one" });
    expect(endpoints()).toEqual(["POST /api/keymgmt/search", "POST /api/keymgmt/create"]);
  });

  test("an idempotent create that is known to be the first looks for no earlier one", async () => {
    const request = { keyType: "AES-128", usages: ["wrap"], label: "first" } as const;
    const options = { idempotencyKey: "first", earlierAttempt: "none" } as const;
    device.emulator.requests.reset();
    const { uri } = await provider.keys.create(request, options);
    expect(endpoints()).toEqual(["POST /api/keymgmt/create"]);
    const again = await provider.keys.create(request, { ...options, earlierAttempt: "possible" });
    expect(again.uri).toBe(uri);
  });

  test("verifying fetches the public key once", async () => {
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign", "verify"], label: "verify" });
    const message = utf8("text");
    const { signature } = await provider.signer.sign({ key: uri, algorithm: "Ed25519", message });
    device.emulator.requests.reset();
    const request = { key: uri, algorithm: "Ed25519", message, signature } as const;
    expect(await provider.verifier.verify(request)).toBe(true);
    expect(endpoints()).toEqual(["GET /api/keymgmt/get/KID"]);
    expect(await provider.verifier.verify({ ...request, message: utf8("other") })).toBe(false);
    expect(device.emulator.requests.counters.requests).toBe(1);
  });
});

describe("parallel callers", () => {
  test("50 of them, over several providers of the device, never put two requests in flight", async () => {
    await using slow = await startDevice({ timeScale: 0.01 });
    const first = await slow.open();
    const { uri } = await first.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "parallel" });
    const second = await slow.open();
    const byName = await slow.open({
      uri: slow.uri.replace("127.0.0.1", "localhost"),
      tls: { certificateHash: await certificateHash(slow) },
    });
    // Slow enough for two requests to meet, if they could.
    slow.emulator.faults.add({ fault: { kind: "delay", milliseconds: 500 }, times: "always" });
    slow.emulator.requests.reset();
    const providers = [first, second, byName];
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const one = providers[index % providers.length] ?? first;
        const key = uri.slice(uri.lastIndexOf("/") + 1);
        const { signature } = await one.signer.sign({ key, algorithm: "Ed25519", message: utf8(`text ${index}`) });
        expect(signature).toHaveLength(64);
      }),
    );
    const { counters } = slow.emulator.requests;
    expect(counters.inFlightHighWater).toBe(1);
    expect(counters.byEndpoint["POST /api/crypto/exdsa/sign"]).toBe(50);
    // One login per provider and scope, however many wait for it.
    expect(counters.byEndpoint["POST /api/auth/token"]).toBe(3);
  });
});

function publicKeyOf(keyType: "X25519" | "Ed25519"): PublicKey {
  const key = openPrivateKey(exportPrivateKey(generatePrivateKey(keyType)));
  return PublicKey.fromRaw(keyType, key.publicKey);
}

/** SHA-256 of the certificate the device shows, as an operator would read it off. */
async function certificateHash(of: TestDevice): Promise<Uint8Array> {
  const { connect } = await import("node:tls");
  const { createHash } = await import("node:crypto");
  const { hostname, port } = new URL(of.emulator.url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), ca: of.emulator.caPem }, () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate === undefined) reject(new Error("no certificate"));
      else resolve(createHash("sha256").update(certificate.raw).digest());
    });
    socket.on("error", reject);
  });
}
