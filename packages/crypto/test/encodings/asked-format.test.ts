/** A format that is asked for is kept, in PEM as in DER. */

import { generateKeyPairSync } from "node:crypto";
import { expect, it } from "vitest";
import { readKeyFile } from "../../src/index.ts";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const files = {
  pkcs8: privateKey.export({ type: "pkcs8", format: "pem" }),
  sec1: privateKey.export({ type: "sec1", format: "pem" }),
  spki: publicKey.export({ type: "spki", format: "pem" }),
};
const FORMATS = ["pkcs8", "sec1", "spki"] as const;
const pairs = FORMATS.flatMap((asked) => FORMATS.map((given) => [asked, given] as const));

it.each(pairs)("asked for %s, given a PEM file of %s", async (asked, given) => {
  const reading = readKeyFile(Buffer.from(files[given]), { format: asked });
  if (asked === given) expect((await reading).kind).toBe(given === "spki" ? "public" : "private");
  else await expect(reading).rejects.toMatchObject({ code: "InvalidKeyMaterial" });
});
