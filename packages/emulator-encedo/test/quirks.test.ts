import { createECDH, createHash } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { QUIRK_NAMES, type QuirkName } from "../src/index.ts";
import type { Answer } from "./device-client.ts";
import { base64, counting, startFixture, userSeed, type Fixture } from "./fixture.ts";
import { createKid, create, derive, entry, get, importKey, list, remove, search, update, use } from "./keys.ts";

let device: Fixture;
beforeAll(async () => {
  device = await startFixture();
});
afterAll(() => device.emulator.close());

/** Runs a check with a quirk off, and puts it on again. */
async function without(name: QuirkName, check: () => Promise<void>): Promise<void> {
  device.emulator.controls.setQuirk(name, false);
  try {
    await check();
  } finally {
    device.emulator.controls.setQuirk(name, true);
  }
}

const status = async (answer: Promise<Answer>): Promise<number> => (await answer).status;
const msg = base64("message");
const reply = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.AA`;

/** For each quirk, the check with it on, then the check with it off. A quirk without a row fails the first test. */
const CHECKS: Record<QuirkName, readonly [on: () => Promise<void>, off: () => Promise<void>]> = {
  updateClearsDescription: [
    async () => {
      const kid = await createKid(device, "AES128", { descr: base64("kept?") });
      await update(device, { kid, label: "renamed" });
      expect(await entry(device, kid)).not.toHaveProperty("descr");
    },
    async () => {
      const kid = await createKid(device, "AES128", { descr: base64("kept?") });
      await update(device, { kid, label: "renamed" });
      expect(await entry(device, kid)).toMatchObject({ label: "renamed", descr: base64("kept?") });
    },
  ],
  getOmitsLabelAndDescription: [
    async () => {
      const kid = await createKid(device, "AES128", { label: "shown?", descr: base64("d") });
      expect((await get(device, kid)).json).toEqual({ type: "ATT,AES128", updated: expect.any(Number) });
    },
    async () => {
      const kid = await createKid(device, "AES128", { label: "shown?", descr: base64("d") });
      expect((await get(device, kid)).json).toMatchObject({ label: "shown?", descr: base64("d") });
    },
  ],
  deriveEchoesSourceKid: [
    async () => {
      const kid = await createKid(device, "CURVE25519");
      const before = device.emulator.controls.state.keys;
      expect((await derive(device, { kid, type: "AES512", ext_kid: kid })).json).toEqual({ kid });
      expect(device.emulator.controls.state.keys).toBe(before);
    },
    async () => {
      const kid = await createKid(device, "CURVE25519");
      expect(await status(derive(device, { kid, type: "AES512", ext_kid: kid }))).toBe(406);
    },
  ],
  deriveDropsMalformedDescription: [
    async () => {
      const kid = await createKid(device, "CURVE25519");
      const answer = await derive(device, { kid, type: "AES256", ext_kid: kid, descr: "?" });
      expect(await entry(device, String(answer.json.kid))).not.toHaveProperty("descr");
    },
    async () => {
      const kid = await createKid(device, "CURVE25519");
      expect(await status(derive(device, { kid, type: "AES256", ext_kid: kid, descr: "?" }))).toBe(400);
    },
  ],
  descriptionLengthUnchecked: [
    async () => {
      const kid = await createKid(device, "AES128", { descr: base64(counting(0, 65)) });
      expect((await entry(device, kid)).descr).toBe(base64(counting(0, 64)));
    },
    async () => {
      expect(await status(create(device, { type: "AES128", descr: base64(counting(0, 65)) }))).toBe(400);
      expect(await status(create(device, { type: "AES128", descr: base64(counting(0, 64)) }))).toBe(200);
    },
  ],
  aadLengthUnchecked: [
    async () => {
      const kid = await createKid(device, "AES128");
      expect(
        await status(use(device, "cipher/encrypt", { kid, msg, alg: "AES128-GCM", aad: base64(counting(0, 32)) })),
      ).toBe(200);
    },
    async () => {
      const kid = await createKid(device, "AES128");
      const body = { kid, msg, alg: "AES128-GCM" };
      expect(await status(use(device, "cipher/encrypt", { ...body, aad: base64(counting(0, 17)) }))).toBe(400);
      expect(await status(use(device, "cipher/encrypt", { ...body, aad: base64(counting(0, 16)) }))).toBe(200);
    },
  ],
  importLengthUnchecked: [
    async () =>
      expect(await status(importKey(device, { type: "MLKEM512", pubkey: base64(counting(3, 800)) }))).toBe(200),
    async () => {
      expect(await status(importKey(device, { type: "MLKEM512", pubkey: base64(counting(4, 800)) }))).toBe(406);
      expect(await status(importKey(device, { type: "SECP521R1", pubkey: base64(counting(2, 67)) }))).toBe(200);
    },
  ],
  ecdhCutTo32Bytes: [
    async () => expect(await rawAgreement()).toEqual([32, true]),
    async () => expect(await rawAgreement()).toEqual([48, true]),
  ],
  mldsaVerifyRawStatus: [
    async () => expect(await wrongMldsa()).toBe(795),
    async () => expect(await wrongMldsa()).toBe(406),
  ],
  decapsulateGarbageAlgorithm: [
    async () => {
      const kid = await createKid(device, "MLKEM512");
      expect(await decapsulatedAlgorithm(kid)).toBe(`keymgmt:use:${kid}`);
    },
    async () => expect(await decapsulatedAlgorithm(await createKid(device, "MLKEM512"))).toBe("MLKEM512"),
  ],
  clockGains: [
    async () => expect(device.emulator.controls.state.clock.rate).toBe(1.08),
    async () => expect(device.emulator.controls.state.clock.rate).toBe(1),
  ],
  reimportAfterRebootRefused: [
    async () => expect(await reimport(30)).toBe(406),
    async () => expect(await reimport(31)).toBe(200),
  ],
  storageRoleUnchecked: [
    async () => expect(await masterUnlocks()).toBe(200),
    async () => expect(await masterUnlocks()).toBe(403),
  ],
  checkinIgnoresNewCertificate: [
    async () => expect(await certificateAfterCheckin("AQID")).not.toBe("AQID"),
    async () => expect(await certificateAfterCheckin("BAUG")).toBe("BAUG"),
  ],
  wipeKeepsTlsRecords: [
    async () => expect(await recordsAfterWipe(true)).toBe(2),
    async () => expect(await recordsAfterWipe(false)).toBe(0),
  ],
  statusHttpsOverTls: [
    async () => expect((await device.client.get("/api/system/status")).json.https).toBe(false),
    async () => {
      expect((await device.client.get("/api/system/status")).json).not.toHaveProperty("https");
      expect((await device.client.get("/api/system/status", { plain: true })).json).toHaveProperty("https");
    },
  ],
  searchTotalCountsRepository: [
    async () => {
      const { total } = (await list(device)).json;
      expect((await search(device, { descr: base64("found nowhere") })).json).toMatchObject({ total, listed: 0 });
    },
    async () =>
      expect((await search(device, { descr: base64("found nowhere") })).json).toMatchObject({ total: 0, listed: 0 }),
  ],
  loggerTotalCountsEntries: [
    async () => {
      const { total, id } = await logList();
      expect(total).toBe(id.length + 2);
    },
    async () => {
      const { total, id } = await logList();
      expect(total).toBe(id.length);
    },
  ],
  loginRefusesExpiryZero: [
    async () => expect(await loginWithExpiryZero()).toBe(401),
    async () => expect(await loginWithExpiryZero()).toBe(200),
  ],
  tlsRecordsListed: [
    async () =>
      expect((await list(device)).json.list).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ type: "ATT,PKEY,GENERIC_DER" }),
          expect.objectContaining({ type: "CERT,GENERIC_DER" }),
        ]),
      ),
    async () => expect(JSON.stringify((await list(device)).json)).not.toContain("GENERIC_DER"),
  ],
};

async function rawAgreement(): Promise<readonly [number, boolean]> {
  const kid = await createKid(device, "SECP384R1");
  const own = createECDH("secp384r1");
  const pubkey = base64(own.generateKeys(null, "compressed"));
  const raw = Buffer.from(String((await use(device, "ecdh", { kid, pubkey })).json.ecdh), "base64");
  const device384 = Buffer.from(String((await get(device, kid)).json.pubkey), "base64");
  return [raw.length, own.computeSecret(device384).subarray(0, raw.length).equals(raw)];
}

async function wrongMldsa(): Promise<number> {
  const kid = await createKid(device, "MLDSA44");
  return status(use(device, "pqc/mldsa/verify", { kid, msg, sign: base64(counting(0, 100)) }));
}

async function decapsulatedAlgorithm(kid: string): Promise<unknown> {
  const { ct } = (await use(device, "pqc/mlkem/encaps", { kid })).json;
  return (await use(device, "pqc/mlkem/decaps", { kid, ct })).json.alg;
}

/** Import, delete, reboot, import again. */
async function reimport(first: number): Promise<number> {
  const own = await startFixture({
    quirks: { reimportAfterRebootRefused: device.emulator.controls.state.quirks.reimportAfterRebootRefused },
  });
  const body = { type: "CURVE25519", pubkey: base64(counting(first, 32)) };
  const kid = String((await importKey(own, body)).json.kid);
  await remove(own, kid);
  await own.emulator.controls.reboot();
  const token = await own.client.logIn(userSeed, "keymgmt:imp");
  const answer = await own.client.post("/api/keymgmt/import", { label: "again", ...body }, { token });
  await own.emulator.close();
  return answer.status;
}

async function masterUnlocks(): Promise<number> {
  return status(device.client.get("/api/storage/unlock", { token: await device.master("storage:disk0") }));
}

async function certificateAfterCheckin(newcrt: string): Promise<unknown> {
  const checked = reply({ iat: device.emulator.controls.state.clock.seconds, newcrt });
  expect((await device.client.post("/api/system/checkin", { checked })).json).toMatchObject({
    status: "OK",
    newcrt: true,
  });
  const entries = (await list(device)).json.list as readonly { kid: string; type: string }[];
  const all = [
    ...entries,
    ...((await list(device, "/15")).json.list as typeof entries),
    ...((await list(device, "/30")).json.list as typeof entries),
  ];
  const certificate = all.find(({ type }) => type === "CERT,GENERIC_DER");
  const got = (await get(device, certificate?.kid ?? "")).json;
  expect(got.type).toBe("CERT");
  expect(certificate?.kid).toBe(
    createHash("sha1")
      .update(Buffer.from(String(got.der), "base64"))
      .digest("hex")
      .slice(0, 32),
  );
  return got.der;
}

async function recordsAfterWipe(keeps: boolean): Promise<number> {
  const own = await startFixture({ quirks: { wipeKeepsTlsRecords: keeps } });
  await createKid(own, "AES128");
  own.emulator.controls.wipe();
  const { keys } = own.emulator.controls.state;
  await own.emulator.close();
  return keys;
}

async function logList(): Promise<{ total: unknown; id: readonly unknown[] }> {
  const { json } = await device.client.get("/api/logger/list", { token: await device.user("logger:get") });
  return { total: json.total, id: json.id as readonly unknown[] };
}

async function loginWithExpiryZero(): Promise<number> {
  return status(
    device.client.post("/api/auth/token", { auth: await device.client.proof(userSeed, { scope: "x", exp: 0 }) }),
  );
}

describe("quirks", () => {
  it.each(QUIRK_NAMES)("%s is on by default", async (name) => {
    expect(device.emulator.controls.state.quirks[name]).toBe(true);
    await CHECKS[name][0]();
  });

  it.each(QUIRK_NAMES)("%s can be switched off", async (name) => {
    await without(name, CHECKS[name][1]);
  });

  it("are options too", async () => {
    const own = await startFixture({ quirks: { updateClearsDescription: false } });
    expect(own.emulator.controls.state.quirks).toMatchObject({
      updateClearsDescription: false,
      ecdhCutTo32Bytes: true,
    });
    await own.emulator.close();
  });
});
