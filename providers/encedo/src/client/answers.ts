/** Reading what the device answers: every body passes a schema, unknown members stay. */

import { encodeHex, tryDecodeBase64 } from "@keyrail/core";
import type { HttpResponse } from "@keyrail/http";
import * as z from "zod/mini";
import { unexpected } from "../errors.ts";

/** Base64 of so many bytes, decoded. */
export function base64Bytes(minimum: number, maximum: number = minimum): z.ZodMiniType<Uint8Array> {
  return z.pipe(
    z.string(),
    z.transform((text, context) => {
      const bytes = tryDecodeBase64(text);
      if (bytes !== undefined && bytes.length >= minimum && bytes.length <= maximum) return bytes;
      context.issues.push({ code: "custom", message: "not base64 of the expected length", input: text });
      return z.NEVER;
    }),
  );
}

/** A key id: 16 bytes in hex, lower case. */
export const kid: z.ZodMiniType<string> = z.pipe(
  z.string().check(z.regex(/^[0-9a-fA-F]{32}$/)),
  z.transform((text) => text.toLowerCase()),
);

/** Whether a text is a key id in any case. */
export function isKid(text: string): boolean {
  return /^[0-9a-fA-F]{32}$/.test(text);
}

/** Unix seconds. */
export const seconds: z.ZodMiniType<number> = z.int().check(z.minimum(0), z.maximum(2 ** 40));

/**
 * The body of a 200.
 *
 * @throws `UnexpectedResponse` for no body, no JSON, or not what the interface promises. Nothing of the body is repeated.
 */
export function readAnswer<Value>(
  schema: z.ZodMiniType<Value>,
  response: HttpResponse,
  facts: { readonly operation: string; readonly mutates: boolean },
): Value {
  const { operation, mutates } = facts;
  if (response.body === "") throw unexpected(`the answer to ${operation} is empty`, { mutates, status: 200 });
  let value: unknown;
  try {
    value = JSON.parse(response.body);
  } catch {
    // Its message would quote the body.
    throw unexpected(`the answer to ${operation} is not JSON`, { mutates, status: 200 });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const path = result.error.issues[0]?.path.map(String).join(".") ?? "";
  const where = path === "" ? "it as a whole" : `"${path}"`;
  throw unexpected(`the answer to ${operation} has another form (${where})`, { mutates, status: 200 });
}

/** Lower-case hex of 16 bytes, as the device writes key ids. */
export function formatKid(bytes: Uint8Array): string {
  return encodeHex(bytes.subarray(0, 16));
}
