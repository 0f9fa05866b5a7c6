/** The declared requests of each call are the ones that arrive at the device. */

import { type CallOptions, type Operation, PublicKey } from "@keyrail/core";
import { generatePrivateKey, prepareEngines } from "@keyrail/crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type EncedoProvider, startDevice, type TestDevice, utf8 } from "./device.ts";

let device: TestDevice;
let provider: EncedoProvider;

beforeAll(async () => {
  device = await startDevice();
  provider = await device.open();
});
afterAll(() => device[Symbol.asyncDispose]());

async function peer(): Promise<PublicKey> {
  await prepareEngines("X25519");
  return PublicKey.fromRaw("X25519", generatePrivateKey("X25519").publicKey);
}

async function requestsOf(call: () => Promise<unknown>): Promise<number> {
  const before = device.emulator.requests.counters.requests;
  await call();
  return device.emulator.requests.counters.requests - before;
}

it("costs what the declaration says", async () => {
  const { keys, catalog, signer, mac, capabilities } = provider;
  const costs = capabilities.pace?.requests;
  const declared = (operation: Operation | "get" | "get-public" | "remove"): number | undefined =>
    costs?.operations?.[operation] ?? costs?.each;
  let intent = 0;
  const once = (): CallOptions => ({ idempotencyKey: `intent ${++intent}`, earlierAttempt: "none" });
  const attributes = { usages: ["agree", "derive"], label: "key" } as const;
  const create = () => keys.create({ keyType: "X25519", ...attributes }, once());
  const imported = await peer();
  const importPublic = async () => keys.import({ kind: "public", publicKey: imported, ...attributes }, once());
  // The logins that serve every key.
  const own = await create();
  await keys.import({ kind: "public", publicKey: await peer(), ...attributes }, once());
  await keys.getPublic(own.uri);
  await catalog.remove((await create()).uri);

  expect(await requestsOf(create)).toBe(declared("create"));
  expect(await requestsOf(importPublic)).toBe(declared("import:public"));
  const publicKey = await peer();
  const derive = () =>
    keys.derive(
      { kind: "ecdh", key: own.uri, peer: { publicKey }, keyType: "HMAC-SHA-256", usages: ["mac"], label: "derived" },
      once(),
    );
  expect(await requestsOf(derive)).toBe(declared("derive:ecdh"));
  const fresh = await keys.create({ keyType: "Ed25519", usages: ["sign"], label: "signs" });
  expect(await requestsOf(() => keys.getPublic(fresh.uri))).toBe(declared("get-public"));
  expect(await requestsOf(() => catalog.get(fresh.uri))).toBe(declared("get"));
  const sign = () => signer.sign({ key: fresh.uri, algorithm: "Ed25519", message: utf8("text") });
  expect(await requestsOf(sign)).toBe((declared("sign") ?? 0) + (costs?.firstUse ?? 0));
  expect(await requestsOf(sign)).toBe(declared("sign"));
  const secret = await keys.create({ keyType: "HMAC-SHA-256", usages: ["mac"], label: "secret" });
  const authenticate = () => mac.mac({ key: secret.uri, algorithm: "HS256", message: utf8("text") });
  expect(await requestsOf(authenticate)).toBe((declared("mac") ?? 0) + (costs?.firstUse ?? 0));
  expect(await requestsOf(authenticate)).toBe(declared("mac"));
  expect(await requestsOf(() => catalog.remove(secret.uri))).toBe(declared("remove"));
});
