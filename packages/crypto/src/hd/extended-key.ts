/**
 * Extended keys of BIP-32: `xprv…`, `xpub…`, and `tprv…`, `tpub…` for test networks.
 *
 * Base58Check of 78 bytes: version (4), depth (1), parent fingerprint (4), child number (4), chain code (32), key (33:
 * `00` and the scalar, or a compressed point).
 */

import { wipe, type KeyrailError } from "@keyrail/core";
import { sha256 } from "@noble/hashes/sha2.js";
import { createBase58check } from "@scure/base";

import { invalidRequest, invalidKeyMaterial } from "../errors.ts";
import { SECP256K1_GROUP } from "../groups/group.ts";
import { readScalar } from "../groups/scalar.ts";
import { serialiseChildNumber } from "./hmac.ts";
import type { ExtendedKey, ExtendedKeyNetwork, HdPosition, HdPrivateKey, HdPublicKey } from "./types.ts";

const base58check = createBase58check(sha256);

const VERSIONS: Readonly<Record<ExtendedKeyNetwork, Readonly<Record<ExtendedKey["kind"], number>>>> = {
  mainnet: { private: 0x0488ade4, public: 0x0488b21e },
  testnet: { private: 0x04358394, public: 0x043587cf },
};

const PAYLOAD_BYTES = 78;
/** 78 bytes and a checksum never need more Base58 characters; longer text is refused before it is decoded. */
const MAXIMUM_TEXT = 113;

/**
 * Reads an extended key of secp256k1.
 *
 * @returns the key with its position in fresh arrays; public keys uncompressed, 65 bytes.
 * @throws KeyrailError `InvalidKeyMaterial` for everything BIP-32 calls invalid: checksum, length, version, a prefix
 *   that does not fit the version, a scalar out of range, a point off the curve, a parent or an index at depth 0.
 */
export function parseExtendedKey(text: string): ExtendedKey {
  const payload = decode(text);
  try {
    const { network, kind } = versionOf(view(payload).getUint32(0));
    const position = readPosition(payload);
    const chainCode = payload.slice(13, 45);
    const key = payload.subarray(45);
    if (kind === "public") {
      return { kind, network, key: { keyType: "secp256k1", publicKey: readPublic(key), chainCode, position } };
    }
    if (key[0] !== 0) throw refused("its version says private key, its key does not begin with 00");
    readScalar(SECP256K1_GROUP.scalars, key.subarray(1), "the key in an extended private key");
    return { kind, network, key: { keyType: "secp256k1", privateKey: key.slice(1), chainCode, position } };
  } finally {
    wipe(payload);
  }
}

/**
 * Writes an extended key. Of a private key the text is as secret as the key, and a string can't be wiped.
 *
 * @param key a secp256k1 key with its position, as `masterFromSeed` and derivation give it.
 * @throws KeyrailError `InvalidRequest` for another key type or no position, `InvalidKeyMaterial` for a bad key.
 */
export function formatExtendedKey(key: HdPrivateKey | HdPublicKey, network: ExtendedKeyNetwork = "mainnet"): string {
  if (key.keyType !== "secp256k1") throw invalidRequest("BIP-32 writes extended keys of secp256k1 only.", "keyType");
  const { position } = key;
  if (position === undefined) throw invalidRequest("An extended key needs the key's position in its tree.", "position");
  requireWritable(position, key.chainCode);
  const payload = new Uint8Array(PAYLOAD_BYTES);
  const kind = "privateKey" in key ? "private" : "public";
  view(payload).setUint32(0, VERSIONS[network][kind]);
  payload[4] = position.depth;
  payload.set(position.parentFingerprint, 5);
  payload.set(serialiseChildNumber(position.childNumber), 9);
  payload.set(key.chainCode, 13);
  payload.set(serialiseKey(key), 45);
  try {
    return base58check.encode(payload);
  } finally {
    wipe(payload);
  }
}

function requireWritable({ depth, parentFingerprint, childNumber }: HdPosition, chainCode: Uint8Array): void {
  const whole = (value: number, maximum: number): boolean => Number.isInteger(value) && value >= 0 && value <= maximum;
  if (!whole(depth, 0xff) || !whole(childNumber, 0xffff_ffff) || parentFingerprint.length !== 4) {
    throw invalidRequest(
      "A position is a depth (0..255), 4 bytes of fingerprint and a child number (32 bits).",
      "position",
    );
  }
  if (isOrphan(depth, parentFingerprint, childNumber))
    throw invalidRequest("A master key has no parent and no index.", "position");
  if (chainCode.length !== 32) throw invalidKeyMaterial("a chain code is 32 bytes");
}

/** Whether it says to be a master key and a child at once. */
function isOrphan(depth: number, parentFingerprint: Uint8Array, childNumber: number): boolean {
  return depth === 0 && (childNumber !== 0 || parentFingerprint.some((byte) => byte !== 0));
}

function serialiseKey(key: HdPrivateKey | HdPublicKey): Uint8Array {
  if ("publicKey" in key) return SECP256K1_GROUP.compress(readPoint(key.publicKey));
  readScalar(SECP256K1_GROUP.scalars, key.privateKey, "a private key");
  return Uint8Array.of(0, ...key.privateKey);
}

function decode(text: string): Uint8Array {
  const payload = text.length > MAXIMUM_TEXT ? new Uint8Array() : decodeBase58Check(text);
  if (payload.length !== PAYLOAD_BYTES) throw refused("it is not 78 bytes long");
  return payload;
}

function decodeBase58Check(text: string): Uint8Array {
  try {
    return base58check.decode(text);
  } catch {
    // The library's message may quote the text, which may be a private key.
    throw refused("a character or the checksum is wrong");
  }
}

function versionOf(version: number): { network: ExtendedKeyNetwork; kind: ExtendedKey["kind"] } {
  for (const network of ["mainnet", "testnet"] as const) {
    for (const kind of ["private", "public"] as const)
      if (VERSIONS[network][kind] === version) return { network, kind };
  }
  throw refused("its version is none of xprv, xpub, tprv, tpub");
}

function readPosition(payload: Uint8Array): HdPosition {
  const depth = payload[4] ?? 0;
  const parentFingerprint = payload.slice(5, 9);
  const childNumber = view(payload).getUint32(9);
  if (isOrphan(depth, parentFingerprint, childNumber))
    throw refused("a master key (depth 0) has no parent and no index");
  return { depth, parentFingerprint, childNumber };
}

function readPublic(compressed: Uint8Array): Uint8Array {
  return SECP256K1_GROUP.encode(readPoint(compressed));
}

function readPoint(bytes: Uint8Array): ReturnType<typeof SECP256K1_GROUP.decode> {
  try {
    return SECP256K1_GROUP.decode(bytes);
  } catch (cause) {
    throw invalidKeyMaterial("the key in an extended public key is not a point of secp256k1", cause);
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function refused(reason: string): KeyrailError {
  return invalidKeyMaterial(`this is no BIP-32 extended key: ${reason}`);
}
