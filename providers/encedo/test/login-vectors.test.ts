/** The worked vectors of the fact sheet, section 2: PBKDF2, X25519 and the HMAC, byte for byte. */

import { describe, expect, test } from "vitest";
import { LoginKey, type ProofClaims } from "../src/client/login-proof.ts";
import { utf8 } from "./device.ts";

interface Vector {
  readonly name: string;
  readonly passphrase: Uint8Array;
  readonly eid: string;
  readonly claims: ProofClaims;
  readonly iss: string;
  /** The whole proof, or its tag where the sheet gives no more. */
  readonly expected: string;
}

const VECTORS: readonly Vector[] = [
  {
    name: "worked vector",
    passphrase: Buffer.from("5a61c5bcc3b3c582c4872067c499c59b6cc485206a61c5bac584203432", "hex"),
    eid: "NYBy1jZYgNGu6jKa35EhODhR7SGijjt16WXQ0s0WYlQ=",
    claims: {
      jti: "AHjnaISFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8=",
      aud: "eaYx7t4b+cmPEgMs3q3Q56B5OY/HhriMyEbsia+FpRo=",
      exp: 1760003600,
      iat: 1759999995,
      scope: "keymgmt:list",
    },
    iss: "EhnRYti/3RpCcCwqQPuj77iMMxpCfvdMzkoWpsWmY1o=",
    expected:
      "eyJlY2RoIjoieDI1NTE5IiwiYWxnIjoiSFMyNTYiLCJ0eXAiOiJKV1QifQ.eyJqdGkiOiJBSGpuYUlTRmhvZUlpWXFMakkyT2o1Q1JrcE9VbFphWG1KbWFtNXlkbnA4PSIsImF1ZCI6ImVhWXg3dDRiK2NtUEVnTXMzcTNRNTZCNU9ZL0hocmlNeUVic2lhK0ZwUm89IiwiZXhwIjoxNzYwMDAzNjAwLCJpYXQiOjE3NTk5OTk5OTUsImlzcyI6IkVoblJZdGkvM1JwQ2NDd3FRUHVqNzdpTU14cENmdmRNemtvV3BzV21ZMW89Iiwic2NvcGUiOiJrZXltZ210Omxpc3QifQ.qfAnMH9DjO9UxsWh1yvw9XoFE3VyiL7xBw-mVeD2pEM",
  },
  {
    name: "published vector",
    passphrase: utf8("correct horse battery staple"),
    eid: "d4ad81b06b1d493ab2b6f9b1a3e2c7f0",
    claims: {
      jti: "0123456789abcdef",
      aud: Buffer.alloc(32, 1).toString("base64"),
      exp: 1700003600,
      iat: 1700000000,
      scope: "keymgmt:gen",
    },
    iss: "CdLq53eX780FeZR4/hOee5rTtcl7ajJdYwVwcjL5cxY=",
    expected: "oPm7pWzqB9VImg5OpTllCqbQAO-xkdgoRfdzyLj09qE",
  },
];

describe("login proof", () => {
  for (const { name, passphrase, eid, claims, iss, expected } of VECTORS) {
    test(`vector: ${name}`, async () => {
      using key = await LoginKey.derive(passphrase, eid);
      expect(key.iss).toBe(iss);
      const proof = key.prove(claims);
      expect(proof.endsWith(expected)).toBe(true);
      expect(proof.split(".")).toHaveLength(3);
    });
  }
});
