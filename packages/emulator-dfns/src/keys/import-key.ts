import { tryDecodeBase64, wipe } from "@keyrail/core";
import { z } from "zod";
import { ApiError, badRequest } from "../api-error.ts";
import {
  acceptsLowerDegree,
  badShareStatus,
  duplicateKeyStatus,
  featureNotInPlanStatus,
  threshold,
} from "../assumptions.ts";
import type { Caller } from "../auth/bearer.ts";
import type { Services } from "../services.ts";
import { decrypt } from "../threshold/ecies.ts";
import { type CurveName, type Group, curveNames, groups } from "../threshold/groups.ts";
import { onePolynomial, reconstruct } from "../threshold/secret-sharing.ts";
import { type ImportShare, readImportShare } from "../threshold/share-document.ts";
import type { Signer } from "../threshold/signers.ts";
import type { KeyEntity } from "./key-entity.ts";
import { type Protocol, protocols, schemeOfImport } from "./schemes.ts";

interface EncryptedShare {
  readonly signerId: string;
  readonly encryptedKeyShare: string;
}

/** Body of `POST /keys/import` (fact sheet, section 4). */
export interface ImportKeyBody {
  readonly curve: CurveName;
  readonly protocol: Protocol;
  readonly minSigners: number;
  readonly encryptedKeyShares: readonly EncryptedShare[];
  readonly name?: string;
  readonly masterKey?: boolean;
}

export const importKeySchema: z.ZodType<ImportKeyBody> = z.strictObject({
  curve: z.enum(curveNames),
  protocol: z.enum(protocols),
  minSigners: z.int().min(1),
  encryptedKeyShares: z
    .array(z.strictObject({ signerId: z.string().min(1), encryptedKeyShare: z.string().min(1) }))
    .min(1),
  name: z.string().max(100).exactOptional(),
  masterKey: z.boolean().exactOptional(),
});

/**
 * Opens the shares for all signers and checks them as the service side of fact sheet section 8 does.
 * @throws ApiError 402 without the contract, 400 with `details.signerId` for a share that does not fit, 409 for a key
 *   the organisation already has.
 */
export function importKey(body: ImportKeyBody, caller: Caller, services: Services): KeyEntity {
  if (!services.features.importEnabled) throw new ApiError(featureNotInPlanStatus, "Key import is not enabled");
  const { curve, masterKey = false } = body;
  const scheme = schemeOfImport(body.protocol, curve);
  if (scheme === undefined) throw badRequest(`${body.protocol} keys on ${curve} can't be imported`);
  if (body.minSigners !== threshold) throw new ApiError(badShareStatus, `minSigners must be ${threshold}`);
  const group = groups[curve];
  const opened = openShares(group, body.encryptedKeyShares, services.signers);
  const chainCode = commonChainCode(opened, masterKey);
  const shares = opened.map(({ signer, share }) => ({ index: signer.index, scalar: share.scalar }));
  checkPublicShares(group, opened);
  // With every Y_i = y_i G checked, the points have degree t-1 exactly when the scalars have.
  if (!onePolynomial(group, shares, threshold)) {
    throw badShare(`The shares are not on one polynomial of degree ${threshold - 1}`, undefined);
  }
  if (!acceptsLowerDegree && onePolynomial(group, shares, threshold - 1)) {
    throw badShare(`Fewer than ${threshold} of the shares would give the key`, undefined);
  }
  const secret = reconstruct(group, shares.slice(0, threshold));
  if (secret === 0n) throw badShare("The shares are those of zero", undefined);
  const publicKey = group.publicKey(secret);
  if (services.keys.withPublicKey(publicKey) !== undefined) {
    throw new ApiError(duplicateKeyStatus, "The organisation already has a key with this public key");
  }
  return services.keys.add({
    scheme,
    curve,
    publicKey,
    shares,
    chainCode,
    derivedFrom: undefined,
    storeId: services.keyStores.primary.id,
    imported: true,
    delayDelegation: false,
    name: body.name,
    ownerId: caller.user.kind === "EndUser" ? caller.user.id : undefined,
  });
}

interface OpenedShare {
  readonly signer: Signer;
  readonly share: ImportShare;
}

/** One opened share per signer, in the order of their indices; entries are matched by signer id, not by position. */
function openShares(
  group: Group,
  entries: readonly EncryptedShare[],
  signers: readonly Signer[],
): readonly OpenedShare[] {
  const byId = new Map<string, EncryptedShare>();
  for (const entry of entries) {
    if (!signers.some(({ signerId }) => signerId === entry.signerId))
      throw badShare("There is no such signer", entry.signerId);
    if (byId.has(entry.signerId)) throw badShare("The signer has more than one share", entry.signerId);
    byId.set(entry.signerId, entry);
  }
  return signers.map((signer) => {
    const entry = byId.get(signer.signerId);
    if (entry === undefined) throw badShare("The signer has no share", signer.signerId);
    const message = tryDecodeBase64(entry.encryptedKeyShare);
    const plaintext = message === undefined ? undefined : decrypt(signer.decryptionKey, message);
    if (plaintext === undefined) throw badShare("The share can't be decrypted", signer.signerId);
    const share = readImportShare(group, new TextDecoder().decode(plaintext));
    wipe(plaintext);
    if (share === undefined) throw badShare("The share is not a version 1 share of this curve", signer.signerId);
    return { signer, share };
  });
}

/** Every share lists the same n points, and each scalar is the one behind its point. */
function checkPublicShares(group: Group, opened: readonly OpenedShare[]): void {
  const first = opened[0]?.share.publicShares ?? [];
  for (const { signer, share } of opened) {
    const { publicShares } = share;
    const same = publicShares.length === opened.length && publicShares.every((point, at) => equal(point, first[at]));
    if (!same) throw badShare("The public shares differ or are not one per signer", signer.signerId);
    if (!equal(group.sharePoint(share.scalar), publicShares[signer.index - 1])) {
      throw badShare("The secret share does not belong to its public share", signer.signerId);
    }
  }
}

/** A chain code is in all shares of a master key, the same one, and in none of another key. */
function commonChainCode(opened: readonly OpenedShare[], masterKey: boolean): Uint8Array | undefined {
  const first = opened[0]?.share.chainCode;
  for (const { signer, share } of opened) {
    if (!masterKey && share.chainCode !== undefined)
      throw badShare("A chain code is for master keys only", signer.signerId);
    if (masterKey && (share.chainCode === undefined || !equal(share.chainCode, first))) {
      throw badShare("A master key needs the same chain code in every share", signer.signerId);
    }
  }
  return first;
}

function equal(left: Uint8Array, right: Uint8Array | undefined): boolean {
  return right !== undefined && Buffer.compare(left, right) === 0;
}

function badShare(message: string, signerId: string | undefined): ApiError {
  return new ApiError(badShareStatus, message, signerId === undefined ? undefined : { signerId });
}
