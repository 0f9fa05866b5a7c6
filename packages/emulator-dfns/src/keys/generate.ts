import { randomBytes } from "node:crypto";
import { signerCount, threshold } from "../assumptions.ts";
import { type CurveName, groups } from "../threshold/groups.ts";
import { type Share, reconstructByQuorum, split } from "../threshold/secret-sharing.ts";
import type { KeyEntity } from "./key-entity.ts";

/** The material of a key: shares and public key. */
export interface KeyMaterial {
  readonly shares: readonly Share[];
  readonly publicKey: Uint8Array;
}

/** A new random key, split among the signers at once. */
export function generateKeyMaterial(curve: CurveName): KeyMaterial {
  const { scalar, point } = groups[curve].random();
  return { shares: split(groups[curve], scalar, threshold, signerCount), publicKey: point };
}

/** Splits a scalar in 1..order-1 among the signers. */
export function splitSecret(curve: CurveName, secret: bigint): KeyMaterial {
  const group = groups[curve];
  return { shares: split(group, secret, threshold, signerCount), publicKey: group.publicKey(secret) };
}

/** Puts a key together from three shares chosen at random. Only an emulator does this (see the package's README). */
export function reconstructSecret(key: KeyEntity): bigint {
  return reconstructByQuorum(groups[key.curve], key.shares, threshold);
}

export function newChainCode(): Uint8Array {
  return randomBytes(32);
}
