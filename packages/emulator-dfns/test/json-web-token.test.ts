import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createMac } from "../src/auth/json-web-token.ts";

test("property: the MAC of tokens is the HMAC-SHA-256 of node:crypto", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.string({ unit: "grapheme" }), (key, text) => {
      expect(createMac(key)(text)).toBe(createHmac("sha256", key).update(text).digest("base64url"));
    }),
  );
});
