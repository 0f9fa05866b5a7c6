/**
 * The form a key is stored in (before sealing): the one that opens with the least work.
 *
 * First byte: the form, plus 0x80 when a 32-byte chain code follows it. Form 1: PKCS#8 DER, for the Weierstrass curves
 * with the public point. Form 2: the raw expanded key. Form 3: the bytes of a secret key. Form 4: the raw scalar of a
 * stark key, then its public point.
 */

import {
  type AsymmetricKeyType,
  ASYMMETRIC_KEY_TYPES,
  type KeyType,
  PRIVATE_KEY_BYTES,
  type PrivateKeyFormat,
  type PrivateKeyMaterial,
  type SymmetricKeyType,
  withArticle,
} from "@keyrail/core";
import { concatenate, copyOf } from "../engines/byte-strings.ts";
import { invalidKeyMaterial } from "../errors.ts";
import { privateKeyBytes, type PrivateKeyParts, publicKeyBytes, secretKeyObject } from "./key-parts.ts";
import { pkcs8FromRaw, rawFromPkcs8 } from "./key-templates.ts";
import { type OpenOptions, openSecretKey } from "./open.ts";
import { OpenedPrivateKey, type OpenedSecretKey, privatePartsOf, secretPartsOf } from "./opened-keys.ts";

const FORM_PKCS8 = 1;
const FORM_EXPANDED = 2;
const FORM_SECRET = 3;
const FORM_SCALAR_AND_POINT = 4;
const WITH_CHAIN_CODE = 0x80;

/** The bytes to seal and store. The caller wipes them. */
export function toStoredForm(key: OpenedPrivateKey | OpenedSecretKey): Uint8Array {
  if (!(key instanceof OpenedPrivateKey)) {
    const secret = secretKeyObject(secretPartsOf(key)).export();
    const stored = concatenate(Uint8Array.of(FORM_SECRET), secret);
    secret.fill(0);
    return stored;
  }
  const parts = privatePartsOf(key);
  const { form, body } = storedBody(parts);
  if (parts.chainCode === undefined) return joinAndWipe(Uint8Array.of(form), body);
  return joinAndWipe(concatenate(Uint8Array.of(form | WITH_CHAIN_CODE), parts.chainCode), body);
}

function storedBody(parts: PrivateKeyParts): { form: number; body: Uint8Array } {
  const privateKey = privateKeyBytes(parts);
  if (parts.keyType === "stark") {
    return { form: FORM_SCALAR_AND_POINT, body: concatenate(privateKey, publicKeyBytes(parts)) };
  }
  const point = parts.format === "scalar" ? publicKeyBytes(parts) : undefined;
  const der = pkcs8FromRaw(parts.keyType, parts.format, privateKey, point);
  return der === undefined ? { form: FORM_EXPANDED, body: copyOf(privateKey) } : { form: FORM_PKCS8, body: der };
}

function joinAndWipe(head: Uint8Array, secretBody: Uint8Array): Uint8Array {
  const joined = concatenate(head, secretBody);
  secretBody.fill(0);
  head.fill(0);
  return joined;
}

/** What a store keeps beside the stored form. */
export interface StoredKeyOptions extends OpenOptions {
  /** The raw public key, where the store keeps it: saves deriving it. */
  readonly publicKey?: Uint8Array;
}

/**
 * Opens what {@link toStoredForm} wrote. The key **takes over** `stored` and wipes it with itself: hand in bytes that
 * nothing else holds. Consistency of the parts is not checked again: the store's seal vouches for them.
 *
 * Errors: `InvalidKeyMaterial` when the bytes are no stored form of this type.
 */
export function openStored(
  keyType: AsymmetricKeyType,
  stored: Uint8Array,
  options?: StoredKeyOptions,
): OpenedPrivateKey;
export function openStored(keyType: SymmetricKeyType, stored: Uint8Array, options?: StoredKeyOptions): OpenedSecretKey;
export function openStored(
  keyType: KeyType,
  stored: Uint8Array,
  options?: StoredKeyOptions,
): OpenedPrivateKey | OpenedSecretKey;
export function openStored(
  keyType: KeyType,
  stored: Uint8Array,
  options: StoredKeyOptions = {},
): OpenedPrivateKey | OpenedSecretKey {
  const form = stored[0] ?? 0;
  if (!isAsymmetric(keyType)) {
    if (form !== FORM_SECRET) throw notAStoredKey(keyType);
    const key = openSecretKey(keyType, stored.subarray(1), options);
    stored.fill(0);
    return key;
  }
  const hasChainCode = (form & WITH_CHAIN_CODE) !== 0;
  const bodyStart = hasChainCode ? 33 : 1;
  const body = readBody(keyType, form & ~WITH_CHAIN_CODE, stored.subarray(bodyStart));
  if (body === undefined) throw notAStoredKey(keyType);
  return new OpenedPrivateKey({
    keyType,
    format: body.format,
    preference: options.engine,
    chainCode: hasChainCode ? stored.subarray(1, 33) : undefined,
    privateKey: body.privateKey,
    pkcs8: body.pkcs8,
    publicKey: body.publicKey ?? options.publicKey,
    keyObject: undefined,
    publicKeyObject: undefined,
    expandedKey: undefined,
    wiped: false,
  });
}

interface StoredBody {
  readonly format: PrivateKeyFormat;
  readonly privateKey: Uint8Array;
  readonly publicKey?: Uint8Array;
  readonly pkcs8?: Uint8Array;
}

function readBody(keyType: AsymmetricKeyType, form: number, body: Uint8Array): StoredBody | undefined {
  const lengths = PRIVATE_KEY_BYTES[keyType];
  if (form === FORM_EXPANDED) {
    return body.length === lengths.expanded ? { format: "expanded", privateKey: body } : undefined;
  }
  if (keyType === "stark") {
    if (form !== FORM_SCALAR_AND_POINT || body.length !== 97) return undefined;
    return { format: "scalar", privateKey: body.subarray(0, 32), publicKey: copyOf(body.subarray(32)) };
  }
  if (form !== FORM_PKCS8) return undefined;
  const formats: readonly PrivateKeyFormat[] = ["scalar", "seed", "expanded"];
  for (const format of formats) {
    const length = lengths[format];
    if (length === undefined) continue;
    const raw = rawFromPkcs8(keyType, format, length, body);
    if (raw === undefined) continue;
    const { privateKey, publicKey } = raw;
    return publicKey === undefined
      ? { format, privateKey, pkcs8: body }
      : { format, privateKey, publicKey: copyOf(publicKey), pkcs8: body };
  }
  return undefined;
}

/** The private key in clear, for an export. The caller wipes it. Errors: `Closed`. */
export function exportPrivateKey(key: OpenedPrivateKey): PrivateKeyMaterial {
  const parts = privatePartsOf(key);
  const material = { keyType: parts.keyType, format: parts.format, bytes: copyOf(privateKeyBytes(parts)) };
  return parts.chainCode === undefined ? material : { ...material, chainCode: copyOf(parts.chainCode) };
}

/** The secret key in clear, for an export. The caller wipes it. Errors: `Closed`. */
export function exportSecretKey(key: OpenedSecretKey): Uint8Array {
  return new Uint8Array(secretKeyObject(secretPartsOf(key)).export());
}

function notAStoredKey(keyType: KeyType): Error {
  return invalidKeyMaterial(`the stored bytes are not ${withArticle(keyType)} key`);
}

function isAsymmetric(keyType: KeyType): keyType is AsymmetricKeyType {
  return ASYMMETRIC.has(keyType);
}

const ASYMMETRIC: ReadonlySet<KeyType> = new Set(ASYMMETRIC_KEY_TYPES);
