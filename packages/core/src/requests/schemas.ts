/**
 * Zod schemas of every request of every port: the edge where untyped callers are stopped.
 *
 * They are built once, when this module is loaded. Unknown members are refused: a misspelt option must not be
 * silently ignored by a key-management call. Key material is checked for type and length here; what only arithmetic
 * can tell is the provider's to check.
 */

import * as z from "zod/mini";
import { isBytes } from "../bytes.ts";
import { isBoolean, isKey, isOneOf, quickCheck, type QuickCheck } from "./quick-check.ts";
import { PRIVATE_KEY_BYTES, type PrivateKeyMaterial } from "../key-material.ts";
import { PublicKey } from "../public-key/public-key.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { DecryptRequest, EncryptRequest } from "../ports/cipher.ts";
import type { DeriveOutputRequest } from "../ports/deterministic-derivation.ts";
import type { DecapsulateRequest, EncapsulateRequest } from "../ports/kem.ts";
import type { AgreeRequest } from "../ports/key-agreement.ts";
import type { ListOptions, RenameRequest, SearchRequest } from "../ports/key-catalog.ts";
import type { CreateRequest, DeriveRequest, ImportRequest } from "../ports/key-store.ts";
import type { UnwrapRequest, WrapRequest } from "../ports/key-wrap.ts";
import type { MacRequest, VerifyMacRequest } from "../ports/mac.ts";
import type { SignRequest, VerifyRequest } from "../ports/signer.ts";
import {
  AGREEMENT_ALGORITHMS,
  ALGORITHMS,
  ASYMMETRIC_KEY_TYPES,
  CIPHER_ALGORITHMS,
  DERIVATION_ALGORITHMS,
  KEM_ALGORITHMS,
  KEY_TYPES,
  MAC_ALGORITHMS,
  SIGNATURE_ALGORITHMS,
  type SymmetricKeyType,
  USAGES,
  WRAP_ALGORITHMS,
} from "../vocabulary.ts";

const bytes = z.custom<Uint8Array>(isBytes, "expected a Uint8Array whose buffer was not transferred away");
const publicKey = z.custom<PublicKey>((value) => value instanceof PublicKey, "expected a PublicKey of @keyrail/core");
const key = z.string().check(z.minLength(1, "expected a key URI or a key id"), z.maxLength(4096));
const usages = z
  .array(z.enum(USAGES))
  .check(z.minLength(1, "at least one usage"), z.refine(distinct, "each usage once"));
const SYMMETRIC_KEY_TYPES = KEY_TYPES.filter(isSymmetric);

/** What every new key is given; labels and descriptions are bounded by the provider's declaration, not here. */
const attributes = {
  usages,
  label: z.string(),
  description: z.exactOptional(z.string()),
  algorithms: z.exactOptional(
    z
      .array(z.enum(ALGORITHMS))
      .check(z.minLength(1, "at least one algorithm"), z.refine(distinct, "each algorithm once")),
  ),
  extractable: z.exactOptional(z.boolean()),
};
const hierarchical = z.exactOptional(z.enum(DERIVATION_ALGORITHMS));

const privateKey = z
  .strictObject({
    keyType: z.enum(ASYMMETRIC_KEY_TYPES),
    format: z.enum(["scalar", "seed", "expanded"]),
    bytes,
    chainCode: z.exactOptional(bytes),
  })
  .check(
    z.refine(rightLength, { path: ["bytes"], message: "length or format does not fit the key type" }),
    z.refine((material) => material.chainCode === undefined || material.chainCode.length === 32, {
      path: ["chainCode"],
      message: "a chain code has 32 bytes",
    }),
  );

function rightLength(material: PrivateKeyMaterial): boolean {
  return PRIVATE_KEY_BYTES[material.keyType][material.format] === material.bytes.length;
}

function distinct(items: readonly string[]): boolean {
  return new Set(items).size === items.length;
}

function isSymmetric(keyType: (typeof KEY_TYPES)[number]): keyType is SymmetricKeyType {
  return keyType.startsWith("AES-") || keyType.startsWith("HMAC-");
}

export const createSchema: z.ZodMiniType<CreateRequest> = z.strictObject({
  keyType: z.enum(KEY_TYPES),
  hierarchical,
  ...attributes,
});

export const importSchema: z.ZodMiniType<ImportRequest> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("public"), publicKey, ...attributes }),
  z.strictObject({ kind: z.literal("private"), privateKey, hierarchical, ...attributes }).check(
    z.refine((request) => (request.hierarchical === undefined) === (request.privateKey.chainCode === undefined), {
      path: ["privateKey", "chainCode"],
      message: "a chain code goes with `hierarchical`, and `hierarchical` with a chain code",
    }),
  ),
  z.strictObject({ kind: z.literal("secret"), keyType: z.enum(SYMMETRIC_KEY_TYPES), secret: bytes, ...attributes }),
  z.strictObject({
    kind: z.literal("encrypted-shares"),
    keyType: z.enum(ASYMMETRIC_KEY_TYPES),
    threshold: z.int().check(z.minimum(2), z.maximum(255)),
    shares: z
      .array(z.strictObject({ holder: z.string().check(z.minLength(1), z.maxLength(256)), ciphertext: bytes }))
      .check(z.minLength(1), z.maxLength(255)),
    hierarchical,
    ...attributes,
  }),
]);

const peer = z.union([z.strictObject({ publicKey }), z.strictObject({ key })]);

export const deriveSchema: z.ZodMiniType<DeriveRequest> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("ecdh"),
    key,
    peer,
    keyType: z.enum(KEY_TYPES),
    algorithm: z.exactOptional(z.enum(DERIVATION_ALGORITHMS)),
    salt: z.exactOptional(bytes),
    info: z.exactOptional(bytes),
    ...attributes,
  }),
  z.strictObject({
    kind: z.literal("hd"),
    key,
    path: z
      .string()
      .check(
        z.maxLength(1024),
        z.regex(/^m(?:\/[0-9]{1,10}['hH]?)+$/, "a path is m/0/1'/…: decimal indexes, ' or h for hardened ones"),
      ),
    ...attributes,
  }),
]);

const signatureParameters = {
  key,
  algorithm: z.enum(SIGNATURE_ALGORITHMS),
  message: z.exactOptional(bytes),
  digest: z.exactOptional(bytes),
  format: z.exactOptional(z.enum(["p1363", "der"])),
  context: z.exactOptional(bytes),
  merkleRoot: z.exactOptional(bytes),
  lowS: z.exactOptional(z.boolean()),
};
const oneInput = z.refine<{ message?: Uint8Array; digest?: Uint8Array }>(
  (request) => (request.message === undefined) !== (request.digest === undefined),
  { path: ["message"], message: "give either a message or a digest" },
);

/** Both inputs are optional here; {@link oneInput} sees to it that exactly one is given, which the types can't say. */
type WithOneInput<Request> = Request extends { readonly message: Uint8Array }
  ? Omit<Request, "message"> & { readonly message?: Uint8Array; readonly digest?: Uint8Array }
  : never;

export const signSchema: z.ZodMiniType<WithOneInput<SignRequest>> = z
  .strictObject({ ...signatureParameters, recoverable: z.exactOptional(z.boolean()) })
  .check(oneInput);

export const verifySchema: z.ZodMiniType<WithOneInput<VerifyRequest>> = z
  .strictObject({ ...signatureParameters, signature: bytes })
  .check(oneInput);

const signatureChecks = {
  key: isKey,
  algorithm: isOneOf(SIGNATURE_ALGORITHMS),
  format: isOneOf(["p1363", "der"]),
  context: isBytes,
  merkleRoot: isBytes,
  lowS: isBoolean,
};
const signMessage = quickCheck({ ...signatureChecks, message: isBytes, recoverable: isBoolean }, [
  "key",
  "algorithm",
  "message",
]);
const signDigest = quickCheck({ ...signatureChecks, digest: isBytes, recoverable: isBoolean }, [
  "key",
  "algorithm",
  "digest",
]);
const verifyMessage = quickCheck({ ...signatureChecks, message: isBytes, signature: isBytes }, [
  "key",
  "algorithm",
  "message",
  "signature",
]);
const verifyDigest = quickCheck({ ...signatureChecks, digest: isBytes, signature: isBytes }, [
  "key",
  "algorithm",
  "digest",
  "signature",
]);

/** Accepts what {@link signSchema} accepts, for the usual requests, several times faster. */
export const signQuickCheck: QuickCheck = (request) => signMessage(request) || signDigest(request);

/** Accepts what {@link verifySchema} accepts, for the usual requests, several times faster. */
export const verifyQuickCheck: QuickCheck = (request) => verifyMessage(request) || verifyDigest(request);

export const agreeSchema: z.ZodMiniType<AgreeRequest> = z.strictObject({
  key,
  algorithm: z.enum(AGREEMENT_ALGORITHMS),
  peer,
});

export const macSchema: z.ZodMiniType<MacRequest> = z.strictObject({
  key,
  algorithm: z.enum(MAC_ALGORITHMS),
  message: bytes,
});

export const verifyMacSchema: z.ZodMiniType<VerifyMacRequest> = z.strictObject({
  key,
  algorithm: z.enum(MAC_ALGORITHMS),
  message: bytes,
  tag: bytes,
});

const macChecks = { key: isKey, algorithm: isOneOf(MAC_ALGORITHMS), message: isBytes };
const cipherChecks = { key: isKey, algorithm: isOneOf(CIPHER_ALGORITHMS), additionalData: isBytes, iv: isBytes };

/** Each accepts what the schema of the same name accepts, for the usual requests, several times faster. */
export const macQuickCheck: QuickCheck = quickCheck(macChecks, ["key", "algorithm", "message"]);
export const verifyMacQuickCheck: QuickCheck = quickCheck({ ...macChecks, tag: isBytes }, [
  "key",
  "algorithm",
  "message",
  "tag",
]);
export const encryptQuickCheck: QuickCheck = quickCheck({ ...cipherChecks, plaintext: isBytes }, [
  "key",
  "algorithm",
  "plaintext",
]);
export const decryptQuickCheck: QuickCheck = quickCheck({ ...cipherChecks, ciphertext: isBytes, tag: isBytes }, [
  "key",
  "algorithm",
  "ciphertext",
  "iv",
]);

export const encryptSchema: z.ZodMiniType<EncryptRequest> = z.strictObject({
  key,
  algorithm: z.enum(CIPHER_ALGORITHMS),
  plaintext: bytes,
  additionalData: z.exactOptional(bytes),
  iv: z.exactOptional(bytes),
});

export const decryptSchema: z.ZodMiniType<DecryptRequest> = z.strictObject({
  key,
  algorithm: z.enum(CIPHER_ALGORITHMS),
  ciphertext: bytes,
  iv: bytes,
  tag: z.exactOptional(bytes),
  additionalData: z.exactOptional(bytes),
});

export const wrapSchema: z.ZodMiniType<WrapRequest> = z.strictObject({
  key,
  algorithm: z.enum(WRAP_ALGORITHMS),
  plaintext: bytes,
});

export const unwrapSchema: z.ZodMiniType<UnwrapRequest> = z.strictObject({
  key,
  algorithm: z.enum(WRAP_ALGORITHMS),
  wrapped: bytes,
});

export const encapsulateSchema: z.ZodMiniType<EncapsulateRequest> = z.strictObject({
  key,
  algorithm: z.enum(KEM_ALGORITHMS),
});

export const decapsulateSchema: z.ZodMiniType<DecapsulateRequest> = z.strictObject({
  key,
  algorithm: z.enum(KEM_ALGORITHMS),
  ciphertext: bytes,
});

export const deriveOutputSchema: z.ZodMiniType<DeriveOutputRequest> = z.strictObject({
  key,
  algorithm: z.enum(DERIVATION_ALGORITHMS),
  domain: bytes,
  seed: bytes,
});

export const renameSchema: z.ZodMiniType<RenameRequest> = z.strictObject({
  key,
  label: z.exactOptional(z.string()),
  description: z.exactOptional(z.nullable(z.string())),
});

export const searchSchema: z.ZodMiniType<SearchRequest> = z
  .strictObject({ label: z.exactOptional(z.string()), descriptionPrefix: z.exactOptional(z.string()) })
  .check(z.refine((request) => Object.keys(request).length > 0, "give at least one thing to look for"));

export const keySchema: z.ZodMiniType<string> = key;

const PRINTABLE = /^[\u0020-\u007e]{1,64}$/;

const callOptions = {
  signal: z.exactOptional(z.custom<AbortSignal>((value) => value instanceof AbortSignal, "expected an AbortSignal")),
  timeout: z.exactOptional(z.number().check(z.gt(0), z.lte(2_147_483_647))),
  idempotencyKey: z.exactOptional(z.string().check(z.regex(PRINTABLE, "1 to 64 printable ASCII characters"))),
  earlierAttempt: z.exactOptional(z.enum(["none", "possible"])),
  approval: z.exactOptional(z.enum(["ticket", "wait"])),
};

export const callOptionsSchema: z.ZodMiniType<CallOptions> = z.strictObject(callOptions);

export const listOptionsSchema: z.ZodMiniType<ListOptions> = z.strictObject({
  ...callOptions,
  pageSize: z.exactOptional(z.int().check(z.minimum(1), z.maximum(10_000))),
});

/** Holds for most call options at a fraction of the schema's cost (decision 0011). */
export const callOptionsQuickCheck: QuickCheck = quickCheck(
  {
    signal: (value) => value instanceof AbortSignal,
    timeout: (value) => typeof value === "number" && value > 0 && value <= 2_147_483_647,
    idempotencyKey: (value) => typeof value === "string" && PRINTABLE.test(value),
    earlierAttempt: isOneOf(["none", "possible"]),
    approval: isOneOf(["ticket", "wait"]),
  },
  [],
);
