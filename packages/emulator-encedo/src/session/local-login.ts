/** Local login: challenge and proof (fact sheet, section 2). */

import { z } from "zod";

import {
  CHALLENGE_NONCE_LENGTH,
  CHALLENGE_SPENT_BY_FAILURE,
  LOGIN_CONTEXT_ECHOED,
  PROOF_ISSUED_AT_CHECKED,
  TOKEN_LIFETIME_MAXIMUM,
} from "../assumptions.ts";
import { concatenate, decodeBase64, encodeBase64, equalBytes } from "../bytes.ts";
import type { Device } from "../device/device.ts";
import { CHALLENGE_LIFETIME, LOCAL_CONTEXT_LIMIT, LOCAL_SCOPE_LIMIT } from "../limits.ts";
import { LOG_RESULTS, LOG_TYPES } from "../logger/audit-log.ts";
import { refuse } from "../refusal.ts";
import { issueBearer } from "./bearer.ts";
import { decodeCompactJws, verifyCompactJws, type CompactJws } from "./jws.ts";

/** Members every challenge of the device has. */
export interface Challenge {
  readonly exp: number;
  readonly spk: string;
  readonly jti: string;
  readonly eid: string;
}

/** The claims every proof has, whatever it proves. */
const ProofClaims = z.object({
  jti: z.string(),
  aud: z.string(),
  exp: z.number().int(),
  iat: z.number().int(),
  iss: z.string(),
});

const LoginClaims = ProofClaims.extend({
  scope: z.string().min(1).max(LOCAL_SCOPE_LIMIT),
  ctx: z.string().max(LOCAL_CONTEXT_LIMIT).optional(),
});

/** Opens a challenge: answerable once, for 60 seconds, in this boot. */
export function issueChallenge(device: Device): Challenge {
  const now = device.clock.seconds();
  const time = new Uint8Array(4);
  new DataView(time.buffer).setUint32(0, now, true);
  const jti = encodeBase64(concatenate(time, device.random(CHALLENGE_NONCE_LENGTH - time.length)));
  device.boot.openChallenge(jti, now);
  return { exp: now + CHALLENGE_LIFETIME, spk: device.boot.spk, jti, eid: device.identity.eid };
}

/** Decodes a proof; 400 when it is not a token with the claims of `schema`. */
export function decodeProof<T>(text: string, schema: z.ZodType<T>): { token: CompactJws; claims: T } {
  const token = decodeCompactJws(text);
  const claims = schema.safeParse(token?.claims);
  if (token === undefined || !claims.success) refuse(400);
  return { token, claims: claims.data };
}

/**
 * Checks that a proof answers an open challenge of this boot and that its signer has `publicKey`.
 * Every failure is 401.
 */
export function checkProof(device: Device, token: CompactJws, publicKey: Uint8Array | undefined): void {
  const claims = ProofClaims.parse(token.claims);
  const issuedAt = device.boot.challengeIssuedAt(claims.jti);
  if (CHALLENGE_SPENT_BY_FAILURE) device.boot.spendChallenge(claims.jti);
  const now = device.clock.seconds();
  if (issuedAt === undefined || now - issuedAt > CHALLENGE_LIFETIME) refuse(401);
  if (claims.aud !== device.boot.spk || token.header.ecdh !== "x25519") refuse(401);
  if (PROOF_ISSUED_AT_CHECKED && claims.iat > now) refuse(401);
  const secret = publicKey === undefined ? undefined : device.boot.agree(publicKey);
  if (secret === undefined || !verifyCompactJws(token, secret)) refuse(401);
  device.boot.spendChallenge(claims.jti);
}

/** `POST /api/auth/token`: a bearer for a proof. 400 malformed, 401 refused. */
export function logIn(device: Device, proof: string): string {
  const { token, claims } = decodeProof(proof, LoginClaims);
  const issuer = decodeBase64(claims.iss);
  const subject = issuer === undefined ? undefined : roleOf(device, issuer);
  checkProof(device, token, subject === undefined ? undefined : issuer);
  if (subject === undefined) refuse(401);
  const bearer = issueBearer(device, {
    scope: claims.scope,
    subject,
    expiresAt: tokenExpiry(device, claims.exp),
    ...(LOGIN_CONTEXT_ECHOED && claims.ctx !== undefined ? { context: claims.ctx } : {}),
  });
  device.audit(LOG_TYPES.localLogin, LOG_RESULTS.ok, subject, claims.scope);
  return bearer;
}

function tokenExpiry(device: Device, requested: number): number {
  if (requested === 0 && !device.quirks.loginRefusesExpiryZero) return device.defaultExpiry();
  const now = device.clock.seconds();
  if (requested <= now || requested - now > TOKEN_LIFETIME_MAXIMUM) refuse(401);
  return requested;
}

function roleOf(device: Device, issuer: Uint8Array): "U" | "M" | undefined {
  for (const [role, text] of [
    ["U", device.config.userkey],
    ["M", device.config.masterkey],
  ] as const) {
    const key = text === undefined ? undefined : decodeBase64(text);
    if (key !== undefined && equalBytes(key, issuer)) return role;
  }
  return undefined;
}
