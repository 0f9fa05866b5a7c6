/** Reading JWK files: EC (RFC 7518, 6.2.2), OKP (RFC 8037), AKP (RFC 9964; ML-KEM in the same shape), oct. Loads zod. */

import {
  PRIVATE_KEY_BYTES,
  PublicKey,
  decodePublicMembers,
  isWeierstrassKeyType,
  jwkBytes,
  keyTypeOfJwk,
  wipe,
  type KeyType,
  type PrivateKeyMaterial,
} from "@keyrail/core";
import * as z from "zod/mini";
import { invalidKeyFile, type ParsedKey } from "./parsed-key.ts";
import { readScalar } from "./scalar.ts";
import { keyTypeOfSecretJwk, requireSecretLength } from "./secret-jwk.ts";
import { verifyPrivateKey } from "./verify-private-key.ts";

const text: z.ZodMiniOptional<z.ZodMiniString> = z.optional(z.string());

const JWK_SCHEMA = z.looseObject({
  kty: z.string(),
  crv: text,
  alg: text,
  x: text,
  y: text,
  d: text,
  k: text,
  pub: text,
  priv: text,
});

/**
 * Reads any JWK: private, public or symmetric. Members that are not needed are ignored.
 *
 * @param expected needed for a symmetric JWK without `alg`.
 * @throws `InvalidKeyMaterial` when it is not a JWK of a key type Keyrail has, lacks its public half (RFC 7518 and RFC 8037
 *   require it), or its halves do not belong together.
 */
export async function decodeJwk(value: unknown, expected?: KeyType): Promise<ParsedKey> {
  const parsed = JWK_SCHEMA.safeParse(value);
  if (!parsed.success) {
    throw invalidKeyFile(
      'The file is not a JWK: expected an object with a "kty" and text members.',
      "not a JWK",
      "jwk",
    );
  }
  const jwk = parsed.data;
  if (jwk.kty === "oct") {
    const keyType = keyTypeOfSecretJwk(jwk.alg, expected);
    const bytes = jwkBytes(jwk.k, "k");
    requireSecretLength(keyType, bytes.length, "jwk");
    return { kind: "secret", keyType, bytes };
  }
  const keyType = keyTypeOfJwk(jwk);
  const member = jwk.kty === "AKP" ? "priv" : "d";
  const { keyType: publicKeyType, raw } = decodePublicMembers(jwk);
  const publicKey = PublicKey.fromRaw(publicKeyType, raw);
  if (jwk[member] === undefined) return { kind: "public", publicKey };
  const secret = jwkBytes(jwk[member], member);
  try {
    return await verifyPrivateKey({ material: materialOf(keyType, secret, member), publicKey }, "jwk");
  } finally {
    wipe(secret);
  }
}

function materialOf(keyType: PublicKey["keyType"], secret: Uint8Array, member: string): PrivateKeyMaterial {
  const format = isWeierstrassKeyType(keyType) ? "scalar" : "seed";
  const expected = PRIVATE_KEY_BYTES[keyType][format];
  if (secret.length !== expected) {
    throw invalidKeyFile(
      `The JWK's "${member}" must have ${expected} bytes for ${keyType}, with leading zeros kept.`,
      `wrong length of ${member}`,
      "jwk",
    );
  }
  const bytes = isWeierstrassKeyType(keyType) ? readScalar(keyType, secret, "jwk") : new Uint8Array(secret);
  return { keyType, format, bytes };
}
