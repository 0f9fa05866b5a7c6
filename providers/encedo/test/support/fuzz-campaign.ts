/** The adapter against a device that answers anything. */

import type { FaultRule } from "@keyrail/emulator-encedo";
import { isKeyrailError, PublicKey } from "@keyrail/core";
import { generatePrivateKey, openPublicKey, verify } from "@keyrail/crypto";
import { inspect } from "node:util";
import { collect, type EncedoProvider, startDevice, type TestDevice, utf8 } from "../device.ts";
import { Dice, mutate } from "./mutations.ts";

/** What came of a run. */
export interface FuzzOutcome {
  /** Calls that ended with a result. */
  readonly results: number;
  /** Calls that ended with an error, by its code. */
  readonly codes: Readonly<Record<string, number>>;
}

/** Milliseconds a call may take before it counts as hung. */
const HANG = 10_000;

interface Target {
  /** Path of the requests whose answer is mutated. */
  readonly path: string;
  readonly answer: unknown;
  call(): Promise<unknown>;
}

/**
 * Makes calls whose answers, or those of the logins they need, are mutated.
 *
 * @throws Error at the first call that ends otherwise than with a result or a `KeyrailError` without a secret in it.
 */
export async function runFuzzCampaign(count: number, seed: number): Promise<FuzzOutcome> {
  await using device = await startDevice();
  const dice = new Dice(seed);
  let subject = await Subject.open(device);
  let results = 0;
  const codes: Record<string, number> = {};
  for (let round = 0; round < count; round++) {
    const target = dice.pick(subject.targets);
    if (dice.number(8) === 0) await device.emulator.controls.reboot();
    device.emulator.faults.clear();
    device.emulator.faults.add(faultOf(target, dice));
    const code = await outcomeOf(target, device, `round ${round} of seed ${seed}`);
    device.emulator.faults.clear();
    if (code === undefined) results++;
    else codes[code] = (codes[code] ?? 0) + 1;
    // Another device answered, or so it said: this provider is through with it.
    if (code === "IdentityMismatch") subject = await Subject.open(device);
  }
  return { results, codes };
}

function faultOf(target: Target, dice: Dice): FaultRule {
  if (dice.number(10) === 0) return { fault: { kind: "status", status: 100 + dice.number(900) }, path: target.path };
  if (dice.number(4) > 0) {
    return { fault: { kind: "replaceBody", content: mutate(target.answer, dice) }, path: target.path };
  }
  const challenge = { exp: 1_760_000_060, spk: "A".repeat(43).concat("="), jti: "A".repeat(44), eid: "A".repeat(44) };
  const token = { token: "e30.eyJleHAiOjE3NjAwMDM2MDB9.AAAA" };
  return dice.number(2) === 0
    ? { fault: { kind: "replaceBody", content: mutate(challenge, dice) }, method: "GET", path: "/api/auth/token" }
    : { fault: { kind: "replaceBody", content: mutate(token, dice) }, method: "POST", path: "/api/auth/token" };
}

async function outcomeOf(target: Target, device: TestDevice, where: string): Promise<string | undefined> {
  const started = performance.now();
  let code: string | undefined;
  try {
    await target.call();
  } catch (error) {
    if (!isKeyrailError(error) || error.code === "Internal") {
      throw new Error(`${where}: ${target.path} ended with ${inspect(error, { depth: 5 })}`, { cause: error });
    }
    const told = inspect(error, { depth: 10, showHidden: true, maxStringLength: Infinity });
    if (told.includes(device.emulator.userPassphrase) || told.includes("eyJ")) {
      throw new Error(`${where}: the error of ${target.path} tells a secret`, { cause: error });
    }
    code = error.code;
  }
  if (performance.now() - started > HANG) throw new Error(`${where}: ${target.path} hung`);
  return code;
}

/** A provider with keys, and calls for every endpoint. */
class Subject {
  readonly targets: readonly Target[];

  private constructor(targets: readonly Target[]) {
    this.targets = targets;
  }

  static async open(device: TestDevice): Promise<Subject> {
    const provider = await device.open({ timeouts: { request: 5000, busy: 0 } });
    return new Subject(await targetsOf(provider));
  }
}

let labels = 0;

async function targetsOf(provider: EncedoProvider): Promise<Target[]> {
  const label = (): string => `fuzz ${(labels += 1)}`;
  const create = (
    keyType: "P-256" | "Ed25519" | "X25519" | "AES-256" | "HMAC-SHA-256" | "ML-KEM-768",
    usages: readonly [
      "sign" | "agree" | "encrypt" | "mac" | "encapsulate" | "wrap" | "derive",
      ...("wrap" | "derive")[],
    ],
  ) => provider.keys.create({ keyType, usages, label: label() });
  const [p256, ed25519, x25519, aes, hmac, kem] = await Promise.all([
    create("P-256", ["sign"]),
    create("Ed25519", ["sign"]),
    create("X25519", ["agree", "derive"]),
    create("AES-256", ["encrypt", "wrap"]),
    create("HMAC-SHA-256", ["mac"]),
    create("ML-KEM-768", ["encapsulate"]),
  ]);
  const message = utf8("a message");
  const base64 = (bytes: number): string => Buffer.alloc(bytes, 7).toString("base64");
  const kid = { kid: "0123456789abcdef0123456789abcdef" };
  const entry = { ...kid, created: 1, updated: 2, type: "ATT,PKEY,ECDH,SECP256R1", label: "a", descr: base64(9) };
  const page = { offset: 0, deleted: 0, total: 2, listed: 2, list: [entry, { ...entry, kid: "f".repeat(32) }] };
  const peer = (): PublicKey => PublicKey.fromRaw("X25519", generatePrivateKey("X25519").publicKey);
  const encrypted = await provider.cipher.encrypt({ key: aes.uri, algorithm: "A256GCM", plaintext: message });
  const signed = async (key: string, algorithm: "ES256" | "Ed25519"): Promise<void> => {
    const { signature } = await provider.signer.sign({ key, algorithm, message });
    const publicKey = await provider.keys.getPublic(key);
    const valid = verify(openPublicKey(publicKey.keyType, publicKey.toRaw()), { algorithm, message, signature });
    if (algorithm === "ES256" && !valid) throw new Error("A signature came through that is not valid.");
  };
  return [
    { path: "/api/keymgmt/create", answer: kid, call: () => create("AES-256", ["encrypt"]) },
    {
      path: "/api/keymgmt/create",
      answer: kid,
      call: () =>
        provider.keys.create({ keyType: "AES-256", usages: ["wrap"], label: label() }, { idempotencyKey: label() }),
    },
    {
      path: "/api/keymgmt/search",
      answer: page,
      call: () =>
        provider.keys.create({ keyType: "AES-256", usages: ["wrap"], label: label() }, { idempotencyKey: label() }),
    },
    {
      path: "/api/keymgmt/search",
      answer: page,
      call: () => collect(provider.catalog.search({ descriptionPrefix: "x" })),
    },
    { path: "/api/keymgmt/list/0/15", answer: page, call: () => firstPage(provider) },
    {
      path: "/api/keymgmt/get/*",
      answer: { type: "SECP256R1", pubkey: base64(33), updated: 3 },
      call: () => provider.catalog.get(p256.uri),
    },
    {
      path: "/api/keymgmt/import",
      answer: kid,
      call: () => provider.keys.import({ kind: "public", publicKey: peer(), usages: ["agree"], label: label() }),
    },
    {
      path: "/api/keymgmt/derive",
      answer: kid,
      call: () =>
        provider.keys.derive({
          kind: "ecdh",
          key: x25519.uri,
          peer: { publicKey: peer() },
          keyType: "AES-256",
          usages: ["encrypt"],
          label: label(),
        }),
    },
    { path: "/api/keymgmt/update", answer: {}, call: () => provider.catalog.rename({ key: aes.uri, label: label() }) },
    { path: "/api/crypto/exdsa/sign", answer: { sign: base64(70) }, call: () => signed(p256.uri, "ES256") },
    { path: "/api/crypto/exdsa/sign", answer: { sign: base64(64) }, call: () => signed(ed25519.uri, "Ed25519") },
    {
      path: "/api/crypto/ecdh",
      answer: { ecdh: base64(32) },
      call: () => provider.agreement.agree({ key: x25519.uri, algorithm: "X25519", peer: { publicKey: peer() } }),
    },
    {
      path: "/api/crypto/hmac/hash",
      answer: { mac: base64(32) },
      call: () => provider.mac.mac({ key: hmac.uri, algorithm: "HS256", message }),
    },
    {
      path: "/api/crypto/hmac/verify",
      answer: {},
      call: () => provider.mac.verifyMac({ key: hmac.uri, algorithm: "HS256", message, tag: new Uint8Array(32) }),
    },
    {
      path: "/api/crypto/cipher/encrypt",
      answer: { ciphertext: base64(9), iv: base64(16), tag: base64(16) },
      call: () => provider.cipher.encrypt({ key: aes.uri, algorithm: "A256GCM", plaintext: message }),
    },
    {
      path: "/api/crypto/cipher/decrypt",
      answer: { plaintext: base64(9) },
      call: () => provider.cipher.decrypt({ key: aes.uri, algorithm: "A256GCM", ...encrypted }),
    },
    {
      path: "/api/crypto/cipher/wrap",
      answer: { wrapped: base64(24) },
      call: () => provider.keyWrap.wrap({ key: aes.uri, algorithm: "A256KW", plaintext: new Uint8Array(16) }),
    },
    {
      path: "/api/crypto/pqc/mlkem/encaps",
      answer: { alg: "MLKEM768", ss: base64(32), ct: base64(1088) },
      call: () => provider.kem.encapsulate({ key: kem.uri, algorithm: "ML-KEM-768" }),
    },
    {
      path: "/api/system/status",
      answer: { ctx: "", uptime: 1, temp: 40, fls_state: 0 },
      call: () => provider.health(),
    },
  ];
}

async function firstPage(provider: EncedoProvider): Promise<void> {
  let count = 0;
  for await (const key of provider.catalog.list()) if (key.id === "" || (count += 1) === 15) return;
}
