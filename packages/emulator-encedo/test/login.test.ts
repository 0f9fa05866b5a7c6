import { createHmac, diffieHellman } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deriveLoginPublicKey, deriveLoginSeed } from "../src/session/login-seed.ts";
import { decodeCompactJws, signCompactJws, verifyCompactJws } from "../src/session/jws.ts";
import { DeviceClient, loginSeed, rawPublic, signToken, x25519Private, x25519Public } from "./device-client.ts";
import {
  base64,
  counting,
  MASTER_PASSPHRASE,
  masterSeed,
  startFixture,
  userSeed,
  VECTOR_EID,
  VECTOR_PASSPHRASE,
  type Fixture,
} from "./fixture.ts";

const SECOND = 1_760_000_000;

describe("local login with the worked vector", () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startFixture({
      clock: { now: () => SECOND * 1000 },
      random: (length) => (length === 28 ? counting(0x84, 28) : counting(0, length)),
    });
  });
  afterAll(() => fixture.emulator.close());

  it("gives the vector's challenge and accepts the vector's proof once", async () => {
    const challenge = await fixture.client.get("/api/auth/token");
    expect(challenge.json).toEqual({
      exp: SECOND + 60,
      spk: "eaYx7t4b+cmPEgMs3q3Q56B5OY/HhriMyEbsia+FpRo=",
      jti: "AHjnaISFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8=",
      lbl: "Emulated user",
      eid: VECTOR_EID,
    });
    const auth = [
      "eyJlY2RoIjoieDI1NTE5IiwiYWxnIjoiSFMyNTYiLCJ0eXAiOiJKV1QifQ",
      "eyJqdGkiOiJBSGpuYUlTRmhvZUlpWXFMakkyT2o1Q1JrcE9VbFphWG1KbWFtNXlkbnA4PSIsImF1ZCI6ImVhWXg3dDRiK2NtUEVnTXMzcTNRNTZCNU9ZL0hocmlNeUVic2lhK0ZwUm89IiwiZXhwIjoxNzYwMDAzNjAwLCJpYXQiOjE3NTk5OTk5OTUsImlzcyI6IkVoblJZdGkvM1JwQ2NDd3FRUHVqNzdpTU14cENmdmRNemtvV3BzV21ZMW89Iiwic2NvcGUiOiJrZXltZ210Omxpc3QifQ",
      "qfAnMH9DjO9UxsWh1yvw9XoFE3VyiL7xBw-mVeD2pEM",
    ].join(".");
    const answer = await fixture.client.post("/api/auth/token", { auth });
    expect(answer.status).toBe(200);
    const [, claims = ""] = String(answer.json.token).split(".");
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({
      scope: "keymgmt:list",
      sub: "U",
      exp: 1_760_003_600,
    });
    const list = await fixture.client.get("/api/keymgmt/list", { token: String(answer.json.token) });
    expect(list.status).toBe(200);
    expect((await fixture.client.post("/api/auth/token", { auth })).status).toBe(401);
  });

  it("creates a key and signs with it", async () => {
    const { client, user } = fixture;
    const created = await client.post(
      "/api/keymgmt/create",
      { label: "k", type: "ED25519" },
      { token: await user("keymgmt:gen") },
    );
    expect(created.status).toBe(200);
    const kid = String(created.json.kid);
    const token = await client.logIn(userSeed, `keymgmt:use:${kid}`);
    const msg = base64("hello");
    const signed = await client.post("/api/crypto/exdsa/sign", { kid, msg, alg: "Ed25519" }, { token });
    expect(signed.status).toBe(200);
    const verified = await client.post(
      "/api/crypto/exdsa/verify",
      { kid, msg, alg: "Ed25519", sign: signed.json.sign },
      { token },
    );
    expect([verified.status, verified.text]).toEqual([200, ""]);
  });
});

describe("the seed of a passphrase", () => {
  it("worked vector", async () => {
    const seed = await deriveLoginSeed(VECTOR_PASSPHRASE, VECTOR_EID);
    expect(Buffer.from(seed).toString("hex")).toBe("0bc1f3143a5c1faec5780f5b7b555904421d0e35987030641acc51179225fc78");
    expect(base64(await deriveLoginPublicKey(VECTOR_PASSPHRASE, VECTOR_EID))).toBe(
      "EhnRYti/3RpCcCwqQPuj77iMMxpCfvdMzkoWpsWmY1o=",
    );
  });

  it("second vector: seed, issuer and tag", async () => {
    const seed = await deriveLoginSeed("correct horse battery staple", "d4ad81b06b1d493ab2b6f9b1a3e2c7f0");
    const iss = rawPublic(x25519Private(seed)).toString("base64");
    expect(iss).toBe("CdLq53eX780FeZR4/hOee5rTtcl7ajJdYwVwcjL5cxY=");
    const spk = Buffer.alloc(32, 1);
    const secret = diffieHellman({ privateKey: x25519Private(seed), publicKey: x25519Public(spk) });
    const header = { ecdh: "x25519", alg: "HS256", typ: "JWT" };
    const claims = {
      jti: "0123456789abcdef",
      aud: spk.toString("base64"),
      exp: 1_700_003_600,
      iat: 1_700_000_000,
      iss,
      scope: "keymgmt:gen",
    };
    const proof = signCompactJws(header, claims, secret);
    expect(proof.split(".")[2]).toBe("oPm7pWzqB9VImg5OpTllCqbQAO-xkdgoRfdzyLj09qE");
    const decoded = decodeCompactJws(proof);
    expect(decoded !== undefined && verifyCompactJws(decoded, secret)).toBe(true);
  });
});

describe("refused proofs", () => {
  let now = SECOND * 1000;
  let device: Fixture;
  beforeAll(async () => {
    device = await startFixture({ clock: { now: () => now }, quirks: { clockGains: false } });
  });
  afterAll(() => device.emulator.close());
  const submit = async (auth: unknown): Promise<number> =>
    (await device.client.post("/api/auth/token", { auth })).status;
  const scope = "keymgmt:list";

  it.each([
    ["another passphrase", async () => submit(await device.client.proof(counting(3, 32), { scope })), 401],
    [
      "another audience",
      async () => submit(await device.client.proof(userSeed, { scope, aud: base64(counting(0, 32)) })),
      401,
    ],
    [
      "an unknown nonce",
      async () => submit(await device.client.proof(userSeed, { scope, jti: base64(counting(0, 32)) })),
      401,
    ],
    ["no alg", async () => submit(await device.client.proof(userSeed, { scope }, { ecdh: "x25519", typ: "JWT" })), 401],
    [
      "alg none",
      async () => submit(await device.client.proof(userSeed, { scope }, { ecdh: "x25519", alg: "none" })),
      401,
    ],
    ["no ecdh", async () => submit(await device.client.proof(userSeed, { scope }, { alg: "HS256" })), 401],
    ["expiry now", async () => submit(await device.client.proof(userSeed, { scope, exp: SECOND })), 401],
    ["expiry 0", async () => submit(await device.client.proof(userSeed, { scope, exp: 0 })), 401],
    ["no scope", async () => submit(await device.client.proof(userSeed)), 400],
    [
      "a scope of 128 characters",
      async () => submit(await device.client.proof(userSeed, { scope: "s".repeat(128) })),
      400,
    ],
    [
      "a scope of 127 characters",
      async () => submit(await device.client.proof(userSeed, { scope: "s".repeat(127) })),
      200,
    ],
    [
      "ctx of 64 characters",
      async () => submit(await device.client.proof(userSeed, { scope, ctx: "c".repeat(64) })),
      400,
    ],
    [
      "ctx of 63 characters",
      async () => submit(await device.client.proof(userSeed, { scope, ctx: "c".repeat(63) })),
      200,
    ],
    ["no token at all", async () => submit("nothing"), 400],
    ["a signature that is cut", async () => submit((await device.client.proof(userSeed, { scope })).slice(0, -4)), 401],
  ] as const)("%s", async (_name, send, status) => {
    expect(await send()).toBe(status);
  });

  it("a wrong proof uses its challenge up", async () => {
    const good = await device.client.proof(userSeed, { scope });
    expect(await submit(`${good.slice(0, -6)}AAAAAA`)).toBe(401);
    expect(await submit(good)).toBe(401);
  });

  it("a challenge older than 60 seconds, and tokens, by the device clock", async () => {
    const proof = await device.client.proof(userSeed, { scope, exp: SECOND + 100 });
    now += 60_000;
    expect(await submit(proof)).toBe(200);
    const late = await device.client.proof(userSeed, { scope });
    now += 61_000;
    expect(await submit(late)).toBe(401);
    const token = await device.client.logIn(userSeed, scope);
    expect((await device.client.get("/api/keymgmt/list", { token })).status).toBe(200);
    device.emulator.controls.shiftClock(3600);
    expect((await device.client.get("/api/keymgmt/list", { token })).status).toBe(401);
    device.emulator.controls.shiftClock(-3600);
    expect((await device.client.get("/api/keymgmt/list", { token })).status).toBe(200);
  });

  it("echoes ctx in the bearer", async () => {
    const token = await device.client.logIn(userSeed, scope, { ctx: "mine" });
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    expect(claims).toMatchObject({ ctx: "mine", scope, sub: "U" });
  });
});

describe("throttle", () => {
  it("500 ms, and 1500 ms from the third failure until 15 s after the last", async () => {
    // Ten real milliseconds are one device second: measured in device milliseconds.
    const device = await startFixture({ timeScale: 0.1 });
    const timed = async (seed: Uint8Array): Promise<number> => {
      const auth = await device.client.proof(seed, { scope: "x" });
      const started = performance.now();
      await device.client.post("/api/auth/token", { auth });
      return (performance.now() - started) / 0.1;
    };
    expect(await timed(userSeed)).toBeGreaterThanOrEqual(480);
    const started = performance.now();
    expect((await device.client.call("POST", "/api/auth/token", { body: "{" })).status).toBe(400);
    expect((performance.now() - started) / 0.1).toBeGreaterThanOrEqual(480);
    for (let failure = 0; failure < 3; failure += 1)
      expect(await timed(masterSeed.toReversed())).toBeGreaterThanOrEqual(480);
    expect(await timed(userSeed)).toBeGreaterThanOrEqual(1480);
    await device.emulator.close();
  });

  it("forgets after 15 s", async () => {
    let now = SECOND * 1000;
    const { LoginThrottle } = await import("../src/session/login-throttle.ts");
    const { Waiting } = await import("../src/clock.ts");
    const throttle = new LoginThrottle({ now: () => now }, new Waiting(0));
    throttle.failed();
    throttle.failed();
    throttle.succeeded();
    throttle.failed();
    expect(throttle.duration).toBe(500);
    throttle.failed();
    throttle.failed();
    throttle.succeeded();
    expect(throttle.duration).toBe(1500);
    now += 14_999;
    expect(throttle.duration).toBe(1500);
    now += 1;
    expect(throttle.duration).toBe(500);
  });
});

describe("provisioning", () => {
  const eid = VECTOR_EID;

  async function initialise(
    device: Fixture,
    change: (claims: Record<string, unknown>) => Record<string, unknown> = (same) => same,
  ) {
    const challenge = (await device.client.get("/api/auth/init")).json;
    const spk = String(challenge.spk);
    const secret = diffieHellman({
      privateKey: x25519Private(masterSeed),
      publicKey: x25519Public(Buffer.from(spk, "base64")),
    });
    const masterkey = rawPublic(x25519Private(masterSeed)).toString("base64");
    const now = Number(challenge.exp) - 60;
    const claims = {
      jti: challenge.jti,
      aud: spk,
      exp: now + 60,
      iat: now,
      iss: masterkey,
      cfg: {
        user: "New user",
        masterkey,
        userkey: rawPublic(x25519Private(userSeed)).toString("base64"),
        hostname: "my.ence.do",
        ip: "192.168.7.1",
        origin: "*",
        storage_mode: 1,
        storage_disk0size: 1024,
        trusted_ts: true,
        trusted_backend: false,
        allow_keysearch: false,
        dnsd: true,
        email: "user@example.org",
      },
    };
    return device.client.post("/api/auth/init", {
      init: signToken({ ecdh: "x25519", alg: "HS256", typ: "JWT" }, change(claims), secret),
    });
  }

  it("turns a new device into one that logs its user in", async () => {
    const device = await startFixture({ initialised: false });
    expect((await device.client.get("/api/system/status")).json).toMatchObject({ inited: false });
    expect((await device.client.get("/api/auth/init")).json).toMatchObject({ eid, genuine: expect.anything() });
    const answer = await initialise(device);
    expect(answer.json).toMatchObject({ instanceid: expect.any(String), token: expect.any(String) });
    const config = await device.client.get("/api/system/config", { token: String(answer.json.token) });
    expect(config.json).toMatchObject({ user: "New user", email: "user@example.org", origin: "*" });
    expect((await device.client.get("/api/system/status")).json).not.toHaveProperty("inited");
    expect((await device.client.get("/api/auth/token")).json).toMatchObject({ lbl: "New user" });
    expect((await device.client.get("/api/keymgmt/list", { token: await device.user("keymgmt:list") })).status).toBe(
      200,
    );
    expect((await device.client.get("/api/auth/init")).status).toBe(406);
    expect((await device.client.post("/api/auth/init", { init: "a.b.c" })).status).toBe(406);
    await device.emulator.close();
  });

  it("refuses what the master key did not sign, and incomplete configurations", async () => {
    const device = await startFixture({ initialised: false });
    const stranger = rawPublic(x25519Private(counting(9, 32))).toString("base64");
    expect((await initialise(device, (claims) => ({ ...claims, iss: stranger }))).status).toBe(401);
    expect(
      (await initialise(device, (claims) => ({ ...claims, cfg: { ...(claims.cfg as object), masterkey: stranger } })))
        .status,
    ).toBe(401);
    expect(
      (await initialise(device, (claims) => ({ ...claims, cfg: { ...(claims.cfg as object), email: undefined } })))
        .status,
    ).toBe(400);
    expect(
      (await initialise(device, (claims) => ({ ...claims, cfg: { ...(claims.cfg as object), ip: undefined } }))).status,
    ).toBe(400);
    expect((await initialise(device)).status).toBe(200);
    await device.emulator.close();
  });

  it("derives both keys from random passphrases when none are given", async () => {
    const { startEncedoEmulator } = await import("../src/index.ts");
    const emulator = await startEncedoEmulator({ timeScale: 0 });
    const client = new DeviceClient(emulator);
    expect(emulator.userPassphrase).not.toBe(emulator.masterPassphrase);
    const token = await client.logIn(loginSeed(emulator.userPassphrase, emulator.eid), "keymgmt:list");
    expect((await client.get("/api/keymgmt/list", { token })).status).toBe(200);
    await client.logIn(loginSeed(emulator.masterPassphrase, emulator.eid), "logger:get");
    await emulator.close();
  });

  it("tokens are HS256 under a secret of the boot", async () => {
    const device = await startFixture();
    const token = await device.user("keymgmt:list");
    const [header = "", claims = ""] = token.split(".");
    expect(JSON.parse(Buffer.from(header, "base64url").toString())).toEqual({ typ: "JWT", alg: "HS256" });
    const forged = `${header}.${claims}.${createHmac("sha256", "").update(`${header}.${claims}`).digest("base64url")}`;
    expect((await device.client.get("/api/keymgmt/list", { token: forged })).status).toBe(401);
    await device.emulator.controls.reboot();
    expect((await device.client.get("/api/keymgmt/list", { token })).status).toBe(401);
    expect(device.emulator.masterPassphrase).toBe(MASTER_PASSPHRASE);
    await device.emulator.close();
  });
});
