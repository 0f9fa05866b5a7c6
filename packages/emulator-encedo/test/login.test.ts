import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { base64, counting, startFixture, userSeed, VECTOR_EID, type Fixture } from "./fixture.ts";

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
    const created = await client.post("/api/keymgmt/create", { label: "k", type: "ED25519" }, { token: await user("keymgmt:gen") });
    expect(created.status).toBe(200);
    const kid = String(created.json.kid);
    const token = await client.logIn(userSeed, `keymgmt:use:${kid}`);
    const msg = base64("hello");
    const signed = await client.post("/api/crypto/exdsa/sign", { kid, msg, alg: "Ed25519" }, { token });
    expect(signed.status).toBe(200);
    const verified = await client.post("/api/crypto/exdsa/verify", { kid, msg, alg: "Ed25519", sign: signed.json.sign }, { token });
    expect([verified.status, verified.text]).toEqual([200, ""]);
  });
});
