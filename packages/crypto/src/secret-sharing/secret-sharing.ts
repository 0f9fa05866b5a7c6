/**
 * Shamir secret sharing of a private key, with Feldman's commitments.
 *
 * A secret s is the value at 0 of a random polynomial f of degree t-1 over the field of scalars; share i is f(i), and
 * any t shares give s back. Public, so that a holder can check his share against what everybody sees:
 *
 * - **commitments**: a_k * G for each coefficient (Feldman 1987; RFC 9591, appendix C.2);
 * - **public shares**: y_i * G for each share, the form the Dfns signers use (dfns.md, section 8).
 *
 * Scalars are 32 bytes big-endian on every curve, **also on Ed25519**, where RFC 9591 and RFC 8032 are little-endian.
 * Points are the canonical raw public key of the key type (65 bytes uncompressed SEC 1, 32 bytes RFC 8032); compressed
 * SEC 1 is read too. Shares and secrets are returned in fresh arrays that the caller wipes. The arithmetic itself runs
 * on JavaScript integers, which can't be wiped.
 */

import { KeyrailError } from "@keyrail/core";

import { invalidKeyMaterial, invalidRequest } from "../errors.ts";
import { ED25519_GROUP, SECP256K1_GROUP, STARK_GROUP, type Group, type GroupPoint } from "../groups/group.ts";
import { evaluate, lagrangeCoefficients } from "./lagrange.ts";
import { randomScalar, readScalar, writeScalar } from "../groups/scalar.ts";
import type { SecretSharing, ShareIndex, SharingCurve } from "./types.ts";

export { ed25519ScalarFromExpanded, ed25519ScalarFromSeed } from "./ed25519-scalar.ts";

const MAXIMUM_SHARES = 65_535;

function createSecretSharing<P extends GroupPoint<P>>(curve: SharingCurve, group: Group<P>): SecretSharing {
  const { scalars: field, base } = group;

  function readPoint(bytes: Uint8Array, what: string): P {
    try {
      return group.decode(bytes);
    } catch (cause) {
      throw invalidKeyMaterial(`${what} is not a point of ${curve}`, cause);
    }
  }

  function readIndex(index: ShareIndex): bigint {
    if (typeof index === "number" && !Number.isSafeInteger(index)) throw invalidIndex();
    const value = BigInt(index);
    if (!field.isValidNot0(value)) throw invalidIndex();
    return value;
  }

  function readIndices(shares: readonly { readonly index: ShareIndex }[]): bigint[] {
    const indices = shares.map((share) => readIndex(share.index));
    if (indices.length === 0) throw invalidRequest("There is no share to combine.", "shares");
    if (new Set(indices).size !== indices.length) throw invalidRequest("A share index appears twice.", "shares");
    return indices;
  }

  function readCoefficients(given: readonly Uint8Array[], threshold: number): bigint[] {
    if (given.length !== threshold - 1) throw invalidRequest("Give threshold - 1 coefficients.", "coefficients");
    return given.map((coefficient) => readScalar(field, coefficient, "a coefficient"));
  }

  /** Sum of factor_j * point_j, where all factors are public. */
  function combinePoints(factors: readonly bigint[], points: readonly P[]): P {
    return points.reduce((sum, point, j) => sum.add(point.multiplyUnsafe(factors[j] ?? 0n)), group.zero);
  }

  function committedPoint(commitments: readonly Uint8Array[], index: ShareIndex): P {
    if (commitments.length === 0) throw invalidRequest("There are no commitments.", "commitments");
    const x = readIndex(index);
    const points = commitments.map((commitment) => readPoint(commitment, "a commitment"));
    return points.reduceRight((sum, point) => sum.multiplyUnsafe(x).add(point), group.zero);
  }

  const sharing: SecretSharing = {
    curve,

    split(secret, { threshold, shares, coefficients }) {
      const constant = readScalar(field, secret, "a secret to split");
      requireThreshold(threshold, shares);
      const given = coefficients === undefined ? undefined : readCoefficients(coefficients, threshold);
      const indices = Array.from({ length: shares }, (_, i) => BigInt(i + 1));
      let polynomial: bigint[];
      let values: bigint[];
      // A share of 0 can't be told from a missing one and has no public share: draw again (chance n * 2^-251).
      do {
        polynomial = [constant, ...(given ?? Array.from({ length: threshold - 1 }, () => randomScalar(field)))];
        values = indices.map((x) => evaluate(field, polynomial, x));
        if (given !== undefined && values.includes(0n)) {
          throw invalidRequest("These coefficients make a share that is zero.", "coefficients");
        }
      } while (values.includes(0n));
      const publicKey = group.encode(base.multiply(constant));
      const rest = polynomial.slice(1).map((coefficient) => group.encode(base.multiply(coefficient)));
      return {
        threshold,
        shares: values.map((value, i) => ({ index: i + 1, scalar: writeScalar(value) })),
        publicShares: values.map((value, i) => ({ index: i + 1, point: group.encode(base.multiply(value)) })),
        commitments: [publicKey, ...rest],
        publicKey,
      };
    },

    combine(shares, publicKey) {
      const indices = readIndices(shares);
      const factors = lagrangeCoefficients(field, indices, 0n);
      const secret = shares.reduce((sum, share, j) => {
        const value = readScalar(field, share.scalar, "a share");
        return field.add(sum, field.mul(factors[j] ?? 0n, value));
      }, field.ZERO);
      const expected = publicKey === undefined ? undefined : readPoint(publicKey, "the public key");
      if (secret === 0n || (expected !== undefined && !base.multiply(secret).equals(expected))) {
        throw new KeyrailError(
          "InvalidKeyMaterial",
          "These shares do not give the private key: a share is wrong, or there are too few of them.",
          { reason: "the shares do not combine to the private key" },
        );
      }
      return writeScalar(secret);
    },

    publicKeyOf: (scalar) => group.encode(base.multiply(readScalar(field, scalar, "a private scalar"))),

    verifyShare(share, commitments) {
      const value = readScalar(field, share.scalar, "a share");
      return base.multiply(value).equals(committedPoint(commitments, share.index));
    },

    verifyPublicShare(share, publicShare) {
      const value = readScalar(field, share.scalar, "a share");
      const point = readPoint(publicShare.point, "a public share");
      return readIndex(share.index) === readIndex(publicShare.index) && base.multiply(value).equals(point);
    },

    publicShareAt(commitments, index) {
      const point = committedPoint(commitments, index);
      if (point.is0()) throw invalidKeyMaterial("the commitments give a public share at infinity");
      return { index, point: group.encode(point) };
    },

    arePublicSharesConsistent(publicShares, threshold) {
      requireThreshold(threshold, publicShares.length);
      const indices = readIndices(publicShares);
      const points = publicShares.map((share) => readPoint(share.point, "a public share"));
      const [firstIndices, firstPoints] = [indices.slice(0, threshold), points.slice(0, threshold)];
      return points.slice(threshold).every((point, j) => {
        const factors = lagrangeCoefficients(field, firstIndices, indices[threshold + j] ?? 0n);
        return combinePoints(factors, firstPoints).equals(point);
      });
    },

    interpolatePublicKey(publicShares) {
      const factors = lagrangeCoefficients(field, readIndices(publicShares), 0n);
      const points = publicShares.map((share) => readPoint(share.point, "a public share"));
      const key = combinePoints(factors, points);
      if (key.is0()) throw invalidKeyMaterial("the public shares combine to the point at infinity");
      return group.encode(key);
    },
  };
  return Object.freeze(sharing);
}

const SHARINGS: Readonly<Record<SharingCurve, SecretSharing>> = {
  secp256k1: createSecretSharing("secp256k1", SECP256K1_GROUP),
  stark: createSecretSharing("stark", STARK_GROUP),
  Ed25519: createSecretSharing("Ed25519", ED25519_GROUP),
};

/** Secret sharing over the scalar field of a key type. */
export function secretSharing(curve: SharingCurve): SecretSharing {
  return SHARINGS[curve];
}

function requireThreshold(threshold: number, shares: number): void {
  if (!Number.isSafeInteger(threshold) || !Number.isSafeInteger(shares) || threshold < 2 || threshold > shares) {
    throw invalidRequest("The threshold must be at least 2 and at most the number of shares.", "threshold");
  }
  if (shares > MAXIMUM_SHARES) {
    throw new KeyrailError("LimitExceeded", `A secret is split into at most ${MAXIMUM_SHARES} shares.`, {
      limit: "shares",
      maximum: MAXIMUM_SHARES,
      actual: shares,
    });
  }
}

function invalidIndex(): KeyrailError {
  return invalidRequest("A share index is an integer in 1..order-1.", "index");
}
