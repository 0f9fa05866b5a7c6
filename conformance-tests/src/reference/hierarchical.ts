/** Hierarchical derivation outside the provider: BIP-32, SLIP-0010, and the additive schemes on Ed25519 and stark. */

import { createHmac } from "node:crypto";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { type DerivationAlgorithm, type KeyType, PublicKey, type WeierstrassKeyType } from "@keyrail/core";
import { curveOf } from "./curves.ts";
import { fromBigEndian, toBigEndian } from "./integers.ts";

const HARDENED = 0x8000_0000;

/** A key inside a tree. `secret`: the scalar or seed; not needed for steps that are not hardened. */
export interface Node {
  readonly secret?: Uint8Array;
  /** Weierstrass: compressed. Ed25519, X25519: 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly chainCode: Uint8Array;
}

/** Indexes of a path `m/0/1'`. */
export function indexesOf(path: string): number[] {
  return path
    .split("/")
    .slice(1)
    .map((step) => (/['hH]$/.test(step) ? Number(step.slice(0, -1)) + HARDENED : Number(step)));
}

/** The public half of a child, from the master's chain code and whichever half the steps need. */
export function childPublicKey(scheme: DerivationAlgorithm, keyType: KeyType, master: Node, path: string): PublicKey {
  let node = master;
  for (const index of indexesOf(path)) node = step(scheme, keyType, node, index);
  if (keyType === "Ed25519" || keyType === "X25519") return PublicKey.fromRaw(keyType, node.publicKey);
  return PublicKey.fromRaw(weierstrass(keyType), node.publicKey);
}

function weierstrass(keyType: KeyType): WeierstrassKeyType {
  if (keyType === "secp256k1" || keyType === "P-256" || keyType === "stark") return keyType;
  throw new TypeError(`${keyType} has no derivation here.`);
}

function step(scheme: DerivationAlgorithm, keyType: KeyType, node: Node, index: number): Node {
  if (scheme === "EDWARDS-HD") return edwardsStep(node, index);
  if (scheme === "STARK-HD") return starkStep(node, index);
  if (keyType === "Ed25519" || keyType === "X25519") return seedStep(keyType, node, index);
  return scalarStep(weierstrass(keyType), node, index);
}

/** BIP-32 `CKDpriv` and `CKDpub`; SLIP-0010 is the same on P-256 (its retry has a chance of 2^-128 or less here). */
function scalarStep(keyType: WeierstrassKeyType, node: Node, index: number): Node {
  const { Point, order } = curveOf(keyType);
  const head = index >= HARDENED ? new Uint8Array([0, ...secretOf(node)]) : node.publicKey;
  const { left, chainCode } = split(hmac(node.chainCode, head, serialised(index)));
  const shift = fromBigEndian(left);
  const publicKey = Point.fromBytes(node.publicKey).add(Point.BASE.multiply(shift)).toBytes(true);
  if (node.secret === undefined) return { publicKey, chainCode };
  return { publicKey, chainCode, secret: toBigEndian((fromBigEndian(node.secret) + shift) % order, 32) };
}

/** SLIP-0010 on Ed25519 and Curve25519: hardened steps only, the left half is the child's private key. */
function seedStep(keyType: "Ed25519" | "X25519", node: Node, index: number): Node {
  if (index < HARDENED) throw new TypeError("SLIP-0010 has hardened steps only on this curve.");
  const { left, chainCode } = split(hmac(node.chainCode, new Uint8Array([0]), secretOf(node), serialised(index)));
  const publicKey = (keyType === "Ed25519" ? ed25519 : x25519).getPublicKey(left);
  return { publicKey, chainCode, secret: left };
}

/** Not SLIP-0010: the shift is added to the scalar, and public keys can be derived from public keys. */
function edwardsStep(node: Node, index: number): Node {
  const { left, chainCode } = split(hmac(node.chainCode, node.publicKey, new Uint8Array([0]), serialised(index)));
  const shift = fromBigEndian(left) % ed25519.Point.Fn.ORDER;
  const publicKey = ed25519.Point.fromBytes(node.publicKey).add(ed25519.Point.BASE.multiply(shift)).toBytes();
  return { publicKey, chainCode };
}

function starkStep(node: Node, index: number): Node {
  const { Point, order } = curveOf("stark");
  const part = (tag: number): Uint8Array =>
    hmac(node.chainCode, new Uint8Array([tag]), node.publicKey, serialised(index));
  const wide = new Uint8Array([...part(0), ...part(1)]);
  const shift = fromBigEndian(wide.subarray(0, 96)) % order;
  const publicKey = Point.fromBytes(node.publicKey).add(Point.BASE.multiply(shift)).toBytes(true);
  return { publicKey, chainCode: wide.slice(96) };
}

function secretOf(node: Node): Uint8Array {
  if (node.secret === undefined) throw new TypeError("A hardened step needs the private half.");
  return node.secret;
}

function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const mac = createHmac("sha512", key);
  for (const part of parts) mac.update(part);
  return new Uint8Array(mac.digest());
}

function split(bytes: Uint8Array): { left: Uint8Array; chainCode: Uint8Array } {
  return { left: bytes.slice(0, 32), chainCode: bytes.slice(32) };
}

function serialised(index: number): Uint8Array {
  return toBigEndian(BigInt(index), 4);
}
