import { createHash, X509Certificate } from "node:crypto";

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { decodeBase64, decodeHex, encodeBase64, encodeBase64Url, encodeHex } from "../src/bytes.ts";
import { createCertificates } from "../src/certificates/authority.ts";
import { integer, objectIdentifier } from "../src/certificates/der.ts";
import { RealTimeClock } from "../src/clock.ts";
import { isOriginAllowed } from "../src/device/config.ts";
import { openScope, sealingKey, sealScope } from "../src/external-auth/scope-seal.ts";
import { computeKid, getTypeString, listTypeString, usageFlags, type KeyRecord } from "../src/keymgmt/key-record.ts";
import { isDeviceKeyType, isSymmetric, KEY_TYPE_FACTS, type DeviceKeyType } from "../src/keymgmt/key-types.ts";
import { matchPath } from "../src/routing/route.ts";
import { decodeCompactJws, signCompactJws, verifyCompactJws } from "../src/session/jws.ts";
import { ROWS } from "./endpoint-rows.ts";
import { base64, startFixture, type Fixture } from "./fixture.ts";
import { createKid } from "./keys.ts";

const RUNS = { seed: 20_260_101, numRuns: 200 } as const;
const bytes = fc.uint8Array({ maxLength: 100 });

describe("text encodings", () => {
  it("base64: both alphabets, padding optional, back to the same bytes", () => {
    fc.assert(
      fc.property(bytes, (value) => {
        const standard = encodeBase64(value);
        expect(standard).toBe(Buffer.from(value).toString("base64"));
        for (const text of [standard, encodeBase64Url(value), standard.replace(/=+$/, "")]) {
          expect(decodeBase64(text)).toEqual(value);
        }
      }),
      RUNS,
    );
  });

  it("base64: never throws, and takes nothing of another alphabet", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const decoded = decodeBase64(text);
        if (decoded !== undefined) expect(text).toMatch(/^[A-Za-z0-9+/_-]*={0,2}$/);
      }),
      RUNS,
    );
  });

  it("hex", () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(decodeHex(encodeHex(value))).toEqual(value);
        expect(decodeHex(encodeHex(value).toUpperCase())).toEqual(value);
        expect(decodeHex(`${encodeHex(value)}0`)).toBeUndefined();
      }),
      RUNS,
    );
  });
});

describe("tokens and seals", () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });

  it("a token verifies under its key, and under no other; a changed one never", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), key, key, fc.nat(), (claims, right, wrong, place) => {
        const text = signCompactJws({ alg: "HS256" }, claims, right);
        const token = decodeCompactJws(text);
        expect(token !== undefined && verifyCompactJws(token, right)).toBe(true);
        if (!Buffer.from(right).equals(wrong))
          expect(token !== undefined && verifyCompactJws(token, wrong)).toBe(false);
        const start = text.indexOf(".") + 1;
        const index = start + (place % (text.lastIndexOf(".") - start));
        const changed = `${text.slice(0, index)}${text[index] === "A" ? "B" : "A"}${text.slice(index + 1)}`;
        const other = decodeCompactJws(changed);
        expect(other !== undefined && verifyCompactJws(other, right)).toBe(false);
      }),
      RUNS,
    );
  });

  it("decoding never throws", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.base64String(), { minLength: 3, maxLength: 3 }).map((parts) => parts.join(".")),
        ),
        (text) => {
          decodeCompactJws(text);
        },
      ),
      RUNS,
    );
  });

  it("a scope opens under its key only", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 200, unit: "grapheme-ascii" }),
        key,
        key,
        (scope, secret, other) => {
          const jti = base64(secret);
          const sealed = sealScope(sealingKey(secret, jti), scope);
          expect(sealed.startsWith("A")).toBe(true);
          expect(openScope(sealingKey(secret, jti), sealed)).toBe(scope);
          if (!Buffer.from(secret).equals(other)) expect(openScope(sealingKey(other, jti), sealed)).toBeUndefined();
          expect(openScope(sealingKey(secret, jti), sealed.slice(1))).toBeUndefined();
        },
      ),
      RUNS,
    );
  });
});

describe("key types", () => {
  const types = Object.keys(KEY_TYPE_FACTS).filter(isDeviceKeyType);
  const record = (type: DeviceKeyType, flags: KeyRecord["flags"]): KeyRecord => ({
    kid: "0".repeat(32),
    type,
    flags,
    label: "x",
    description: new Uint8Array(0),
    created: 0,
    updated: 0,
  });

  it("there are 23: 14 with a public key, 17 that can be derived", () => {
    expect(types).toHaveLength(23);
    expect(types.filter((type) => KEY_TYPE_FACTS[type].publicKeyLength !== undefined)).toHaveLength(14);
    expect(types.filter((type) => KEY_TYPE_FACTS[type].derivedLength !== undefined)).toHaveLength(17);
  });

  it.each(types)("%s: the algorithm is the last word of both type strings", (type) => {
    for (const mode of [undefined, "ECDH", "ExDSA", "ECDH,ExDSA"] as const) {
      const held = record(type, usageFlags(type, mode).add("ATT"));
      expect(listTypeString(held).split(",").at(-1)).toBe(type);
      expect(getTypeString(held)).toBe(isSymmetric(type) ? listTypeString(held) : type);
    }
  });

  it("a kid is SHA-1 of the bytes, cut to 16", () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(computeKid(value)).toBe(createHash("sha1").update(value).digest("hex").slice(0, 32));
      }),
      RUNS,
    );
  });
});

describe("paths and origins", () => {
  const segment = fc.stringMatching(/^[a-z0-9]{1,6}$/);

  it("a pattern without arguments matches itself only", () => {
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), segment, (segments, more) => {
        const path = `/${segments.join("/")}`;
        expect(matchPath(path, path)).toEqual([]);
        expect(matchPath(path, `${path}/${more}`)).toBeUndefined();
        expect(matchPath(`${path}/:a/:b?`, `${path}/${more}`)).toEqual([more]);
        expect(matchPath(`${path}/:a/:b?`, path)).toBeUndefined();
        expect(matchPath(`${path}/:a/:b?`, `${path}/${more}/x`)).toEqual([more, "x"]);
      }),
      RUNS,
    );
  });

  it.each([
    ["*", "https://any.example", true],
    ["*.ence.do", "https://manager.ence.do", true],
    ["*.ence.do", "https://a.b.ence.do:8443", true],
    ["*.ence.do", "https://ence.do", false],
    ["*.ence.do", "https://evilence.do", false],
    ["*.ence.do", "https://ence.do.evil.example", false],
    ["https://a.example, https://b.example", "https://b.example", true],
    ["https://a.example", "http://a.example", false],
    ["*.ence.do", "null", false],
    ["", "https://a.example", false],
  ])("list %s, origin %s: %s", (list, origin, allowed) => {
    expect(isOriginAllowed(list, ",", origin)).toBe(allowed);
  });
});

describe("clock", () => {
  it("keeps its rate through settings, shifts and changes of rate", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.nat(1e6), fc.nat(20)), { maxLength: 10 }),
        (steps) => {
          let outside = 1_000_000_000;
          const clock = new RealTimeClock({ now: () => outside }, 1);
          let expected = 2_000_000_000;
          clock.set(2_000_000);
          for (const [shift, passed, rate] of steps) {
            clock.setRate(rate);
            outside += passed;
            clock.shift(shift);
            expected += passed * rate + shift * 1000;
          }
          expect(clock.milliseconds()).toBe(expected);
        },
      ),
      RUNS,
    );
  });
});

describe("certificates", () => {
  it("DER of integers and object identifiers", () => {
    expect(encodeHex(integer(Uint8Array.of(0)))).toBe("020100");
    expect(encodeHex(integer(Uint8Array.of(0, 0x7f)))).toBe("02017f");
    expect(encodeHex(integer(Uint8Array.of(0x80)))).toBe("02020080");
    expect(encodeHex(objectIdentifier("1.2.840.10045.4.3.2"))).toBe("06082a8648ce3d040302");
  });

  it("another implementation reads and verifies them", () => {
    const { caPem, serverPem } = createCertificates(["my.ence.do"]);
    const [ca, server] = [new X509Certificate(caPem), new X509Certificate(serverPem)];
    expect(ca.ca).toBe(true);
    expect(server.ca).toBe(false);
    expect(server.checkIssued(ca)).toBe(true);
    expect(server.verify(ca.publicKey)).toBe(true);
    expect(server.subjectAltName).toBe("IP Address:127.0.0.1, DNS:localhost, DNS:my.ence.do");
  });
});

describe("requests of any content", () => {
  let device: Fixture;
  let kid = "";
  beforeAll(async () => {
    device = await startFixture();
    kid = await createKid(device, "CURVE25519");
  });
  afterAll(() => device.emulator.close());

  it("never find a defect, and a refusal has no body", async () => {
    const scopes = new Map(ROWS.map((row) => [row.path, row.scope]));
    const posts = ROWS.filter((row) => row.method === "POST" && row.path !== "/api/auth/init").map((row) => row.path);
    const text = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.base64String({ maxLength: 60 }),
      fc.constantFrom("AES256-GCM", "Ed25519", "SHA2-256", "CURVE25519"),
    );
    const value = fc.oneof(
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(text, { maxLength: 2 }),
      fc.constant({}),
    );
    const names = [
      "kid",
      "msg",
      "alg",
      "label",
      "type",
      "mode",
      "descr",
      "pubkey",
      "ext_kid",
      "ctx",
      "aad",
      "iv",
      "tag",
      "sign",
      "mac",
      "ct",
      "epk",
      "scope",
      "auth",
      "pid",
      "reply",
      "authreply",
      "checked",
      "email",
      "offset",
      "limit",
    ];
    const body = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 8, noNullPrototype: true });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...posts), body, fc.boolean(), async (path, json, known) => {
        const scope = path.startsWith("/api/crypto") && known ? `keymgmt:use:${kid}` : scopes.get(path);
        const token = scope === undefined ? undefined : await device.user(scope);
        const answer = await device.client.post(path, known ? { ...json, kid } : json, { token });
        expect([200, 400, 401, 403, 406, 795]).toContain(answer.status);
        if (answer.status !== 200 && path !== "/api/system/config") expect(answer.text).toBe("");
      }),
      { seed: RUNS.seed, numRuns: 300 },
    );
    expect(device.emulator.requests.entries.filter(({ defect }) => defect !== undefined)).toEqual([]);
  });
});
