/** The texts inside encrypted shares: import shares are written, export shares are read (dfns.md, sections 8.6 and 9.3). */

import { decodeHex, encodeHex, KeyrailError, wipe } from "@keyrail/core";
import type { PublicShare, SecretShare } from "@keyrail/crypto";
import { z } from "zod";
import { type Curve, PROVIDER_NAME } from "../mapping.ts";

/**
 * The plaintext of one import share: compact UTF-8 JSON, members in the order the sheet gives. Scalars are 64 hex digits,
 * big-endian on every curve; points are uncompressed SEC 1, on ed25519 RFC 8032.
 *
 * @param chainCode 32 bytes for a master key. That it goes into the share, under this name, is assumed (section 12).
 * @returns bytes that the caller wipes. The text itself passes through JavaScript strings, which can't be wiped.
 */
export function writeShare(
  curve: Curve,
  share: SecretShare,
  publicShares: readonly PublicShare[],
  chainCode?: Uint8Array,
): Uint8Array {
  const text = JSON.stringify({
    version: 1,
    secret_share: { curve, scalar: encodeHex(share.scalar) },
    public_shares: publicShares.map(({ point }) => ({ curve, point: encodeHex(point) })),
    ...(chainCode === undefined ? {} : { chain_code: encodeHex(chainCode) }),
  });
  return Buffer.from(text, "utf8");
}

/** One export share, read. */
export interface ExportedShare extends SecretShare {
  readonly index: bigint;
  /** 32 bytes, of a master key. */
  readonly chainCode: Uint8Array | undefined;
}

const scalar = z.string().regex(/^[0-9a-fA-F]{64}$/);
const exportShareSchema = z.looseObject({
  version: z.literal(1),
  index: z.looseObject({ curve: z.string(), scalar }),
  secret_share: z.looseObject({ curve: z.string(), scalar }),
  chain_code: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/)
    .nullish(),
});

/**
 * Reads one export share. The caller wipes the scalar.
 * @throws KeyrailError `UnexpectedResponse` when it is not one of this curve; never with a part of it.
 */
export function readExportedShare(curve: Curve, plaintext: Uint8Array): ExportedShare {
  const parsed = exportShareSchema.safeParse(parse(plaintext));
  if (!parsed.success || parsed.data.index.curve !== curve || parsed.data.secret_share.curve !== curve) {
    throw new KeyrailError("UnexpectedResponse", `Dfns exported a share that is none of a ${curve} key.`, {
      provider: PROVIDER_NAME,
      reason: "not a share",
    });
  }
  const { index, secret_share: secret, chain_code: chainCode } = parsed.data;
  return {
    index: BigInt(`0x${index.scalar}`),
    scalar: decodeHex(secret.scalar),
    chainCode: typeof chainCode === "string" ? decodeHex(chainCode) : undefined,
  };
}

function parse(plaintext: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.length).toString("utf8"));
  } catch {
    // The parser's error quotes the text, which is secret.
    return undefined;
  }
}

/** Wipes shares. */
export function wipeShares(shares: readonly SecretShare[]): void {
  wipe(...shares.map((share) => share.scalar));
}
