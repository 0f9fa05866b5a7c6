import { createHmac, randomBytes } from "node:crypto";

/** What a token is for; it stands in the header, so that one kind never passes for another. */
export type TokenPurpose = "bearer" | "challenge" | "user-action";

/**
 * Makes the emulator's JWTs: HS256 with a secret of this process only. They are recognised by being remembered, not by
 * their signature: whoever issues one keeps it, and a token that nobody kept is none of ours.
 */
export type JsonWebTokenIssuer = (purpose: TokenPurpose, claims: Readonly<Record<string, unknown>>) => string;

export function createJsonWebTokenIssuer(): JsonWebTokenIssuer {
  const secret = randomBytes(32);
  const headers: Readonly<Record<TokenPurpose, string>> = {
    bearer: header("JWT"),
    challenge: header("challenge+jwt"),
    "user-action": header("user-action+jwt"),
  };
  return (purpose, claims) => {
    const body = `${headers[purpose]}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
    return `${body}.${createHmac("sha256", secret).update(body).digest("base64url")}`;
  };
}

function header(typ: string): string {
  return Buffer.from(JSON.stringify({ alg: "HS256", typ })).toString("base64url");
}
