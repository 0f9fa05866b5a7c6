/**
 * Public keys as JSON Web Keys: EC (RFC 7518, 6.2; secp256k1 by RFC 8812), OKP (RFC 8037), AKP (RFC 9964 for ML-DSA; the
 * same shape, as Node.js and WebCrypto use it, for ML-KEM). `EC` with the curve name `stark` is a private name of Keyrail.
 */

import * as z from "zod/mini";
import { encodeBase64Url, tryDecodeBase64Url } from "../encoding/base64.ts";
import { type AsymmetricKeyType, withArticle } from "../vocabulary.ts";
import { invalidPublicKey, joinPoint } from "./raw.ts";
import { WEIERSTRASS_CURVES, isWeierstrassKeyType, type WeierstrassKeyType } from "./weierstrass.ts";

type OkpKeyType = "Ed25519" | "Ed448" | "X25519" | "X448";
type AkpKeyType = Exclude<AsymmetricKeyType, WeierstrassKeyType | OkpKeyType>;

/** A public elliptic-curve JWK (RFC 7518, 6.2.1). Coordinates have their full length. */
export interface EcPublicJwk {
  readonly kty: "EC";
  readonly crv: WeierstrassKeyType;
  readonly x: string;
  readonly y: string;
}

/** A public octet key pair JWK (RFC 8037, 2). */
export interface OkpPublicJwk {
  readonly kty: "OKP";
  readonly crv: OkpKeyType;
  readonly x: string;
}

/** A public algorithm key pair JWK (RFC 9964, 3). */
export interface AkpPublicJwk {
  readonly kty: "AKP";
  readonly alg: AkpKeyType;
  readonly pub: string;
}

/** A public key as JWK: the members RFC 7638 takes into the thumbprint, and no others. */
export type PublicJwk = EcPublicJwk | OkpPublicJwk | AkpPublicJwk;

const OKP_KEY_TYPES: readonly OkpKeyType[] = ["Ed25519", "Ed448", "X25519", "X448"];
const AKP_KEY_TYPES: readonly AkpKeyType[] = [
  "ML-KEM-512",
  "ML-KEM-768",
  "ML-KEM-1024",
  "ML-DSA-44",
  "ML-DSA-65",
  "ML-DSA-87",
];

/** `alg` values that name the curve. Others, and no `alg`, say nothing about the key type. */
const KEY_TYPES_OF_ALGORITHM: Readonly<Record<string, readonly AsymmetricKeyType[]>> = {
  ES256: ["P-256"],
  ES384: ["P-384"],
  ES512: ["P-521"],
  ES256K: ["secp256k1"],
  EdDSA: ["Ed25519", "Ed448"],
  Ed25519: ["Ed25519"],
  Ed448: ["Ed448"],
};

const JWK_SCHEMA = z.looseObject({
  kty: z.string(),
  crv: z.optional(z.string()),
  alg: z.optional(z.string()),
  x: z.optional(z.string()),
  y: z.optional(z.string()),
  pub: z.optional(z.string()),
});

/** Members that hold private or secret parts (RFC 7518, 6.2.2, 6.3.2 and 6.4; RFC 8037; RFC 9964). */
const SECRET_MEMBERS = ["d", "k", "priv", "p", "q", "dp", "dq", "qi", "oth"] as const;

/** The JWK of a canonical raw public key. */
export function encodePublicJwk(keyType: AsymmetricKeyType, raw: Uint8Array): PublicJwk {
  if (isWeierstrassKeyType(keyType)) {
    const end = 1 + WEIERSTRASS_CURVES[keyType].coordinateBytes;
    return { kty: "EC", crv: keyType, x: encodeBase64Url(raw.subarray(1, end)), y: encodeBase64Url(raw.subarray(end)) };
  }
  if (isOkpKeyType(keyType)) return { kty: "OKP", crv: keyType, x: encodeBase64Url(raw) };
  return { kty: "AKP", alg: keyType, pub: encodeBase64Url(raw) };
}

/** The JSON text that RFC 7638 hashes: the required members in lexicographic order, no white space. */
export function thumbprintInput(jwk: PublicJwk): string {
  // The values are fixed names and base64url, so there is nothing to escape.
  switch (jwk.kty) {
    case "EC":
      return `{"crv":"${jwk.crv}","kty":"EC","x":"${jwk.x}","y":"${jwk.y}"}`;
    case "OKP":
      return `{"crv":"${jwk.crv}","kty":"OKP","x":"${jwk.x}"}`;
    case "AKP":
      return `{"alg":"${jwk.alg}","kty":"AKP","pub":"${jwk.pub}"}`;
  }
}

/**
 * Key type and raw bytes (not yet checked as a key) of a public JWK. Members that are not needed are ignored, as RFC 7517
 * asks; an `alg` that contradicts the curve is refused.
 *
 * @throws `InvalidKeyMaterial` for anything else, and for a JWK that holds a private or secret key.
 */
export function decodePublicJwk(value: unknown): { readonly keyType: AsymmetricKeyType; readonly raw: Uint8Array } {
  const parsed = JWK_SCHEMA.safeParse(value);
  if (!parsed.success)
    throw invalidJwk('The value is not a JWK: expected an object with a "kty" and text members.', "not a JWK");
  const jwk = parsed.data;
  if (SECRET_MEMBERS.some((member) => jwk[member] !== undefined)) {
    throw invalidJwk("The JWK holds a private or secret key where a public key is expected.", "private JWK");
  }
  return decodePublicMembers(jwk);
}

/** The members of a JWK that the public half is read from, as text of unknown content. */
export interface PublicJwkMembers {
  readonly kty: string;
  readonly crv?: string | undefined;
  readonly alg?: string | undefined;
  readonly x?: string | undefined;
  readonly y?: string | undefined;
  readonly pub?: string | undefined;
}

/** The key type a JWK names. @throws `InvalidKeyMaterial` when it is unknown or contradicted by `alg`. */
export function keyTypeOfJwk({ kty, crv, alg }: PublicJwkMembers): AsymmetricKeyType {
  const keyType = namedKeyType(kty, kty === "AKP" ? alg : crv);
  const allowed =
    alg === undefined
      ? undefined
      : Object.hasOwn(KEY_TYPES_OF_ALGORITHM, alg)
        ? KEY_TYPES_OF_ALGORITHM[alg]
        : undefined;
  if (allowed !== undefined && !allowed.includes(keyType)) {
    throw invalidJwk(
      `The JWK's "alg" ${alg} does not belong to ${withArticle(keyType)} key.`,
      "alg contradicts the curve",
    );
  }
  return keyType;
}

/** As {@link decodePublicJwk} for members that have been checked to be texts; looks at the public ones only. */
export function decodePublicMembers(jwk: PublicJwkMembers): {
  readonly keyType: AsymmetricKeyType;
  readonly raw: Uint8Array;
} {
  const keyType = keyTypeOfJwk(jwk);
  if (isWeierstrassKeyType(keyType)) {
    const size = WEIERSTRASS_CURVES[keyType].coordinateBytes;
    return { keyType, raw: joinPoint(jwkBytes(jwk.x, "x", size), jwkBytes(jwk.y, "y", size)) };
  }
  return { keyType, raw: isOkpKeyType(keyType) ? jwkBytes(jwk.x, "x") : jwkBytes(jwk.pub, "pub") };
}

/** The bytes of one base64url member. @throws `InvalidKeyMaterial` when it is missing, malformed or of another length. */
export function jwkBytes(text: string | undefined, member: string, length?: number): Uint8Array {
  if (text === undefined) throw invalidJwk(`The JWK has no "${member}".`, `no ${member}`);
  const bytes = tryDecodeBase64Url(text);
  if (bytes === undefined)
    throw invalidJwk(`The JWK's "${member}" is not base64url without padding.`, `${member} is not base64url`);
  if (length !== undefined && bytes.length !== length) {
    bytes.fill(0);
    throw invalidJwk(
      `The JWK's "${member}" must have ${length} bytes, with leading zeros kept.`,
      `wrong length of ${member}`,
    );
  }
  return bytes;
}

/**
 * A name from a file for an error text. What is longer than the names in use is not shown: in a damaged file a secret may
 * have slipped into its place.
 */
export function quotedName(name: string): string {
  return /^[\w.+-]{1,18}$/.test(name) ? `"${name}"` : "of an unknown name";
}

function namedKeyType(kty: string, name: string | undefined): AsymmetricKeyType {
  if (name !== undefined) {
    if (kty === "EC" && isWeierstrassKeyType(name)) return name;
    if (kty === "OKP" && isOkpKeyType(name)) return name;
    const akp = AKP_KEY_TYPES.find((candidate) => candidate === name);
    if (kty === "AKP" && akp !== undefined) return akp;
  }
  const shown = name === undefined ? "" : ` and ${kty === "AKP" ? "alg" : "crv"} ${quotedName(name)}`;
  throw invalidJwk(`A JWK with kty ${quotedName(kty)}${shown} is not supported.`, "unsupported JWK");
}

function isOkpKeyType(keyType: string): keyType is OkpKeyType {
  return OKP_KEY_TYPES.some((candidate) => candidate === keyType);
}

function invalidJwk(message: string, reason: string): Error {
  return invalidPublicKey(message, reason, "jwk");
}
