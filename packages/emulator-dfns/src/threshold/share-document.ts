/** The JSON inside import and export ciphertexts (fact sheet, sections 8.6, 9.3; chain code of section 12). */

import { decodeHex, encodeHex } from "@keyrail/core";
import { z } from "zod";
import { chainCodeField } from "../assumptions.ts";
import { tryParseJson } from "../json.ts";
import { type CurveName, type Group, curveNames } from "./groups.ts";
import type { Share } from "./secret-sharing.ts";
import { scalarToHex } from "./scalar-bytes.ts";

const curve = z.enum(curveNames);
const scalar = z.object({ curve, scalar: z.string().regex(/^[0-9a-fA-F]{64}$/) });
const point = z.object({ curve, point: z.string().regex(/^(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{130})$/) });

// The vendor's parser ignores the order of members and unknown ones; another version fails.
const importShareSchema = z.object({
  version: z.literal(1),
  secret_share: scalar,
  public_shares: z.array(point).min(1),
  [chainCodeField]: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/)
    .optional(),
});

/** An opened import share. Points are raw bytes in the encoding of share documents. */
export interface ImportShare {
  readonly scalar: bigint;
  readonly publicShares: readonly Uint8Array[];
  readonly chainCode: Uint8Array | undefined;
}

/** Reads an import share; `undefined` unless it is one for this group with its scalar in 1..order-1. */
export function readImportShare(group: Group, text: string): ImportShare | undefined {
  const parsed = importShareSchema.safeParse(tryParseJson(text)?.value);
  if (!parsed.success) return undefined;
  const { secret_share: secret, public_shares: points } = parsed.data;
  const pointDigits = group.curve === "ed25519" ? 64 : 130;
  const fits =
    secret.curve === group.curve &&
    points.every(({ curve, point }) => curve === group.curve && point.length === pointDigits);
  const value = BigInt(`0x${secret.scalar}`);
  if (!fits || value === 0n || value >= group.order) return undefined;
  const chainCode = parsed.data[chainCodeField];
  return {
    scalar: value,
    publicShares: points.map(({ point }) => decodeHex(point)),
    chainCode: chainCode === undefined ? undefined : decodeHex(chainCode),
  };
}

/** Writes an export share: compact, members in the order of the sheet. */
export function writeExportShare(curve: CurveName, share: Share, chainCode: Uint8Array | undefined): string {
  return JSON.stringify({
    version: 1,
    index: { curve, scalar: scalarToHex(BigInt(share.index)) },
    secret_share: { curve, scalar: scalarToHex(share.scalar) },
    ...(chainCode === undefined ? {} : { [chainCodeField]: encodeHex(chainCode) }),
  });
}
