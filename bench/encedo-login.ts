/** A login of the benchmark's own, so that the raw opponent needs nothing of the adapter (encedo-hem.md, section 2). */

import { createHmac, createPrivateKey, createPublicKey, diffieHellman, pbkdf2Sync } from "node:crypto";
import { z } from "zod";

const challengeSchema = z.object({ spk: z.string(), jti: z.string(), eid: z.string() });
const tokenSchema = z.object({ token: z.string() });

/** Sends one request and gives the body. */
export type Send = (method: "GET" | "POST", path: string, body?: string) => Promise<string>;

/** A bearer token for one scope, good for an hour. */
export async function rawLogin(send: Send, passphrase: string, scope: string): Promise<string> {
  const { spk, jti, eid } = challengeSchema.parse(JSON.parse(await send("GET", "/api/auth/token")));
  const seed = pbkdf2Sync(passphrase, eid, 600_000, 32, "sha256");
  const privateKey = createPrivateKey({
    key: Buffer.concat([Buffer.from("302e020100300506032b656e04220420", "hex"), seed]),
    format: "der",
    type: "pkcs8",
  });
  const publicKey = createPublicKey({
    key: Buffer.concat([Buffer.from("302a300506032b656e032100", "hex"), Buffer.from(spk, "base64")]),
    format: "der",
    type: "spki",
  });
  const iss = createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(-32).toString("base64");
  const now = Math.floor(Date.now() / 1000);
  const claims = { jti, aud: spk, exp: now + 3600, iat: now - 5, iss, scope };
  const signed = [{ ecdh: "x25519", alg: "HS256", typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const tag = createHmac("sha256", diffieHellman({ privateKey, publicKey })).update(signed).digest("base64url");
  const body = JSON.stringify({ auth: `${signed}.${tag}` });
  return tokenSchema.parse(JSON.parse(await send("POST", "/api/auth/token", body))).token;
}
