/** The five signers of the emulated cluster: their ids and their ECIES keys. */

import { createHash, randomBytes } from "node:crypto";
import { KeyrailError, encodeBase64, encodeHex } from "@keyrail/core";
import { signerCount } from "../assumptions.ts";
import { encryptionKeyOf } from "./ecies.ts";
import { groups, randomScalar } from "./groups.ts";
import { bytesToScalar, modulo } from "./scalar-bytes.ts";

/** A signer as an option gives it. */
export interface SignerFixture {
  /** 32 bytes. */
  readonly signerId: Uint8Array;
  /** ECIES decryption scalar, 32 bytes big-endian, 1..n-1 of secp256k1. */
  readonly decryptionKey: Uint8Array;
}

/** A signer in the emulator. `index` is the share index: the rank of its id by bytes, from 1. */
export interface Signer {
  readonly index: number;
  readonly signerId: string;
  readonly encryptionKey: string;
  readonly decryptionKey: bigint;
}

/** The signers of the fact sheet's test vectors (section 13.2), in the order j = 1..5. */
export function factSheetSigners(): readonly SignerFixture[] {
  return Array.from({ length: signerCount }, (_, position) => ({
    signerId: sha256(`signer-${position + 1}`),
    decryptionKey: Buffer.from(
      modulo(bytesToScalar(sha256(`dk-${position + 1}`)), groups.secp256k1.order)
        .toString(16)
        .padStart(64, "0"),
      "hex",
    ),
  }));
}

/**
 * The cluster, sorted by decoded signer id (fact sheet, section 8.2).
 * @param fixtures five signers; random ones when absent.
 * @throws KeyrailError `InvalidConfiguration` unless there are five distinct ids of 32 bytes with valid scalars.
 */
export function createSigners(fixtures: readonly SignerFixture[] = randomSigners()): readonly Signer[] {
  const ids = new Set(fixtures.map(({ signerId }) => encodeHex(signerId)));
  const valid = fixtures.every(({ signerId, decryptionKey }) => {
    const scalar = bytesToScalar(decryptionKey);
    return signerId.length === 32 && decryptionKey.length === 32 && scalar > 0n && scalar < groups.secp256k1.order;
  });
  if (fixtures.length !== signerCount || ids.size !== signerCount || !valid) {
    throw new KeyrailError(
      "InvalidConfiguration",
      `signers must be ${signerCount} distinct ids of 32 bytes, each with a secp256k1 scalar of 32 bytes.`,
      {
        path: "signers",
      },
    );
  }
  return fixtures
    .toSorted((left, right) => Buffer.compare(left.signerId, right.signerId))
    .map(({ signerId, decryptionKey }, position) => {
      const scalar = bytesToScalar(decryptionKey);
      return {
        index: position + 1,
        signerId: encodeBase64(signerId),
        encryptionKey: encryptionKeyOf(scalar),
        decryptionKey: scalar,
      };
    });
}

function randomSigners(): readonly SignerFixture[] {
  return Array.from({ length: signerCount }, () => ({
    signerId: randomBytes(32),
    decryptionKey: Buffer.from(randomScalar(groups.secp256k1.order).toString(16).padStart(64, "0"), "hex"),
  }));
}

function sha256(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
