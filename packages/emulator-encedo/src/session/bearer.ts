/** The device's bearer tokens (fact sheet, section 2). */

import { z } from "zod";

import { TOKEN_CHECKED_EACH_REQUEST } from "../assumptions.ts";
import { encodeBase64 } from "../bytes.ts";
import type { Device } from "../device/device.ts";
import { decodeCompactJws, signCompactJws, verifyCompactJws } from "./jws.ts";

/** Who a token speaks for: the user, the master, or a paired app. */
export type Role = "U" | "M" | "Ext";

/** A valid bearer. */
export interface BearerToken {
  readonly scope: string;
  /** `U`, `M`, or base64 of the 16-byte kid of a pairing. */
  readonly subject: string;
  readonly role: Role;
  /** Device time in seconds since the epoch. */
  readonly expiresAt: number;
}

/** What a token is made of. */
export interface TokenRequest {
  readonly scope: string;
  readonly subject: string;
  readonly expiresAt: number;
  readonly context?: string | undefined;
}

const ClaimsSchema = z.object({ scope: z.string(), sub: z.string(), exp: z.number() });

/** Signs a bearer with the secret of this boot. */
export function issueBearer(device: Device, request: TokenRequest): string {
  const claims = {
    scope: request.scope,
    sub: request.subject,
    iat: device.clock.seconds(),
    exp: request.expiresAt,
    jti: encodeBase64(device.random(16)),
    ...(request.context === undefined ? {} : { ctx: request.context }),
  };
  return signCompactJws({ typ: "JWT", alg: "HS256" }, claims, device.boot.tokenSecret);
}

/**
 * Reads an `Authorization` header.
 *
 * @returns `undefined` when the header is anything but an unexpired bearer of this boot.
 */
export function readBearer(device: Device, header: string): BearerToken | undefined {
  const text = /^Bearer +(\S+)$/i.exec(header)?.[1];
  const token = text === undefined ? undefined : decodeCompactJws(text);
  if (token === undefined || !verifyCompactJws(token, device.boot.tokenSecret)) return undefined;
  const claims = ClaimsSchema.safeParse(token.claims);
  if (!claims.success) return undefined;
  const { scope, sub, exp } = claims.data;
  if (TOKEN_CHECKED_EACH_REQUEST && exp <= device.clock.seconds()) return undefined;
  return { scope, subject: sub, role: sub === "U" || sub === "M" ? sub : "Ext", expiresAt: exp };
}
