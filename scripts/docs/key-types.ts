/** The page docs/key-types.md: every key type with its lengths, encodings, usages and algorithms. */

import {
  ASYMMETRIC_KEY_TYPES,
  type AsymmetricKeyType,
  isKeyrailError,
  KEY_TYPES,
  PRIVATE_KEY_BYTES,
  PUBLIC_KEY_BYTES,
  PublicKey,
  type SymmetricKeyType,
  USAGES,
} from "@keyrail/core";
import {
  GENERATED_SECRET_BYTES,
  generatePrivateKey,
  isSymmetricKeyType,
  prepareEngines,
  signatureAlgorithms,
  writeSecretJwk,
} from "@keyrail/crypto";
import { defaultUsages } from "keyrail";

/** The page, as Markdown. */
export async function renderKeyTypes(): Promise<string> {
  const asymmetric = await Promise.all(ASYMMETRIC_KEY_TYPES.map(asymmetricRow));
  const symmetric = KEY_TYPES.filter(isSymmetricKeyType).map((keyType) => [
    keyType,
    String(GENERATED_SECRET_BYTES[keyType]),
    keyType.startsWith("HMAC") ? "1 to 1,024" : String(GENERATED_SECRET_BYTES[keyType]),
    `\`oct\`, \`alg\` ${secretJwkAlgorithm(keyType)}`,
    defaultUsages(keyType).join(", "),
  ]);
  return [
    "# Key types",
    "",
    "Generated from the vocabulary and the tables of `@keyrail/core` and `@keyrail/crypto`; do not edit by hand. Lengths are in bytes.",
    "",
    "The key type fixes curve, parameter set and every length. What a provider does with it is in its capability table",
    "([software](capabilities/software.md)).",
    "",
    "## Asymmetric",
    "",
    ...table(
      ["key type", "private key", "public key (raw)", "SPKI", "JWK", "usages by default", "signature algorithms"],
      asymmetric,
    ),
    "",
    "Private keys: `scalar` is big-endian, as long as the group order; `seed` is the private key of RFC 8032 and RFC 7748, `d || z` of",
    "FIPS 203, `xi` of FIPS 204; `expanded` is `dk` of FIPS 203, `sk` of FIPS 204, and for Ed25519 the scalar and the prefix of RFC",
    "8032. Raw public keys of curves with points are uncompressed SEC 1 points; compressed ones are taken too.",
    "",
    "## Symmetric",
    "",
    ...table(["key type", "generated", "imported", "JWK", "usages by default"], symmetric),
    "",
    "## Usages",
    "",
    ...table(
      ["usage", "allows"],
      USAGES.map((usage) => [`\`${usage}\``, USAGE_TEXTS[usage]]),
    ),
  ]
    .join("\n")
    .concat("\n");
}

const USAGE_TEXTS: Readonly<Record<(typeof USAGES)[number], string>> = {
  sign: "signatures",
  verify: "checking signatures; the public half is enough",
  agree: "a raw shared secret, returned to the caller",
  mac: "making and checking MACs",
  encrypt: "encryption and decryption",
  wrap: "wrapping and unwrapping key bytes",
  encapsulate: "encapsulation and decapsulation; the public half is enough for the former",
  derive: "a new stored key by ECDH or as an HD child, or a deterministic output",
};

async function asymmetricRow(keyType: AsymmetricKeyType): Promise<string[]> {
  await prepareEngines(keyType);
  const publicKey = PublicKey.fromRaw(keyType, generatePrivateKey(keyType).publicKey);
  const { kty, ...jwk } = publicKey.toJwk();
  const name = "crv" in jwk ? `\`crv\` ${jwk.crv}` : "alg" in jwk ? `\`alg\` ${jwk.alg}` : "";
  const formats = Object.entries(PRIVATE_KEY_BYTES[keyType]).map(([format, bytes]) => `${format} ${bytes}`);
  return [
    keyType,
    formats.join(", "),
    String(PUBLIC_KEY_BYTES[keyType]),
    hasSpki(publicKey) ? "yes" : "no: no object identifier",
    `\`${kty}\`, ${name}`,
    defaultUsages(keyType).join(", "),
    signatureAlgorithms(keyType).join(", "),
  ];
}

function hasSpki(publicKey: PublicKey): boolean {
  try {
    return publicKey.toSpki().length > 0;
  } catch (error) {
    if (isKeyrailError(error, "InvalidKeyMaterial")) return false;
    throw error;
  }
}

function secretJwkAlgorithm(keyType: SymmetricKeyType): string {
  return writeSecretJwk(keyType, new Uint8Array(GENERATED_SECRET_BYTES[keyType])).alg;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}
