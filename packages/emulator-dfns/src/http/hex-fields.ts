import { decodeHex } from "@keyrail/core";
import { z } from "zod";

/** Bytes of any length in hexadecimal, `0x` or not (fact sheet, sections 4 and 5). */
export const hexMessage: z.ZodString = z.string().regex(/^(0x)?([0-9a-fA-F]{2})*$/);

/** The bytes of a field that a hexadecimal schema has passed. */
export function bytesFromHex(text: string): Uint8Array {
  return decodeHex(text.startsWith("0x") ? text.slice(2) : text);
}
