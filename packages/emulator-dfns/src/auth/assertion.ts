import { verify } from "node:crypto";
import { tryDecodeBase64Url } from "@keyrail/core";
import { z } from "zod";
import { ApiError, badRequest } from "../api-error.ts";
import { badAssertionStatus } from "../assumptions.ts";
import { tryParseJson } from "../json.ts";
import type { Credential } from "../organisation/credential.ts";
import { nativeEd25519 } from "../threshold/native-ed25519.ts";

const clientDataSchema = z.looseObject({
  type: z.literal("key.get"),
  challenge: z.string(),
  origin: z.string().optional(),
  crossOrigin: z.literal(false).optional(),
});

/** Base64url with or without padding (fact sheet, section 2). */
export function decodeBinaryField(text: string): Uint8Array | undefined {
  return tryDecodeBase64Url(text.replace(/={1,2}$/, ""));
}

/**
 * Checks a `Key` assertion (fact sheet, section 2): client data of type `key.get` over the challenge given, signed by the
 * credential: Ed25519 pure (64 bytes), ECDSA with SHA-256 in DER, RSASSA-PKCS1-v1_5 with SHA-256.
 *
 * @throws ApiError 400 when a field is not what the sheet says, 401 when the assertion does not hold.
 */
export function checkAssertion(
  credential: Credential,
  challenge: string,
  assertion: { readonly clientData: string; readonly signature: string },
): void {
  const clientData = decodeBinaryField(assertion.clientData);
  const signature = decodeBinaryField(assertion.signature);
  if (clientData === undefined || signature === undefined) {
    throw badRequest("clientData and signature must be base64url");
  }
  const parsed = clientDataSchema.safeParse(tryParseJson(new TextDecoder().decode(clientData))?.value);
  if (!parsed.success) throw badRequest("clientData is not the client data of a key assertion");
  if (parsed.data.challenge !== challenge || !holds(credential, clientData, signature)) {
    throw new ApiError(badAssertionStatus, "User action signature is not valid.");
  }
}

function holds(credential: Credential, clientData: Uint8Array, signature: Uint8Array): boolean {
  const { rawPublicKey } = credential;
  if (nativeEd25519 !== undefined && rawPublicKey !== undefined) {
    return signature.length === 64 && nativeEd25519.crypto_sign_verify_detached(signature, clientData, rawPublicKey);
  }
  const digest = credential.kind === "Ed25519" ? null : "sha256";
  return verify(digest, clientData, credential.publicKey, signature);
}
