import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { type DfnsEmulator, startDfnsEmulator } from "@keyrail/emulator-dfns";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, ApiClient, errorOf, type KeyAssertion } from "./support/api-client.ts";

let emulator: DfnsEmulator;
let client: ApiClient;

beforeAll(async () => {
  emulator = await startDfnsEmulator({
    requestsPerMinute: "unlimited",
    challengeLifetimeMs: 1000,
    userActionLifetimeMs: 2000,
  });
  client = new ApiClient(emulator);
});
afterAll(async () => {
  client.close();
  await emulator.close();
});

const body = JSON.stringify({ scheme: "EdDSA", curve: "ed25519" });
const badChallenge = { status: 400, message: "Challenge token is not valid.", details: {} };
const init = (): Promise<Answer> => client.init("POST", "/keys", body);
const complete = (assertion: unknown): Promise<Answer> => client.post("/auth/action", assertion);

const assertionFor = (challenge: Answer): KeyAssertion => client.assertion(challenge);

describe("init", () => {
  test("answers what the fact sheet lists", async () => {
    const { status, body: answer } = await init();
    expect(status).toBe(200);
    expect(answer).toEqual({
      challenge: expect.any(String),
      challengeIdentifier: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      supportedCredentialKinds: [{ kind: "Key", factor: "first", requiresSecondFactor: false }],
      userVerification: expect.stringMatching(/^(required|preferred|discouraged)$/),
      attestation: expect.stringMatching(/^(none|indirect|direct|enterprise)$/),
      externalAuthenticationUrl: "",
      allowCredentials: { key: [{ type: "public-key", id: emulator.credId }], webauthn: [] },
    });
    expect(Buffer.from(String(answer["challenge"]), "base64url").toString()).toMatch(/^[0-9a-f]{64}$/);
    expect(Buffer.from(emulator.credId, "base64url").toString()).toMatch(/^ci-/);
  });

  test("a caller without a credential: 401", async () => {
    const { authToken } = emulator.organisation.addUser({ credential: "none" });
    const answer = await client.send("POST", "/auth/action/init", {
      text: JSON.stringify({ userActionPayload: "", userActionHttpMethod: "POST", userActionHttpPath: "/keys" }),
      authorization: `Bearer ${authToken}`,
    });
    expect(errorOf(answer)).toMatchObject({
      status: 401,
      message: "User does not have a credential that can be used for the application.",
    });
  });

  test("an unknown field or a method that does not exist: 400", async () => {
    const request = { userActionPayload: "", userActionHttpMethod: "POST", userActionHttpPath: "/keys" };
    expect((await client.post("/auth/action/init", { ...request, more: 1 })).status).toBe(400);
    expect((await client.post("/auth/action/init", { ...request, userActionHttpMethod: "PATCH" })).status).toBe(400);
  });
});

describe("complete", () => {
  test("origin, crossOrigin, padding and a second credential are all fine", async () => {
    const plain = await init();
    const assertion = client.assertion(plain, { origin: "https://app.example.com", crossOrigin: false });
    expect((await complete(assertion)).status).toBe(200);
    const padded = assertionFor(await init());
    const { clientData, signature } = padded.firstFactor.credentialAssertion;
    const pad = (text: string): string => text.padEnd(Math.ceil(text.length / 4) * 4, "=");
    padded.firstFactor.credentialAssertion.clientData = pad(clientData);
    padded.firstFactor.credentialAssertion.signature = pad(signature);
    expect((await complete(padded)).status).toBe(200);
  });

  test("an EC credential on another of OpenSSL's curves is fine", async () => {
    for (const namedCurve of ["secp384r1", "secp521r1", "brainpoolP256r1"]) {
      const pair = generateKeyPairSync("ec", { namedCurve });
      const publicKeyPem = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
      const user = emulator.organisation.addUser({ credential: { publicKeyPem } });
      const privateKeyPem = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      const other = client.as({ ...user, privateKeyPem });
      expect([namedCurve, (await other.call("POST", "/keys", JSON.parse(body))).status]).toEqual([namedCurve, 200]);
      other.close();
    }
  });

  test("a second factor may come along, and must hold", async () => {
    const challenge = await init();
    const { challengeIdentifier, firstFactor } = assertionFor(challenge);
    const assertion = { ...firstFactor.credentialAssertion, signature: Buffer.alloc(64).toString("base64url") };
    const forged = { kind: "Key", credentialAssertion: assertion };
    expect((await complete({ challengeIdentifier, firstFactor, secondFactor: forged })).status).toBe(401);
    expect((await complete({ challengeIdentifier, firstFactor, secondFactor: firstFactor })).status).toBe(200);
  });

  test("a high-S ECDSA signature is fine", async () => {
    const user = emulator.organisation.addUser({ credential: "secp256k1" });
    const caller = client.as(user);
    const assertion = caller.assertion(await caller.init("POST", "/keys", body));
    const { credentialAssertion } = assertion.firstFactor;
    const jwk = createPrivateKey(user.privateKeyPem ?? "").export({ format: "jwk" });
    const digest = createHash("sha256").update(Buffer.from(credentialAssertion.clientData, "base64url")).digest();
    const raw = secp256k1.sign(digest, Buffer.from(String(jwk.d), "base64url"), { prehash: false, lowS: true });
    const { r, s } = secp256k1.Signature.fromBytes(raw);
    const high = new secp256k1.Signature(r, secp256k1.Point.Fn.ORDER - s);
    credentialAssertion.signature = Buffer.from(high.toBytes("der")).toString("base64url");
    expect((await caller.post("/auth/action", assertion)).status).toBe(200);
    caller.close();
  });

  test("a challenge serves once", async () => {
    const assertion = client.assertion(await init());
    expect((await complete(assertion)).status).toBe(200);
    expect(errorOf(await complete(assertion))).toEqual(badChallenge);
  });

  test("an expired challenge, a foreign one and one that is none", async () => {
    const expired = client.assertion(await init());
    emulator.clock.advance(1000);
    expect(errorOf(await complete(expired))).toEqual(badChallenge);
    const other = client.as(emulator.organisation.addUser({}));
    const foreign = client.assertion(await other.init("POST", "/keys", body));
    expect(errorOf(await complete(foreign))).toEqual(badChallenge);
    expect(errorOf(await complete({ ...foreign, challengeIdentifier: "x.y.z" }))).toEqual(badChallenge);
    expect(errorOf(await complete({ ...foreign, challengeIdentifier: emulator.authToken }))).toEqual(badChallenge);
    other.close();
  });

  test("a wrong signature, challenge or credential: 401, and the challenge stays good", async () => {
    const challenge = await init();
    const good = assertionFor(challenge);
    const wrong = assertionFor(await init());
    const withAssertion = (change: object): KeyAssertion => ({
      ...good,
      firstFactor: { kind: "Key", credentialAssertion: { ...good.firstFactor.credentialAssertion, ...change } },
    });
    const { signature, clientData } = wrong.firstFactor.credentialAssertion;
    expect((await complete(withAssertion({ signature }))).status).toBe(401);
    expect((await complete(withAssertion({ signature, clientData }))).status).toBe(401);
    expect((await complete(withAssertion({ credId: "Y2ktbm9uZQ" }))).status).toBe(401);
    expect((await complete(good)).status).toBe(200);
  });

  test("fields that are not what they should be: 400", async () => {
    const good = assertionFor(await init());
    const { privateKey } = client.identity;
    const signed = (text: string): object => ({
      ...good.firstFactor.credentialAssertion,
      clientData: Buffer.from(text).toString("base64url"),
      signature: sign(null, Buffer.from(text), privateKey).toString("base64url"),
    });
    const send = (credentialAssertion: object, kind = "Key"): Promise<Answer> =>
      complete({ ...good, firstFactor: { kind, credentialAssertion } });
    const assertion = good.firstFactor.credentialAssertion;
    expect((await send({ ...assertion, signature: "+/" })).status).toBe(400);
    expect((await send(signed("not JSON"))).status).toBe(400);
    expect((await send(signed(JSON.stringify({ type: "key.create", challenge: "x" })))).status).toBe(400);
    expect((await send(assertion, "Fido2")).status).toBe(400);
    expect((await send({ ...assertion, more: 1 })).status).toBe(400);
  });
});

describe("payload binding", () => {
  const use = async (payload: string, sent: string | undefined, method = "POST", path = "/keys"): Promise<number> => {
    const userAction = await client.userAction(method, path, payload);
    return (await client.send(method, path, sent === undefined ? { userAction } : { text: sent, userAction })).status;
  };

  test("compares values, not spelling", async () => {
    expect(await use('{"scheme":"EdDSA","curve":"ed25519"}', '{ "curve" : "ed25519", "scheme" : "EdDSA" }')).toBe(200);
    expect(await use('{"scheme":"EdDSA","curve":"ed25519"}', '{"scheme":"EdDSA","curve":"ed25519","name":"x"}')).toBe(
      403,
    );
  });

  test("no body, an empty text and {} are one", async () => {
    for (const [payload, sent] of [
      ["", undefined],
      ["{}", undefined],
      ["", "{}"],
      ["{}", "{}"],
    ] as const) {
      const { id } = await client.createKey({ scheme: "EdDSA", curve: "ed25519" });
      expect(await use(payload, sent, "DELETE", `/keys/${id}`)).toBe(200);
    }
  });

  test("a refused call leaves the action good, an accepted one spends it even when the call then fails", async () => {
    const userAction = await client.userAction("POST", "/keys", body);
    const wrong = JSON.stringify({ scheme: "EdDSA", curve: "ed25519", name: "x" });
    expect((await client.send("POST", "/keys", { text: wrong, userAction })).status).toBe(403);
    expect((await client.send("POST", "/keys", { text: body, userAction })).status).toBe(200);
    expect(errorOf(await client.send("POST", "/keys", { text: body, userAction })).message).toMatch(
      /already been used/,
    );
    const failing = JSON.stringify({ scheme: "EdDSA", curve: "stark" });
    const spent = await client.userAction("POST", "/keys", failing);
    expect((await client.send("POST", "/keys", { text: failing, userAction: spent })).status).toBe(400);
    expect(errorOf(await client.send("POST", "/keys", { text: failing, userAction: spent })).message).toMatch(
      /already/,
    );
  });
});

test("a service account may bring its own credential key, of an accepted kind only", async () => {
  const publicKeyPem = createPublicKey(client.identity.privateKey).export({ type: "spki", format: "pem" }).toString();
  const user = emulator.organisation.addUser({ credential: { publicKeyPem } });
  const caller = new ApiClient(emulator, { ...client.identity, authToken: user.authToken, credId: user.credId ?? "" });
  expect((await caller.createKey({ scheme: "EdDSA", curve: "ed25519" })).status).toBe("Active");
  caller.close();
  expect(() => emulator.organisation.addUser({ credential: { publicKeyPem: "x" } })).toThrow(
    expect.objectContaining({ code: "InvalidKeyMaterial" }),
  );
});

test("the bearer token's claims carry the organisation, in the place the SDK looks", () => {
  const claims = JSON.parse(Buffer.from(emulator.authToken.split(".")[1] ?? "", "base64url").toString()) as Record<
    string,
    unknown
  >;
  expect(claims).toMatchObject({
    iat: expect.any(Number),
    exp: expect.any(Number),
    "https://custom/app_metadata": { orgId: emulator.orgId, userId: emulator.userId, tokenId: expect.any(String) },
  });
});
