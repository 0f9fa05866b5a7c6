import { createHash } from "node:crypto";
import { secp256k1_hasher } from "@noble/curves/secp256k1.js";
import { encodeHex } from "@keyrail/core";
import { z } from "zod";
import { badRequest } from "../api-error.ts";
import { deriveOutputHash } from "../assumptions.ts";
import type { Caller } from "../auth/bearer.ts";
import { bytesFromHex, hexMessage } from "../http/hex-fields.ts";
import type { Services } from "../services.ts";
import { reconstructSecret } from "./generate.ts";

/** Body of `POST /keys/{id}/derive`: both hexadecimal. */
export interface DeriveKeyBody {
  readonly domain: string;
  readonly seed: string;
}

export const deriveKeySchema: z.ZodType<DeriveKeyBody> = z.strictObject({ domain: hexMessage, seed: hexMessage });

/**
 * Threshold DH after GLOW20 (fact sheet, section 7): the seed hashed to the curve with the domain as DST, times the key.
 * How the point becomes the output is an assumption.
 */
export function deriveOutput(keyId: string, body: DeriveKeyBody, caller: Caller, { keys }: Services): object {
  const key = keys.active(keyId, caller);
  if (key.scheme !== "DH") throw badRequest("Only DH keys derive");
  const domain = bytesFromHex(body.domain);
  if (domain.length === 0) throw badRequest("domain: a domain separation tag can't be empty (RFC 9380, section 3.1)");
  const point = secp256k1_hasher.hashToCurve(bytesFromHex(body.seed), { DST: domain }).multiply(reconstructSecret(key));
  const output = createHash(deriveOutputHash).update(point.toBytes(true)).digest();
  return { output: `0x${encodeHex(output)}` };
}
