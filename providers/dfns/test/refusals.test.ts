/** What Dfns refuses, and what is done about it: tokens, credentials, user actions, rates, permissions, odd answers. */

import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { isKeyrailError, type Provider } from "@keyrail/core";
import type { CredentialKind, DfnsEmulator, Fault } from "@keyrail/emulator-dfns";
import { openSoftwareProvider } from "@keyrail/software";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { DfnsProviderOptions } from "../src/index.ts";
import { all, openOn, present, startEmulator } from "./support/opened.ts";

let emulator: DfnsEmulator;
let provider: Provider;

beforeAll(async () => {
  emulator = await startEmulator();
  provider = await openOn(emulator);
});
afterAll(async () => {
  await provider.close();
  await emulator.close();
});
afterEach(() => emulator.faults.clear());

/** Options as untyped JavaScript callers give them. */
function unchecked(options: object): Partial<DfnsProviderOptions> {
  return JSON.parse(JSON.stringify(options));
}

const create = (on: Provider, label = "refusals") => on.keys.create({ keyType: "Ed25519", usages: ["sign"], label });

/** Creates one key under a fault, and says how many there are more. */
async function createUnder(fault: Fault, on: Provider = provider): Promise<number> {
  const before = emulator.totals().keys;
  emulator.faults.add(fault);
  await create(on);
  return emulator.totals().keys - before;
}

describe("user actions", () => {
  it.each([
    [
      "the action expires between signing and use",
      { match: { operation: "CreateKey" }, action: { kind: "expire-user-action" } },
    ],
    [
      "the challenge expires before it is signed",
      { match: { path: "/auth/action" }, action: { kind: "expire-user-action" } },
    ],
    [
      "the connection is reset at init",
      { match: { path: "/auth/action/init" }, action: { kind: "reset", when: "after" } },
    ],
    [
      "the connection is closed at completion",
      { match: { path: "/auth/action" }, action: { kind: "drop", when: "after" } },
    ],
  ] as const satisfies readonly (readonly [string, Fault])[])("%s: begun anew, one key", async (_name, fault) => {
    expect(await createUnder(fault)).toBe(1);
  });

  it("an action that is refused for ever is not tried for ever", async () => {
    emulator.counters.reset();
    emulator.faults.add({ match: { operation: "CreateKey" }, times: "always", action: { kind: "expire-user-action" } });
    await expect(create(provider)).rejects.toMatchObject({ code: "AuthenticationFailed" });
    expect(emulator.counters.values().byOperation["CreateKey"]).toBe(3);
  });
});

describe("tokens", () => {
  it("that expire in the middle are replaced by the callback", async () => {
    for (const path of ["/auth/action/init", "/auth/action", "/keys"]) {
      const rejected: unknown[] = [];
      let token = emulator.organisation.issueToken(emulator.userId);
      await using own = await openOn(emulator, {
        authToken: (request) => {
          if (request.rejected !== undefined) {
            rejected.push(request.rejected);
            token = emulator.organisation.issueToken(emulator.userId);
          }
          return token;
        },
      });
      const first = token;
      expect(await createUnder({ match: { method: "POST", path }, action: { kind: "expire-token" } }, own)).toBe(1);
      expect(rejected).toEqual([first]);
    }
  });

  it("without a callback: authentication failed, said once", async () => {
    const authToken = emulator.organisation.issueToken(emulator.userId);
    await using own = await openOn(emulator, { authToken });
    await create(own);
    emulator.faults.add({ match: { method: "POST", path: "/auth/action" }, action: { kind: "expire-token" } });
    emulator.counters.reset();
    const error: unknown = await create(own).catch((thrown: unknown) => thrown);
    expect(isKeyrailError(error, "AuthenticationFailed")).toBe(true);
    expect(JSON.stringify(error)).not.toContain(authToken.slice(0, 40));
    expect(emulator.counters.values().requests).toBe(2);
  });

  it("of another organisation are refused before anything is sent", async () => {
    emulator.counters.reset();
    await expect(openOn(emulator, { orgId: "or-other-other-otherotherother" })).rejects.toMatchObject({
      code: "IdentityMismatch",
      context: { actual: emulator.orgId },
    });
    await using own = await openOn(emulator, { orgId: "or-x", authToken: () => emulator.authToken });
    await expect(all(present(own.catalog).list())).rejects.toMatchObject({ code: "IdentityMismatch" });
    await using none = await openOn(emulator, { authToken: () => "opaque" });
    await expect(all(present(none.catalog).list())).rejects.toMatchObject({ code: "IdentityMismatch" });
    expect(emulator.counters.values().requests).toBe(0);
  });
});

describe("credentials", () => {
  it.each(["Ed25519", "P-256", "secp256k1", "RSA"] satisfies CredentialKind[])(
    "a PEM key of kind %s",
    async (credential) => {
      const { authToken, credId, privateKeyPem } = emulator.organisation.addUser({
        credential,
        isServiceAccount: true,
      });
      await using own = await openOn(emulator, {
        authToken,
        credential: () => ({ credId: present(credId), privateKeyPem: present(privateKeyPem) }),
      });
      expect((await create(own)).label).toBe("refusals");
    },
  );

  it.each([
    ["Ed25519", "Ed25519"],
    ["P-256", "ES256"],
    ["secp256k1", "ES256K"],
  ] as const)("a %s key that another Keyrail provider holds", async (keyType, algorithm) => {
    await using software = await openSoftwareProvider({ store: { kind: "memory" } });
    const key = await software.keys.create({ keyType, usages: ["sign"], label: "credential" });
    const publicKeyPem = (await software.keys.getPublic(key.uri)).toPem();
    const user = emulator.organisation.addUser({ credential: { publicKeyPem }, isServiceAccount: true });
    await using own = await openOn(emulator, {
      authToken: user.authToken,
      credential: { credId: present(user.credId), signer: present(software.signer), key: key.uri, algorithm },
    });
    expect((await create(own)).label).toBe("refusals");
  });

  it("of another user, or with the wrong key, are refused; the callback is asked once more", async () => {
    const wrong = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    const before = emulator.totals().keys;
    await using unknown = await openOn(emulator, { credential: { credId: "Y2ktMQ", privateKeyPem: wrong } });
    await expect(create(unknown)).rejects.toMatchObject({ code: "AuthenticationFailed" });
    await using mistaken = await openOn(emulator, { credential: { credId: emulator.credId, privateKeyPem: wrong } });
    await expect(create(mistaken)).rejects.toMatchObject({ code: "AuthenticationFailed" });
    expect(emulator.totals().keys).toBe(before);
    const right = readFileSync(emulator.credentialKeyFile, "utf8");
    const keys = [wrong, right];
    await using rotated = await openOn(emulator, {
      credential: () => ({ credId: emulator.credId, privateKeyPem: keys.shift() ?? right }),
    });
    expect((await create(rotated)).label).toBe("refusals");
  });

  it.each([
    [
      "no PEM",
      { credId: "Y2k", privateKeyPem: "-----BEGIN PRIVATE KEY-----\nc2VjcmV0c2VjcmV0\n-----END PRIVATE KEY-----" },
    ],
    ["nothing", { credId: "Y2k" }],
    ["a wrong id", { credId: "../..", privateKeyPem: "x" }],
  ])("that is %s is a wrong configuration, without a part of it", async (_name, credential) => {
    const error: unknown = await openOn(emulator, unchecked({ credential })).catch((thrown: unknown) => thrown);
    if (!isKeyrailError(error, "InvalidConfiguration")) throw new Error("not refused", { cause: error });
    expect(`${error.message}${JSON.stringify(error)}`).not.toContain("c2VjcmV0");
  });
});

describe("rates", () => {
  it("a storm of 429 is waited out: every call is done once", async () => {
    const before = emulator.totals().keys;
    emulator.faults.add({ times: 60, action: { kind: "status", status: 429, retryAfterSeconds: 0 } });
    await Promise.all(Array.from({ length: 16 }, () => create(provider)));
    expect(emulator.totals().keys - before).toBe(16);
  });

  it("a wait that is too long is told instead", async () => {
    emulator.faults.add({ times: "always", action: { kind: "status", status: 429, retryAfterSeconds: 120 } });
    await expect(create(provider)).rejects.toMatchObject({ code: "RateLimited", retry: { after: 120_000 } });
    await using patient = await openOn(emulator, { maximumRateLimitWait: 600_000 });
    await expect(
      patient.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "" }, { timeout: 5000 }),
    ).rejects.toMatchObject({ code: "RateLimited" });
  });
});

describe("refusals of the service", () => {
  it("a missing permission is named", async () => {
    const { authToken, credId, privateKeyPem } = emulator.organisation.addUser({
      permissions: ["Keys:Read"],
      isServiceAccount: true,
    });
    await using own = await openOn(emulator, {
      authToken,
      credential: { credId: present(credId), privateKeyPem: present(privateKeyPem) },
    });
    await expect(create(own)).rejects.toMatchObject({
      code: "PermissionDenied",
      context: { permission: "Keys:Create" },
    });
    expect(await own.health()).toEqual({ healthy: true });
  });

  it("import without the contract says what Dfns says", async () => {
    await using plain = await startEmulator({ importEnabled: false });
    await using own = await openOn(plain);
    const privateKey = { keyType: "Ed25519", format: "seed", bytes: randomBytes(32) } as const;
    await expect(own.keys.import({ kind: "private", privateKey, usages: ["sign"], label: "" })).rejects.toMatchObject({
      code: "OperationRefused",
      message: expect.stringContaining("402"),
    });
  });

  it("a key that is there already is not imported twice", async () => {
    const privateKey = { keyType: "secp256k1", format: "scalar", bytes: randomBytes(32).fill(1, 0, 1) } as const;
    const request = { kind: "private", privateKey, usages: ["sign"], label: "twice" } as const;
    await provider.keys.import(request);
    await expect(provider.keys.import(request)).rejects.toMatchObject({ code: "KeyExists" });
  });

  it("a key id that can't be one costs no request", async () => {
    emulator.counters.reset();
    for (const id of ["nonsense", "key-../x", "../signers", "key-a%2Fb"]) {
      await expect(provider.keys.getPublic(id)).rejects.toMatchObject({ code: "KeyNotFound" });
    }
    expect(emulator.counters.values().requests).toBe(0);
    await expect(provider.keys.getPublic("key-aaaaa-bbbbb-cccccccccccccc")).rejects.toMatchObject({
      code: "KeyNotFound",
    });
  });

  const odd = (status: number, body: string, when: "before" | "after" = "before"): Fault => ({
    match: { method: "POST", path: "/keys" },
    action: { kind: "respond", when, status, bodyBase64: Buffer.from(body).toString("base64") },
  });

  it.each([
    ["the other error shape", odd(400, '{"message":"flat shape"}'), "OperationRefused", "flat shape"],
    ["no JSON", odd(403, "<html>forbidden</html>"), "PermissionDenied", "403"],
    [
      "a token in the message",
      odd(400, '{"error":{"message":"bad eyJhbGciOi.eyJzdWIi.c2ln"}}'),
      "OperationRefused",
      "<token>",
    ],
    ["control characters in the message", odd(409, '{"error":{"message":"a\\u001b[31mb"}}'), "KeyExists", "a [31mb"],
    [
      "a change request (202)",
      odd(202, '{"id":"cr-1","approvalId":"ap-1","status":"Pending"}'),
      "OperationRefused",
      "ap-1",
    ],
    ["a redirect", odd(302, ""), "UnexpectedResponse", "redirect"],
    ["a key without an id", odd(200, '{"scheme":"EdDSA"}'), "UnexpectedResponse", '"id"'],
    [
      "a kind of key from the future",
      odd(200, '{"id":"key-1","scheme":"BLS","curve":"bls12381","publicKey":"00","status":"Active"}'),
      "UnexpectedResponse",
      "bls12381",
    ],
    ["another server error", odd(503, "{}"), "UnknownOutcome", "503"],
  ])("%s", async (_name, fault, code, text) => {
    emulator.faults.add(fault);
    await expect(create(provider)).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  });

  it("a list leaves unknown kinds out, and says so once", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): number => warnings.push(warning);
    process.on("warning", onWarning);
    const items = ["key-1", "key-2"].map((id) => ({
      id,
      scheme: "BLS",
      curve: "bls12381",
      publicKey: "00",
      status: "Active",
    }));
    const known = {
      id: "key-3",
      scheme: "EdDSA",
      curve: "ed25519",
      publicKey: "00".repeat(32),
      status: "Frozen",
      newMember: 1,
    };
    emulator.faults.add({
      match: { operation: "ListKeys" },
      action: {
        kind: "respond",
        when: "before",
        status: 200,
        bodyBase64: btoa(JSON.stringify({ items: [...items, known] })),
      },
    });
    const records = await all(present(provider.catalog).list());
    await new Promise(setImmediate);
    process.off("warning", onWarning);
    expect(records.map(({ id }) => id)).toEqual(["key-3"]);
    expect(records[0]?.vendor).toMatchObject({ status: "Frozen", newMember: 1 });
    expect(warnings.filter(({ message }) => message.includes("bls12381"))).toHaveLength(1);
  });

  it("a list that never ends is ended", async () => {
    const page = { items: [], nextPageToken: "same" };
    emulator.faults.add({
      match: { operation: "ListKeys" },
      times: "always",
      action: { kind: "respond", when: "before", status: 200, bodyBase64: btoa(JSON.stringify(page)) },
    });
    await expect(all(present(provider.catalog).list())).rejects.toMatchObject({ code: "UnexpectedResponse" });
  });

  it("a signature that is not the key's never comes out", async () => {
    const { uri } = await create(provider);
    const forged = {
      id: "sig-1",
      keyId: "key-1",
      status: "Signed",
      signature: { r: `0x${"11".repeat(32)}`, s: `0x${"01".repeat(32)}` },
    };
    emulator.faults.add({
      match: { operation: "GenerateSignature" },
      action: { kind: "respond", when: "after", status: 200, bodyBase64: btoa(JSON.stringify(forged)) },
    });
    await expect(
      present(provider.signer).sign({ key: uri, algorithm: "Ed25519", message: randomBytes(5) }),
    ).rejects.toMatchObject({ code: "SignatureMismatch" });
  });
});

describe("configuration", () => {
  it.each([
    ["url", { url: "http://api.dfns.io" }],
    ["rateLimit", { rateLimit: { requestsPerMinute: 10, burst: 10 } }],
    ["maximumInFlight", { maximumInFlight: 0 }],
    ["authToken", { authToken: "two\nlines" }],
    ["authToken", { authToken: "Bearer abc" }],
    ["authToken", { authToken: "" }],
    ["url", { url: "http://127.0.0.1" }],
    ["url", { url: "https://127.0.0.1/v1" }],
    ["tls", { tls: { rejectUnauthorized: false } }],
    ["tls.ca", { tls: { ca: "no certificate" } }],
    ["tls.ca", { tls: { ca: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" } }],
    ["pageSiez", { pageSiez: 3 }],
  ])("a wrong %s is said in one sentence, before anything is opened", async (path, wrong) => {
    const error = await openOn(emulator, unchecked(wrong)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "InvalidConfiguration", context: { path } });
    expect(error).toHaveProperty("message", expect.stringMatching(/^[^\n]*(?: must be | no option )[^\n]*\.$/));
  });

  it("a password in the address is not repeated", async () => {
    for (const url of ["https://user:sekret@127.0.0.1", "https://:sekret@127.0.0.1"]) {
      const error: unknown = await openOn(emulator, { url }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "InvalidConfiguration", context: { path: "url" } });
      expect(inspect(error)).not.toContain("sekret");
    }
  });
});
