import { z } from "zod";
import { ApiError, badRequest } from "../api-error.ts";
import { featureNotInPlanStatus, noCommonSchemeStatus, threshold } from "../assumptions.ts";
import type { Caller } from "../auth/bearer.ts";
import type { Services } from "../services.ts";
import { decodeEncryptionKey, encryptText } from "../threshold/ecies.ts";
import { type CurveName, curveNames } from "../threshold/groups.ts";
import { writeExportShare } from "../threshold/share-document.ts";
import { type Protocol, protocolOfExport, protocols } from "./schemes.ts";

/** Body of `POST /keys/{id}/export` (fact sheet, section 9). */
export interface ExportKeyBody {
  readonly encryptionKey: string;
  readonly supportedSchemes: readonly { readonly protocol: Protocol; readonly curve: CurveName }[];
}

export const exportKeySchema: z.ZodType<ExportKeyBody> = z.strictObject({
  encryptionKey: z.string().min(1),
  supportedSchemes: z.array(z.strictObject({ protocol: z.enum(protocols), curve: z.enum(curveNames) })),
});

/** All five shares, each encrypted to the caller; marks the key exported. @throws ApiError 400, 402 or 404. */
export function exportKey(keyId: string, body: ExportKeyBody, caller: Caller, services: Services): object {
  const key = services.keys.active(keyId, caller);
  if (!services.features.exportEnabled) throw new ApiError(featureNotInPlanStatus, "Key export is not enabled");
  const protocol = protocolOfExport(key.scheme, key.curve, body.supportedSchemes);
  if (protocol === undefined) throw new ApiError(noCommonSchemeStatus, "supportedSchemes has no scheme of this key");
  if (decodeEncryptionKey(body.encryptionKey) === undefined) {
    throw badRequest("encryptionKey must be base64 of 01 and a compressed secp256k1 point");
  }
  const encryptedKeyShares = key.shares.map((share) => ({
    signerId: services.signers[share.index - 1]?.signerId,
    encryptedKeyShare: encryptText(body.encryptionKey, writeExportShare(key.curve, share, key.chainCode)),
  }));
  key.dateExported ??= services.clock.now();
  return { publicKey: key.publicKeyHex, protocol, curve: key.curve, minSigners: threshold, encryptedKeyShares };
}
