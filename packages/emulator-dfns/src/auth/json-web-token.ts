import { hash, randomBytes } from "node:crypto";

/** What a token is for; it stands in the header, so that one kind never passes for another. */
export type TokenPurpose = "bearer" | "challenge" | "user-action";

/**
 * Makes the emulator's JWTs: HS256 with a secret of this process only. They are recognised by being remembered, not by
 * their signature: whoever issues one keeps it, and a token that nobody kept is none of ours.
 */
export type JsonWebTokenIssuer = (purpose: TokenPurpose, claims: Readonly<Record<string, unknown>>) => string;

export function createJsonWebTokenIssuer(): JsonWebTokenIssuer {
  const mac = createMac(randomBytes(32));
  const headers: Readonly<Record<TokenPurpose, string>> = {
    bearer: header("JWT"),
    challenge: header("challenge+jwt"),
    "user-action": header("user-action+jwt"),
  };
  return (purpose, claims) => {
    const body = `${headers[purpose]}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
    return `${body}.${mac(body)}`;
  };
}

const BLOCK_BYTES = 64;

/**
 * HMAC-SHA-256 (RFC 2104) as base64url, for a key of at most 64 bytes, by two hashes in one call each: a quarter of what
 * the HMAC object of `node:crypto` costs, twice in every change.
 */
export function createMac(key: Uint8Array): (text: string) => string {
  const pad = (byte: number): Buffer =>
    Buffer.from(Uint8Array.from({ length: BLOCK_BYTES }, (_, position) => (key[position] ?? 0) ^ byte));
  const [inner, outer] = [pad(0x36), pad(0x5c)];
  return (text) => {
    const digest = hash("sha256", Buffer.concat([inner, Buffer.from(text)]), "buffer");
    return hash("sha256", Buffer.concat([outer, digest]), "base64url");
  };
}

function header(typ: string): string {
  return Buffer.from(JSON.stringify({ alg: "HS256", typ })).toString("base64url");
}
