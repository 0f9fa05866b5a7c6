import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** What a token is for; part of the signed header, so that one kind never passes for another. */
export type TokenPurpose = "bearer" | "challenge" | "user-action";

/** Signs and opens the emulator's JWTs: HS256 with a secret of this process only. Clients treat them as opaque. */
export interface JsonWebTokens {
  sign(purpose: TokenPurpose, claims: Readonly<Record<string, unknown>>): string;
  /** The claims, or `undefined` when the token is not one of this emulator's for that purpose. Expiry is the caller's. */
  open(purpose: TokenPurpose, token: string): Readonly<Record<string, unknown>> | undefined;
}

export function createJsonWebTokens(): JsonWebTokens {
  const secret = randomBytes(32);
  const mac = (text: string): Buffer => createHmac("sha256", secret).update(text).digest();
  const headers: Record<TokenPurpose, string> = {
    bearer: header("JWT"),
    challenge: header("challenge+jwt"),
    "user-action": header("user-action+jwt"),
  };
  return {
    sign: (purpose, claims) => {
      const body = `${headers[purpose]}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
      return `${body}.${mac(body).toString("base64url")}`;
    },
    open: (purpose, token) => {
      const [head, payload, signature, ...rest] = token.split(".");
      if (head !== headers[purpose] || payload === undefined || signature === undefined || rest.length > 0)
        return undefined;
      const actual = Buffer.from(signature, "base64url");
      const expected = mac(`${head}.${payload}`);
      if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) return undefined;
      // The MAC is right, so this process wrote the text: it is an object.
      const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
      return typeof claims === "object" && claims !== null ? { ...claims } : undefined;
    },
  };
}

function header(typ: string): string {
  return Buffer.from(JSON.stringify({ alg: "HS256", typ })).toString("base64url");
}
