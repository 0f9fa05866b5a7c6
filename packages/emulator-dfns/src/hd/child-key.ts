/** Non-hardened child keys as the vendor's HD crate makes them (fact sheet, section 7). */

import { createHmac } from "node:crypto";
import type { CurveName } from "../threshold/groups.ts";
import { groups } from "../threshold/groups.ts";
import { bytesToScalar, modulo } from "../threshold/scalar-bytes.ts";

/** A node of the tree. `chainCode` has 32 bytes. */
export interface HdNode {
  readonly scalar: bigint;
  readonly chainCode: Uint8Array;
}

const PATH = /^m(?:\/(?:0|[1-9][0-9]{0,9}))+$/;
const FIRST_HARDENED = 2 ** 31;

/** The indices of `m/<i>(/<i>)*`, or `undefined` for anything else: hardened steps do not exist here. */
export function parsePath(path: string): readonly number[] | undefined {
  if (!PATH.test(path)) return undefined;
  const indices = path.split("/").slice(1).map(Number);
  return indices.every((index) => index < FIRST_HARDENED) ? indices : undefined;
}

/** The node at the end of a path. */
export function deriveNode(curve: CurveName, master: HdNode, indices: readonly number[]): HdNode {
  return indices.reduce((node, index) => step(curve, node, index), master);
}

function step(curve: CurveName, parent: HdNode, index: number): HdNode {
  const group = groups[curve];
  const publicKey = group.publicKey(parent.scalar);
  const position = Buffer.alloc(4);
  position.writeUInt32BE(index);
  const hmac = (...parts: readonly Uint8Array[]): Buffer => {
    const mac = createHmac("sha512", parent.chainCode);
    for (const part of parts) mac.update(part);
    return mac.digest();
  };
  const child = (shift: bigint): bigint => modulo(parent.scalar + shift, group.order);
  switch (curve) {
    case "secp256k1": {
      let output = hmac(publicKey, position);
      for (;;) {
        const shift = bytesToScalar(output.subarray(0, 32));
        const scalar = child(shift);
        if (shift < group.order && scalar !== 0n) return { scalar, chainCode: output.subarray(32) };
        output = hmac(Uint8Array.of(1), output.subarray(32), position);
      }
    }
    case "ed25519": {
      const output = hmac(publicKey, Uint8Array.of(0), position);
      return { scalar: child(bytesToScalar(output.subarray(0, 32))), chainCode: output.subarray(32) };
    }
    case "stark": {
      const output = Buffer.concat([
        hmac(Uint8Array.of(0), publicKey, position),
        hmac(Uint8Array.of(1), publicKey, position),
      ]);
      return { scalar: child(bytesToScalar(output.subarray(0, 96))), chainCode: output.subarray(96) };
    }
  }
}
