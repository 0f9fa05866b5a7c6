/** Shamir sharing over a group's order: index i = 1..n holds f(i), any t of them give f(0). */

import { randomInt } from "node:crypto";
import { type Group, randomScalar } from "./groups.ts";
import { inverse, modulo } from "./scalar-bytes.ts";

/** One party's share: its index (the x coordinate) and its scalar. */
export interface Share {
  readonly index: number;
  readonly scalar: bigint;
}

/** Splits `secret` for parties 1..parties so that `threshold` of them are needed. No share is zero. */
export function split(group: Group, secret: bigint, threshold: number, parties: number): readonly Share[] {
  for (;;) {
    const coefficients = [secret, ...Array.from({ length: threshold - 1 }, () => randomScalar(group.order))];
    const shares = Array.from({ length: parties }, (_, position) => {
      const index = position + 1;
      return { index, scalar: evaluate(coefficients, index, group.order) };
    });
    if (shares.every(({ scalar }) => scalar !== 0n)) return shares;
  }
}

/** f(0) from shares of distinct indices; right only when there are at least `threshold` of them. */
export function reconstruct(group: Group, shares: readonly Share[]): bigint {
  return interpolate(group, shares, 0);
}

/** f(0) from a random choice of `threshold` shares, as a signing quorum would be formed. */
export function reconstructByQuorum(group: Group, shares: readonly Share[], threshold: number): bigint {
  const pool = [...shares];
  const quorum: Share[] = [];
  while (quorum.length < threshold && pool.length > 0) quorum.push(...pool.splice(randomInt(pool.length), 1));
  return reconstruct(
    group,
    quorum.toSorted((left, right) => left.index - right.index),
  );
}

/**
 * True when all shares lie on one polynomial of degree `threshold - 1` at most: the shares beyond the first `threshold`
 * are what interpolating the first ones says. Together with y_i x G == Y_i for every i this is Feldman's check.
 */
export function onePolynomial(group: Group, shares: readonly Share[], threshold: number): boolean {
  const basis = shares.slice(0, threshold);
  return shares.slice(threshold).every(({ index, scalar }) => interpolate(group, basis, index) === scalar);
}

/** Reduced once at the end: the coefficients are few and not negative, the index is small. */
function evaluate(coefficients: readonly bigint[], index: number, order: bigint): bigint {
  const x = BigInt(index);
  return coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0n) % order;
}

function interpolate(group: Group, shares: readonly Share[], at: number): bigint {
  const indices = shares.map(({ index }) => index);
  const coefficients = lagrangeCoefficients(group, indices, at);
  return shares.reduce(
    (sum, { scalar }, position) => modulo(sum + scalar * (coefficients[position] ?? 0n), group.order),
    0n,
  );
}

const cache = new Map<string, readonly bigint[]>();

/** lambda_j = prod (at - x_m) / (x_j - x_m); there are few sets of indices, so each is worked out once. */
function lagrangeCoefficients(group: Group, indices: readonly number[], at: number): readonly bigint[] {
  const key = `${group.curve} ${at} ${indices.join()}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const coefficients = indices.map((own) => {
    let numerator = 1n;
    let denominator = 1n;
    for (const other of indices) {
      if (other === own) continue;
      numerator = modulo(numerator * BigInt(at - other), group.order);
      denominator = modulo(denominator * BigInt(own - other), group.order);
    }
    return modulo(numerator * inverse(denominator, group.order), group.order);
  });
  cache.set(key, coefficients);
  return coefficients;
}
