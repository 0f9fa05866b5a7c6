import { createHash } from "node:crypto";
import { type DerivationAlgorithm, type DeriveHdRequest, type PrivateKeyMaterial, wipe } from "@keyrail/core";
import {
  exportPrivateKey,
  type HdAlgorithm,
  type HdKeyType,
  type HdPrivateKey,
  hkdf,
  loadHd,
  openPrivateKey,
  type OpenOptions,
} from "@keyrail/crypto";
import type { KeyAccess } from "../keys/key-access.ts";
import { notWithThisKey } from "../keys/key-errors.ts";
import type { StoredHierarchy } from "../store/key-entry.ts";
import type { MadeKey } from "./key-store.ts";

/** Order of the Ed25519 base point (RFC 8032, 5.1). */
const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/**
 * The child at a path below a master key. It keeps its chain code, and so can have children of its own, only when it is
 * allowed to derive.
 */
export async function deriveHdChild(keys: KeyAccess, request: DeriveHdRequest, open: OpenOptions): Promise<MadeKey> {
  const key = keys.get(request.key);
  const { keyType, hierarchical } = key.entry;
  if (hierarchical?.master !== true || !isHdKeyType(keyType) || !isHdAlgorithm(hierarchical.scheme)) {
    throw notWithThisKey(
      "derive an HD child",
      keyType,
      'It was not made as a master key; say "hierarchical" when it is made.',
    );
  }
  keys.use(request.key, "derive", hierarchical.scheme);
  await keys.ready(key);
  const hd = await loadHd();
  const master = exportPrivateKey(key.privateKey("derive"));
  let parent: HdPrivateKey | undefined;
  let child: HdPrivateKey | undefined;
  let material: PrivateKeyMaterial | undefined;
  try {
    parent = hdKeyOf(master, keyType, hierarchical.scheme);
    child = hd.derivePrivate(hierarchical.scheme, parent, request.path);
    material = materialOf(child, hierarchical.scheme, request.usages.includes("derive"));
    const opened = openPrivateKey(material, open);
    return {
      opened,
      keyType,
      origin: "derived",
      hierarchical: childFacts(key.entry.id, hierarchical, request, hd.formatPath(hd.parsePath(request.path))),
    };
  } finally {
    wipe(master.bytes, master.chainCode, parent?.privateKey, child?.privateKey, child?.chainCode, material?.bytes);
  }
}

function childFacts(
  parentId: string,
  parent: StoredHierarchy,
  request: DeriveHdRequest,
  path: string,
): StoredHierarchy {
  return {
    scheme: parent.scheme,
    master: request.usages.includes("derive"),
    // Both are of the root, so that a path is what a wallet would show.
    path: parent.path === undefined ? path : parent.path + path.slice(1),
    parent: parent.parent ?? parentId,
  };
}

function isHdAlgorithm(scheme: DerivationAlgorithm): scheme is HdAlgorithm {
  return scheme === "BIP32" || scheme === "SLIP10" || scheme === "EDWARDS-HD" || scheme === "STARK-HD";
}

function isHdKeyType(keyType: string): keyType is HdKeyType {
  return ["secp256k1", "P-256", "stark", "Ed25519", "X25519"].includes(keyType);
}

function hdKeyOf(master: PrivateKeyMaterial, keyType: HdKeyType, scheme: HdAlgorithm): HdPrivateKey {
  const { chainCode } = master;
  if (chainCode === undefined) throw new TypeError("A stored master key has a chain code.");
  if (scheme === "EDWARDS-HD") return { keyType, privateKey: edwardsScalar(master), chainCode };
  if (master.format === "expanded") {
    throw notWithThisKey(
      "derive an HD child",
      keyType,
      `${scheme} derives from the seed, and an expanded key has none.`,
    );
  }
  return { keyType, privateKey: Uint8Array.from(master.bytes), chainCode };
}

/** The scalar of an Ed25519 key reduced to the group order, big-endian (RFC 8032, 5.1.5). */
function edwardsScalar({ format, bytes }: PrivateKeyMaterial): Uint8Array {
  const expanded = format === "expanded" ? Uint8Array.from(bytes) : createHash("sha512").update(bytes).digest();
  try {
    const little = expanded.subarray(0, 32);
    if (format !== "expanded") {
      little[0] = (little[0] ?? 0) & 0xf8;
      little[31] = ((little[31] ?? 0) & 0x7f) | 0x40;
    }
    const scalar = BigInt(`0x${Buffer.from(little).reverse().toString("hex")}`) % ED25519_ORDER;
    return new Uint8Array(Buffer.from(scalar.toString(16).padStart(64, "0"), "hex"));
  } finally {
    wipe(expanded);
  }
}

function materialOf(child: HdPrivateKey, scheme: HdAlgorithm, withChainCode: boolean): PrivateKeyMaterial {
  const { keyType, privateKey, chainCode } = child;
  const kept = withChainCode ? { chainCode } : {};
  if (scheme === "EDWARDS-HD")
    return { keyType, format: "expanded", bytes: expandedChild(privateKey, chainCode), ...kept };
  const format = keyType === "Ed25519" || keyType === "X25519" ? "seed" : "scalar";
  return { keyType, format, bytes: Uint8Array.from(privateKey), ...kept };
}

/**
 * A child of EDWARDS-HD is a scalar without a seed, so the prefix its nonces are made with (RFC 8032, 5.1.6) is derived from
 * what only its holder knows. Any prefix gives valid signatures; this one gives the same signature every time.
 */
function expandedChild(scalar: Uint8Array, chainCode: Uint8Array): Uint8Array {
  const prefix = hkdf({
    hash: "SHA-256",
    inputKeyMaterial: scalar,
    salt: chainCode,
    info: Buffer.from("keyrail EDWARDS-HD nonce prefix", "latin1"),
    length: 32,
  });
  const expanded = new Uint8Array(64);
  expanded.set(Uint8Array.from(scalar).reverse());
  expanded.set(prefix, 32);
  wipe(prefix);
  return expanded;
}
