/**
 * Hierarchical deterministic keys: master key from a seed, children by path, extended keys.
 *
 * BIP-32 (secp256k1), SLIP-10 (secp256k1, P-256, Ed25519, X25519), and the non-hardened derivation of the Dfns signers
 * on Ed25519 and stark (dfns.md, section 7; that the service uses it is inferred there). The table of what each can do
 * is at `HdKeyType`. No function keeps or wipes what it is given; intermediate keys of a path are wiped.
 */

import { wipe } from "@keyrail/core";

import { invalidKeyMaterial, invalidRequest } from "../errors.ts";
import {
  ED25519_GROUP,
  P256_GROUP,
  SECP256K1_GROUP,
  STARK_GROUP,
  type Group,
  type GroupPoint,
} from "../groups/group.ts";
import { additiveScheme, edwardsShifts, standardMaster, standardShifts, starkShifts } from "./additive.ts";
import { fingerprint } from "./hmac.ts";
import { parsePath, type DerivationPath } from "./path.ts";
import type { Node, Scheme } from "./scheme.ts";
import { SLIP10_ED25519, SLIP10_X25519 } from "./slip10-edwards.ts";
import type { HdAlgorithm, HdKeyType, HdPosition, HdPrivateKey, HdPublicKey } from "./types.ts";

export { formatExtendedKey, parseExtendedKey } from "./extended-key.ts";
export { HARDENED, formatPath, parsePath } from "./path.ts";

const CHAIN_CODE_BYTES = 32;
const MINIMUM_SEED_BYTES = 16;
const MAXIMUM_SEED_BYTES = 64;
const MAXIMUM_DEPTH = 255;

function standard<P extends GroupPoint<P>>(group: Group<P>, text: string, retry: boolean): Scheme {
  return additiveScheme(group, standardShifts(retry), (readPublic) => ({
    master: standardMaster(group.scalars, text, retry),
    identity: (publicKey) => group.compress(readPublic(publicKey)),
  }));
}

const SCHEMES: Readonly<Record<HdAlgorithm, Readonly<Partial<Record<HdKeyType, Scheme>>>>> = {
  BIP32: { secp256k1: standard(SECP256K1_GROUP, "Bitcoin seed", false) },
  SLIP10: {
    secp256k1: standard(SECP256K1_GROUP, "Bitcoin seed", true),
    "P-256": standard(P256_GROUP, "Nist256p1 seed", true),
    Ed25519: SLIP10_ED25519,
    X25519: SLIP10_X25519,
  },
  "EDWARDS-HD": { Ed25519: additiveScheme(ED25519_GROUP, edwardsShifts, () => ({})) },
  "STARK-HD": { stark: additiveScheme(STARK_GROUP, starkShifts, () => ({})) },
};

/**
 * The master key of a seed (BIP-32 and SLIP-10 only).
 *
 * @param seed 16 to 64 bytes, as both standards ask.
 * @throws KeyrailError `InvalidRequest` for another length, or an algorithm or key type that has no master key.
 */
export function masterFromSeed(algorithm: HdAlgorithm, keyType: HdKeyType, seed: Uint8Array): HdPrivateKey {
  const { master } = schemeOf(algorithm, keyType);
  if (master === undefined) throw invalidRequest(`${algorithm} defines no master key from a seed.`, "algorithm");
  if (seed.length < MINIMUM_SEED_BYTES || seed.length > MAXIMUM_SEED_BYTES) {
    throw invalidRequest(`A seed is ${MINIMUM_SEED_BYTES} to ${MAXIMUM_SEED_BYTES} bytes.`, "seed");
  }
  const { key, chainCode } = master(seed);
  return {
    keyType,
    privateKey: key,
    chainCode,
    position: { depth: 0, parentFingerprint: new Uint8Array(4), childNumber: 0 },
  };
}

/**
 * The private key at a path below a private key. Fresh arrays, also for the path `m`.
 *
 * @throws KeyrailError `InvalidKeyMaterial` for a bad key or chain code, `InvalidRequest` for a path the algorithm does
 *   not have or that is no path, `LimitExceeded` for more than 255 levels.
 */
export function derivePrivate(algorithm: HdAlgorithm, parent: HdPrivateKey, path: DerivationPath): HdPrivateKey {
  const { keyType } = parent;
  const scheme = schemeOf(algorithm, keyType);
  const { identity } = scheme;
  const numbers = parsePath(path);
  // A child checks its parent; where there is none, the key itself is checked here.
  if (numbers.length === 0) scheme.publicOf(parent.privateKey);
  const { node, position } = walk(numbers, parent.privateKey, parent, {
    child: scheme.childOfPrivate,
    identity: identity && ((key) => identity(scheme.publicOf(key))),
  });
  return { keyType, privateKey: node.key, chainCode: node.chainCode, ...(position && { position }) };
}

/**
 * The public key at a path below a public key; the same as that of {@link derivePrivate}.
 *
 * @throws KeyrailError as {@link derivePrivate}; `InvalidRequest` for a hardened index and for SLIP-10 on Ed25519 and
 *   X25519, where a public key has no children.
 */
export function derivePublic(algorithm: HdAlgorithm, parent: HdPublicKey, path: DerivationPath): HdPublicKey {
  const { keyType } = parent;
  const scheme = schemeOf(algorithm, keyType);
  const { publicDerivation, identity } = scheme;
  if (publicDerivation === undefined) {
    throw invalidRequest(`${algorithm} derives no children from the public key alone on ${keyType}.`, "algorithm");
  }
  const start = publicDerivation.canonical(parent.publicKey);
  const { node, position } = walk(parsePath(path), start, parent, { child: publicDerivation.child, identity });
  return { keyType, publicKey: node.key, chainCode: node.chainCode, ...(position && { position }) };
}

/**
 * The public half of a private key, at the same place in the tree.
 *
 * @throws KeyrailError `InvalidKeyMaterial`, or `InvalidRequest` when the algorithm does not have the key type.
 */
export function publicOf(algorithm: HdAlgorithm, key: HdPrivateKey): HdPublicKey {
  const { keyType, position } = key;
  requireChainCode(key.chainCode);
  const publicKey = schemeOf(algorithm, keyType).publicOf(key.privateKey);
  return { keyType, publicKey, chainCode: Uint8Array.from(key.chainCode), ...(position && { position }) };
}

interface Steps {
  readonly child: (parent: Node, childNumber: number) => Node;
  /** The bytes that identify a key of this walk to its children; undefined where positions are not kept. */
  readonly identity: ((key: Uint8Array) => Uint8Array) | undefined;
}

function walk(
  numbers: readonly number[],
  key: Uint8Array,
  from: { readonly chainCode: Uint8Array; readonly position?: HdPosition },
  { child, identity }: Steps,
): { node: Node; position: HdPosition | undefined } {
  requireChainCode(from.chainCode);
  let node: Node = { key: Uint8Array.from(key), chainCode: Uint8Array.from(from.chainCode) };
  let position = identity === undefined ? undefined : from.position;
  try {
    for (const childNumber of numbers) {
      if (position !== undefined && identity !== undefined) {
        position = {
          depth: nextDepth(position.depth),
          parentFingerprint: fingerprint(identity(node.key)),
          childNumber,
        };
      }
      const next = child(node, childNumber);
      wipe(node.key, node.chainCode);
      node = next;
    }
    return { node, position };
  } catch (error) {
    wipe(node.key, node.chainCode);
    throw error;
  }
}

function nextDepth(depth: number): number {
  if (depth >= MAXIMUM_DEPTH) throw invalidRequest(`A key ${MAXIMUM_DEPTH} levels deep has no children.`, "path");
  return depth + 1;
}

function schemeOf(algorithm: HdAlgorithm, keyType: HdKeyType): Scheme {
  const scheme = SCHEMES[algorithm][keyType];
  if (scheme === undefined) throw invalidRequest(`${algorithm} is not defined for ${keyType} keys.`, "keyType");
  return scheme;
}

function requireChainCode(chainCode: Uint8Array): void {
  if (chainCode.length !== CHAIN_CODE_BYTES) throw invalidKeyMaterial("a chain code is 32 bytes");
}
