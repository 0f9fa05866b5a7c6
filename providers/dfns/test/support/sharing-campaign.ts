/** Random secrets through split, encryption, decryption and combination (dfns.md, section 8). */

import { decodeBase64 } from "@keyrail/core";
import { loadEcies, loadSecretSharing, type SecretShare, type SharingCurve } from "@keyrail/crypto";
import { encryptShares, SHARE_ECIES } from "../../src/import/encrypt-shares.ts";
import type { ShareSigner } from "../../src/import/share-signers.ts";
import { CURVES, type Curve } from "../../src/mapping.ts";
import { randomFrom } from "./fuzz.ts";

interface TestSigner extends ShareSigner {
  readonly privateKey: Uint8Array;
}

/** A scalar in 1..order-1 of every curve here, by the generator. */
function scalarFrom(random: (bound: number) => number): Uint8Array {
  const bytes = Uint8Array.from({ length: 32 }, () => random(256));
  bytes[0] = 1 + random(6);
  return bytes;
}

async function signersFrom(random: (bound: number) => number, count: number): Promise<readonly TestSigner[]> {
  const { secretSharing } = await loadSecretSharing();
  const { PublicKey } = await import("@keyrail/core");
  return Array.from({ length: count }, (_, at) => {
    const privateKey = scalarFrom(random);
    const point = PublicKey.fromTrustedRaw("secp256k1", secretSharing("secp256k1").publicKeyOf(privateKey));
    return { signerId: `signer ${at}`, encryptionKey: point.toCompressed(), privateKey };
  });
}

/**
 * Splits `secrets` random secrets for t of n (3 of 5, and others in turn), encrypts and decrypts every share, and checks:
 * t random shares give the secret back, t - 1 do not, the public key is the secret's.
 *
 * @throws Error that names curve, round and what is wrong.
 */
export async function runSharingCampaign(curve: Curve, secrets: number, seed: number): Promise<number> {
  const random = randomFrom(seed);
  const sharing = (await loadSecretSharing()).secretSharing(CURVES[curve] satisfies SharingCurve);
  for (let round = 0; round < secrets; round++) {
    const total = round % 2 === 0 ? 5 : 2 + random(8);
    const threshold = round % 2 === 0 ? 3 : 2 + random(total - 1);
    const signers = await signersFrom(random, total);
    const scalar = scalarFrom(random);
    const made = await encryptShares({ curve, scalar, threshold }, signers);
    const shares = await decrypted(made.shares, signers);
    const chosen = shuffled(shares, random);
    const told = `${curve}, seed ${seed}, round ${round}: ${threshold} of ${total}`;
    if (!same(sharing.combine(chosen.slice(0, threshold)), scalar)) throw new Error(`${told}: t shares do not combine`);
    if (threshold > 1 && same(sharing.combine(chosen.slice(0, threshold - 1)), scalar))
      throw new Error(`${told}: t - 1 shares combine`);
    if (!same(made.publicKey, sharing.publicKeyOf(scalar))) throw new Error(`${told}: another public key`);
  }
  return secrets;
}

async function decrypted(
  encrypted: readonly { readonly encryptedKeyShare: string }[],
  signers: readonly TestSigner[],
): Promise<readonly SecretShare[]> {
  const { decrypt } = await loadEcies();
  return encrypted.map(({ encryptedKeyShare }, at) => {
    const plaintext = decrypt(
      signers[at]?.privateKey ?? new Uint8Array(),
      decodeBase64(encryptedKeyShare),
      SHARE_ECIES,
    );
    const { version, secret_share: share } = JSON.parse(Buffer.from(plaintext).toString()) as {
      version: number;
      secret_share: { scalar: string };
    };
    if (version !== 1) throw new Error("another version");
    return { index: at + 1, scalar: Uint8Array.from(Buffer.from(share.scalar, "hex")) };
  });
}

function shuffled<Item>(items: readonly Item[], random: (bound: number) => number): Item[] {
  return items
    .map((item) => ({ item, order: random(1e9) }))
    .toSorted((left, right) => left.order - right.order)
    .map(({ item }) => item);
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
