/**
 * The constant parts of the DER key encodings, so that a key becomes a `KeyObject` without an ASN.1 writer.
 *
 * SPKI is RFC 5480 (EC), RFC 8410 (Ed, X), and the ML-KEM and ML-DSA certificate profiles; PKCS#8 is RFC 5958 with
 * RFC 5915 for EC, always with the public point: without it the import costs a scalar multiplication.
 */

import type { AsymmetricKeyType, PrivateKeyFormat } from "@keyrail/core";
import { concatenate } from "../engines/byte-strings.ts";

/** Key types that `node:crypto` has; stark is the only one it lacks. */
export type NodeKeyType = Exclude<AsymmetricKeyType, "stark">;

/** The names `createECDH` knows the curves by. */
export const ECDH_NAMES = {
  "P-256": "prime256v1",
  "P-384": "secp384r1",
  "P-521": "secp521r1",
  secp256k1: "secp256k1",
} as const;

interface Template {
  /** SubjectPublicKeyInfo up to the raw public key. */
  readonly spki: Uint8Array;
  /** PrivateKeyInfo up to the private key bytes, for the scalar or the seed. */
  readonly pkcs8: Uint8Array;
  /** What stands between the scalar and the public point. */
  readonly beforePoint?: Uint8Array;
  /** PrivateKeyInfo up to the expanded private key. */
  readonly pkcs8Expanded?: Uint8Array;
}

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));

const TEMPLATES: Readonly<Record<NodeKeyType, Template>> = {
  "P-256": {
    spki: hex("3059301306072a8648ce3d020106082a8648ce3d030107034200"),
    pkcs8: hex("308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420"),
    beforePoint: hex("a144034200"),
  },
  "P-384": {
    spki: hex("3076301006072a8648ce3d020106052b81040022036200"),
    pkcs8: hex("3081b6020100301006072a8648ce3d020106052b8104002204819e30819b0201010430"),
    beforePoint: hex("a164036200"),
  },
  "P-521": {
    spki: hex("30819b301006072a8648ce3d020106052b8104002303818600"),
    pkcs8: hex("3081ee020100301006072a8648ce3d020106052b810400230481d63081d30201010442"),
    beforePoint: hex("a1818903818600"),
  },
  secp256k1: {
    spki: hex("3056301006072a8648ce3d020106052b8104000a034200"),
    pkcs8: hex("308184020100301006072a8648ce3d020106052b8104000a046d306b0201010420"),
    beforePoint: hex("a144034200"),
  },
  Ed25519: {
    spki: hex("302a300506032b6570032100"),
    pkcs8: hex("302e020100300506032b657004220420"),
  },
  Ed448: {
    spki: hex("3043300506032b6571033a00"),
    pkcs8: hex("3047020100300506032b6571043b0439"),
  },
  X25519: {
    spki: hex("302a300506032b656e032100"),
    pkcs8: hex("302e020100300506032b656e04220420"),
  },
  X448: {
    spki: hex("3042300506032b656f033900"),
    pkcs8: hex("3046020100300506032b656f043a0438"),
  },
  "ML-KEM-512": {
    spki: hex("30820332300b06096086480165030404010382032100"),
    pkcs8: hex("3054020100300b060960864801650304040104428040"),
    pkcs8Expanded: hex("30820678020100300b06096086480165030404010482066404820660"),
  },
  "ML-KEM-768": {
    spki: hex("308204b2300b0609608648016503040402038204a100"),
    pkcs8: hex("3054020100300b060960864801650304040204428040"),
    pkcs8Expanded: hex("30820978020100300b06096086480165030404020482096404820960"),
  },
  "ML-KEM-1024": {
    spki: hex("30820632300b06096086480165030404030382062100"),
    pkcs8: hex("3054020100300b060960864801650304040304428040"),
    pkcs8Expanded: hex("30820c78020100300b060960864801650304040304820c6404820c60"),
  },
  "ML-DSA-44": {
    spki: hex("30820532300b06096086480165030403110382052100"),
    pkcs8: hex("3034020100300b060960864801650304031104228020"),
    pkcs8Expanded: hex("30820a18020100300b060960864801650304031104820a0404820a00"),
  },
  "ML-DSA-65": {
    spki: hex("308207b2300b0609608648016503040312038207a100"),
    pkcs8: hex("3034020100300b060960864801650304031204228020"),
    pkcs8Expanded: hex("30820fd8020100300b060960864801650304031204820fc404820fc0"),
  },
  "ML-DSA-87": {
    spki: hex("30820a32300b060960864801650304031303820a2100"),
    pkcs8: hex("3034020100300b060960864801650304031304228020"),
    pkcs8Expanded: hex("30821338020100300b06096086480165030403130482132404821320"),
  },
};

/** DER SubjectPublicKeyInfo of a canonical raw public key (core's PUBLIC_KEY_BYTES). */
export function spkiFromRaw(keyType: NodeKeyType, publicKey: Uint8Array): Uint8Array {
  return concatenate(TEMPLATES[keyType].spki, publicKey);
}

/**
 * DER PrivateKeyInfo (PKCS#8) of a raw private key.
 *
 * @param publicKey the uncompressed point; needed for the Weierstrass curves, not used otherwise.
 * @returns undefined when PKCS#8 has no form for it (an expanded Ed25519 key).
 */
export function pkcs8FromRaw(
  keyType: NodeKeyType,
  format: PrivateKeyFormat,
  privateKey: Uint8Array,
  publicKey: Uint8Array | undefined,
): Uint8Array | undefined {
  const { pkcs8, beforePoint, pkcs8Expanded } = TEMPLATES[keyType];
  if (format === "expanded") {
    return pkcs8Expanded === undefined ? undefined : concatenate(pkcs8Expanded, privateKey);
  }
  if (beforePoint === undefined) return concatenate(pkcs8, privateKey);
  if (publicKey === undefined) throw new TypeError("The public point is missing.");
  return concatenate(pkcs8, privateKey, beforePoint, publicKey);
}

/**
 * Reads back what {@link pkcs8FromRaw} writes, and nothing else: general PKCS#8 is read by the encodings.
 *
 * @returns views into `der`, or undefined when it is not of that form.
 */
export function rawFromPkcs8(
  keyType: NodeKeyType,
  format: PrivateKeyFormat,
  privateKeyBytes: number,
  der: Uint8Array,
): { readonly privateKey: Uint8Array; readonly publicKey?: Uint8Array } | undefined {
  const { pkcs8, beforePoint, pkcs8Expanded } = TEMPLATES[keyType];
  const prefix = format === "expanded" ? pkcs8Expanded : pkcs8;
  if (prefix === undefined || !startsWith(der, prefix, 0)) return undefined;
  const end = prefix.length + privateKeyBytes;
  const privateKey = der.subarray(prefix.length, end);
  if (beforePoint === undefined || format === "expanded") return der.length === end ? { privateKey } : undefined;
  const whole = end + beforePoint.length + 1 + 2 * privateKeyBytes;
  if (der.length !== whole || !startsWith(der, beforePoint, end)) return undefined;
  return { privateKey, publicKey: der.subarray(end + beforePoint.length) };
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array, offset: number): boolean {
  if (bytes.length < offset + prefix.length) return false;
  for (let index = 0; index < prefix.length; index++) {
    if (bytes[offset + index] !== prefix[index]) return false;
  }
  return true;
}
