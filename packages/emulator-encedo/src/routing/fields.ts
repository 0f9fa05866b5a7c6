/** Fields that several request bodies share (fact sheet, sections 1, 4 and 6). */

import { z } from "zod";

import { LABEL_CHARACTERS, STATUS_MESSAGE_EMPTY, STATUS_MESSAGE_TOO_LONG } from "../assumptions.ts";
import { decodeBase64 } from "../bytes.ts";
import { DESCRIPTION_LIMIT, KID_HEX_LENGTH, LABEL_LIMIT, MESSAGE_LIMIT } from "../limits.ts";
import type { KeyMode } from "../keymgmt/key-record.ts";
import { refuse } from "../refusal.ts";
import type { RouteContext } from "./route.ts";

/** Base64 text, read into bytes. */
export const bytesField: z.ZodType<Uint8Array, unknown> = z.string().transform((text, context) => {
  const bytes = decodeBase64(text);
  if (bytes !== undefined) return bytes;
  context.addIssue({ code: "custom", message: "not base64" });
  return z.NEVER;
});

/** Base64 text of at most `maximum` bytes, and at least `minimum`. */
export function limitedBytes(maximum: number, minimum = 0): z.ZodType<Uint8Array, unknown> {
  return bytesField.refine((bytes) => bytes.length >= minimum && bytes.length <= maximum, "length");
}

/** A key id in any case; lowercase afterwards. */
export const kidField: z.ZodType<string, unknown> = z
  .string()
  .regex(new RegExp(`^[0-9a-fA-F]{${KID_HEX_LENGTH}}$`))
  .transform((text) => text.toLowerCase());

/** A label: 1 to 32 printable ASCII characters. */
export const labelField: z.ZodType<string> = z.string().min(1).max(LABEL_LIMIT).regex(LABEL_CHARACTERS);

/** What a key may do, as one of three literals. */
export const modeField: z.ZodType<KeyMode> = z.enum(["ECDH", "ExDSA", "ECDH,ExDSA"]);

/** The peer of a key agreement: a stored key or a public key; the stored one wins. */
export interface PeerFields {
  readonly ext_kid?: string | undefined;
  readonly pubkey?: Uint8Array | undefined;
}

/** Members of the bodies that take a peer. */
export const peerFields: {
  ext_kid: z.ZodOptional<z.ZodType<string, unknown>>;
  pubkey: z.ZodOptional<z.ZodType<Uint8Array, unknown>>;
} = { ext_kid: kidField.optional(), pubkey: bytesField.optional() };

/** The subject of the crypto endpoints: the body's `kid`, or 400. */
export function kidSubject(context: RouteContext, body: Readonly<Record<string, unknown>>): string {
  const kid = kidField.safeParse(body.kid);
  if (!kid.success) refuse(400);
  context.auditData = kid.data;
  return kid.data;
}

/** A message of 1 to `limit` bytes, or 400. */
export function requireMessage(message: Uint8Array, limit: number = MESSAGE_LIMIT): void {
  if (message.length === 0) refuse(STATUS_MESSAGE_EMPTY);
  if (message.length > limit) refuse(STATUS_MESSAGE_TOO_LONG);
}

/**
 * A description as the device stores it.
 *
 * @param unchecked the length check is dead: longer ones are cut. Otherwise they are refused with 400.
 */
export function storedDescription(description: Uint8Array | undefined, unchecked: boolean): Uint8Array {
  if (description === undefined) return new Uint8Array(0);
  if (description.length > DESCRIPTION_LIMIT && !unchecked) refuse(400);
  return description.slice(0, DESCRIPTION_LIMIT);
}
