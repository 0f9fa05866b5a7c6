/**
 * Derivation by adding a shift to the parent scalar: the form all algorithms here share but SLIP-10 on Edwards curves.
 * Child scalar = parent + shift mod n; child point = parent + shift * G. They differ in how the shift is hashed.
 */

import { wipe } from "@keyrail/core";
import type { IField } from "@noble/curves/abstract/modular.js";
import { bytesToNumberBE } from "@noble/curves/utils.js";

import { invalidKeyMaterial, invalidRequest } from "../errors.ts";
import type { Group, GroupPoint } from "../groups/group.ts";
import { readScalar, writeScalar } from "../groups/scalar.ts";
import { hmacSha512, serialiseChildNumber } from "./hmac.ts";
import { isHardened } from "./path.ts";
import type { Node, Scheme } from "./scheme.ts";

/** What the shift is hashed from. `scalar` is absent when only the public key is known. */
interface ShiftInput {
  readonly chainCode: Uint8Array;
  /** 33 bytes compressed SEC 1, or 32 bytes RFC 8032. */
  readonly publicKey: Uint8Array;
  /** 32 bytes, big-endian. */
  readonly scalar: Uint8Array | undefined;
  readonly childNumber: number;
  readonly field: IField<bigint>;
}

/** A shift that is to be tried, and the chain code that goes with it. */
interface Shift {
  readonly shift: bigint;
  readonly chainCode: Uint8Array;
}

/**
 * Yields the shifts to try, one after the other, until one gives a valid child. `undefined` means that a hash was out
 * of range. Ends where the algorithm says that the index has no child.
 */
type ShiftSource = (input: ShiftInput) => Generator<Shift | undefined, void>;

/** BIP-32 and SLIP-10 on Weierstrass curves. SLIP-10 hashes again where BIP-32 says to take the next index. */
export function standardShifts(retry: boolean): ShiftSource {
  return function* ({ chainCode, publicKey, scalar, childNumber, field }) {
    const index = serialiseChildNumber(childNumber);
    const parent = isHardened(childNumber) ? scalar : publicKey;
    if (parent === undefined) throw invalidRequest("A hardened child can't be derived from a public key.", "path");
    let hash = isHardened(childNumber)
      ? hmacSha512(chainCode, Uint8Array.of(0), parent, index)
      : hmacSha512(chainCode, parent, index);
    try {
      while (true) {
        const shift = bytesToNumberBE(hash.subarray(0, 32));
        yield shift < field.ORDER ? { shift, chainCode: Uint8Array.from(hash.subarray(32)) } : undefined;
        if (!retry) return;
        const next = hmacSha512(chainCode, Uint8Array.of(1), hash.subarray(32), index);
        wipe(hash);
        hash = next;
      }
    } finally {
      wipe(hash);
    }
  };
}

/** EDWARDS-HD (dfns.md, section 7): HMAC-SHA-512 of `P || 00 || index`, its left half modulo the order. */
export const edwardsShifts: ShiftSource = function* ({ chainCode, publicKey, childNumber, field }) {
  const hash = hmacSha512(
    chainCode,
    publicKey,
    Uint8Array.of(0),
    serialiseChildNumber(requireNotHardened(childNumber)),
  );
  try {
    yield { shift: field.create(bytesToNumberBE(hash.subarray(0, 32))), chainCode: Uint8Array.from(hash.subarray(32)) };
  } finally {
    wipe(hash);
  }
};

/** STARK-HD (dfns.md, section 7): two HMAC-SHA-512 make 128 bytes; the first 96 modulo the order, the last 32. */
export const starkShifts: ShiftSource = function* ({ chainCode, publicKey, childNumber, field }) {
  const index = serialiseChildNumber(requireNotHardened(childNumber));
  const hash = new Uint8Array(128);
  for (const half of [0, 1]) {
    const part = hmacSha512(chainCode, Uint8Array.of(half), publicKey, index);
    hash.set(part, 64 * half);
    wipe(part);
  }
  try {
    yield { shift: field.create(bytesToNumberBE(hash.subarray(0, 96))), chainCode: hash.slice(96) };
  } finally {
    wipe(hash);
  }
};

/** The scheme of a group and a way to hash shifts. `extra` adds what only some algorithms have. */
export function additiveScheme<P extends GroupPoint<P>>(
  group: Group<P>,
  shifts: ShiftSource,
  extra: (readPublic: (publicKey: Uint8Array) => P) => Pick<Scheme, "master" | "identity">,
): Scheme {
  const { scalars: field, base } = group;

  function readPublic(publicKey: Uint8Array): P {
    try {
      return group.decode(publicKey);
    } catch (cause) {
      throw invalidKeyMaterial("a public key that is not a point of its curve", cause);
    }
  }

  /** The first shift that `apply` accepts. */
  function firstChild(input: ShiftInput, apply: (shift: bigint) => Uint8Array | undefined): Node {
    for (const candidate of shifts(input)) {
      if (candidate === undefined) continue;
      const key = apply(candidate.shift);
      if (key !== undefined) return { key, chainCode: candidate.chainCode };
      wipe(candidate.chainCode);
    }
    throw invalidRequest(
      "There is no key at this index (the chance of that is below 2^-120): take the next one.",
      "path",
    );
  }

  return {
    ...extra(readPublic),

    publicOf: (privateKey) => group.encode(base.multiply(readScalar(field, privateKey, "a private key"))),

    childOfPrivate(parent, childNumber) {
      const scalar = readScalar(field, parent.key, "a private key");
      const publicKey = isHardened(childNumber) ? new Uint8Array() : group.compress(base.multiply(scalar));
      return firstChild({ chainCode: parent.chainCode, publicKey, scalar: parent.key, childNumber, field }, (shift) => {
        const child = field.add(scalar, shift);
        return child === 0n ? undefined : writeScalar(child);
      });
    },

    publicDerivation: {
      canonical: (publicKey) => group.encode(readPublic(publicKey)),

      child(parent, childNumber) {
        const point = readPublic(parent.key);
        const publicKey = group.compress(point);
        return firstChild(
          { chainCode: parent.chainCode, publicKey, scalar: undefined, childNumber, field },
          (shift) => {
            // Whoever holds the parent's public key and chain code can compute the shift: it is no secret here.
            const child = point.add(base.multiplyUnsafe(shift));
            return child.is0() ? undefined : group.encode(child);
          },
        );
      },
    },
  };
}

/** The master key of BIP-32 and SLIP-10: HMAC-SHA-512 of the seed under the curve's text. */
export function standardMaster(field: IField<bigint>, text: string, retry: boolean): (seed: Uint8Array) => Node {
  const key = new TextEncoder().encode(text);
  return (seed) => {
    let hash = hmacSha512(key, seed);
    try {
      while (!field.isValidNot0(bytesToNumberBE(hash.subarray(0, 32)))) {
        if (!retry) throw invalidRequest("This seed has no master key (the chance of that is below 2^-127).", "seed");
        const next = hmacSha512(key, hash);
        wipe(hash);
        hash = next;
      }
      return { key: Uint8Array.from(hash.subarray(0, 32)), chainCode: Uint8Array.from(hash.subarray(32)) };
    } finally {
      wipe(hash);
    }
  };
}

function requireNotHardened(childNumber: number): number {
  if (isHardened(childNumber)) throw invalidRequest("This algorithm has no hardened children.", "path");
  return childNumber;
}
