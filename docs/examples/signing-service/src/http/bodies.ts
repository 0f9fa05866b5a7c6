/** What the bodies of requests hold, checked by zod before a handler sees them. */

import { OPERATIONS, SIGNATURE_ALGORITHMS, tryDecodeBase64Url } from "@keyrail/core";
import type { FastifyInstance } from "fastify";
import { z } from "zod";

const bytes = z.string().transform((text, context) => {
  const decoded = tryDecodeBase64Url(text);
  if (decoded !== undefined) return decoded;
  context.addIssue({ code: "custom", message: "expected base64url without padding" });
  return z.NEVER;
});

const what = {
  algorithm: z.enum(SIGNATURE_ALGORITHMS),
  /** What is signed; hashed as the algorithm says. */
  message: bytes.optional(),
  /** A digest the caller made, in place of the message. */
  digest: bytes.optional(),
  /** ECDSA: `r || s` (the default) or DER. */
  format: z.enum(["p1363", "der"]).exactOptional(),
};
const hasOneInput = (body: { message?: unknown; digest?: unknown }): boolean =>
  (body.message === undefined) !== (body.digest === undefined);
const ONE_INPUT = { path: ["message"], message: "expected either message or digest" };

/** `POST /keys/:alias/sign`. */
export const signBody = z.strictObject(what).refine(hasOneInput, ONE_INPUT);
/** `POST /keys/:alias/verify`. */
export const verifyBody = z.strictObject({ ...what, signature: bytes }).refine(hasOneInput, ONE_INPUT);
/** `POST /approvals/resume`: the `approval` of a 202, as it came. */
export const resumeBody = z.strictObject({
  approval: z.strictObject({
    alias: z.string().max(256),
    algorithm: z.enum(SIGNATURE_ALGORITHMS),
    ticket: z.strictObject({
      version: z.literal(1),
      provider: z.string().max(64),
      key: z.string().max(2048),
      operation: z.enum(OPERATIONS),
      reference: z.string().max(256),
      approval: z.string().max(256).exactOptional(),
      state: z.record(z.string(), z.string()),
    }),
  }),
});

/** {@link signBody}, checked. */
export type SignBody = z.infer<typeof signBody>;
/** {@link verifyBody}, checked. */
export type VerifyBody = z.infer<typeof verifyBody>;
/** {@link resumeBody}, checked. */
export type ResumeBody = z.infer<typeof resumeBody>;

/** The part of a checked body that says what is signed. */
export function inputOf({ message, digest }: SignBody): { message: Uint8Array } | { digest: Uint8Array } {
  return message === undefined ? { digest: digest ?? new Uint8Array() } : { message };
}

/** A body that is not what its schema says; the framework answers it with 400. */
class InvalidBody extends Error {
  readonly statusCode = 400;
  readonly validation: readonly unknown[] = [];
}

/** Lets the framework check bodies with zod; a handler gets what the schema made of them. */
export function useSchemas(server: FastifyInstance): void {
  server.setValidatorCompiler<z.ZodType>(({ schema }) => (data: unknown) => {
    const result = schema.safeParse(data);
    if (result.success) return { value: result.data };
    const issue = result.error.issues[0];
    const path = issue?.path.map(String).join(".") ?? "";
    return { error: new InvalidBody(`${path === "" ? "" : `"${path}": `}${issue?.message ?? "not valid"}.`) };
  });
}
