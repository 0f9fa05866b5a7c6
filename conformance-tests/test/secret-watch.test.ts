import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { secretForms, withoutSpace } from "../src/secrets/secret-forms.ts";
import { SecretWatch } from "../src/secrets/secret-watch.ts";

const secrets = fc.uint8Array({ minLength: 16, maxLength: 80 }).filter((bytes) => new Set(bytes).size >= 8);
const surroundings = fc.uint8Array({ maxLength: 20 });

function seen(secret: Uint8Array, text: string): boolean {
  const clean = withoutSpace(text);
  return secretForms(secret).some((form) => clean.includes(form));
}

describe("secret forms", () => {
  it("are found in every encoding, also inside something bigger", () => {
    fc.assert(
      fc.property(secrets, surroundings, surroundings, (secret, before, after) => {
        const inside = Buffer.concat([before, secret, after]);
        expect(seen(secret, inside.toString("hex"))).toBe(true);
        expect(seen(secret, inside.toString("hex").toUpperCase())).toBe(true);
        expect(seen(secret, inside.toString("base64"))).toBe(true);
        expect(seen(secret, inside.toString("base64url"))).toBe(true);
        expect(seen(secret, inside.join(", "))).toBe(true);
        expect(seen(secret, JSON.stringify(secret))).toBe(true);
        expect(seen(secret, JSON.stringify({ key: [...inside] }))).toBe(true);
        expect(seen(secret, String(BigInt(`0x${Buffer.from(secret).toString("hex")}`)))).toBe(true);
      }),
      { seed: 20260101, numRuns: 100 },
    );
  });

  it("are not found where they are not", () => {
    fc.assert(
      fc.property(secrets, fc.uint8Array({ minLength: 64, maxLength: 64 }), (secret, other) => {
        fc.pre(Buffer.compare(Buffer.from(secret).subarray(0, 15), Buffer.from(other).subarray(0, 15)) !== 0);
        const text = Buffer.from(other).toString("hex") + Buffer.from(other).toString("base64") + other.join(",");
        expect(seen(secret, text)).toBe(false);
      }),
      { seed: 20260102, numRuns: 100 },
    );
  });
});

describe("SecretWatch", () => {
  const secret = new Uint8Array(randomBytes(32));

  it("looks into causes, hidden members, buffers and getters", () => {
    const places: readonly unknown[] = [
      new Error("x", { cause: { deep: { request: secret } } }),
      Object.defineProperty({}, "hidden", { value: Buffer.from(secret), enumerable: false }),
      {
        get key() {
          return Buffer.from(secret).toString("base64");
        },
      },
      new Map([["key", secret]]),
    ];
    for (const [index, value] of places.entries()) {
      const watch = new SecretWatch();
      watch.know("a secret", secret);
      watch.inspect(`place ${index}`, value);
      expect(watch.leaks()).toEqual([{ place: `place ${index}`, secret: "a secret" }]);
    }
  });

  it("never names the secret itself", () => {
    const watch = new SecretWatch();
    watch.know("a secret", secret);
    watch.inspectText("there", Buffer.from(secret).toString("hex"));
    expect(JSON.stringify(watch.leaks())).not.toContain(Buffer.from(secret).toString("hex").slice(0, 8));
  });

  it("does not keep bytes that would be found everywhere", () => {
    const watch = new SecretWatch();
    watch.know("zeros", new Uint8Array(32));
    watch.inspectText("there", "0".repeat(100));
    expect(watch.leaks()).toEqual([]);
  });
});
