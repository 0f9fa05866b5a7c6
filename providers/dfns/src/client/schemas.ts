/**
 * Answers of the service (dfns.md, sections 2, 4, 5, 8 and 9). Members that are not named here, and values of enumerations
 * that this version does not know, are kept as they are.
 */

import { z } from "zod";

/** Ids go into paths and key URIs: nothing else than these characters is taken for one. */
const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const hexText = z.string().regex(/^(?:0x)?(?:[0-9a-fA-F]{2})*$/);
const absentOr = <Schema extends z.ZodType>(schema: Schema): z.ZodOptional<z.ZodNullable<Schema>> => schema.nullish();

/** A key. */
export interface DfnsKey {
  readonly id: string;
  readonly scheme: string;
  readonly curve: string;
  /** Hexadecimal, as the service wrote it. */
  readonly publicKey: string;
  readonly status: string;
  readonly dateCreated?: string | null | undefined;
  readonly dateDeleted?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly masterKey?: boolean | null | undefined;
  readonly derivedFrom?: { readonly keyId: string; readonly path: string } | null | undefined;
  readonly imported?: boolean | null | undefined;
  readonly exported?: boolean | null | undefined;
  readonly [member: string]: unknown;
}

export const keySchema: z.ZodType<DfnsKey> = z.looseObject({
  id,
  scheme: z.string(),
  curve: z.string(),
  publicKey: hexText,
  status: z.string(),
  dateCreated: absentOr(z.string()),
  dateDeleted: absentOr(z.string()),
  name: absentOr(z.string()),
  masterKey: absentOr(z.boolean()),
  derivedFrom: absentOr(z.looseObject({ keyId: id, path: z.string() })),
  imported: absentOr(z.boolean()),
  exported: absentOr(z.boolean()),
});

/** One page of `GET /keys`. */
export interface KeyPage {
  readonly items: readonly DfnsKey[];
  readonly nextPageToken?: string | null | undefined;
}

export const keyPageSchema: z.ZodType<KeyPage> = z.looseObject({
  items: z.array(keySchema),
  nextPageToken: absentOr(z.string()),
});

/** Answer of `POST /auth/action/init`, as far as it is used; nothing else of it is kept, for it is read with every change. */
export interface ActionChallenge {
  readonly challenge: string;
  readonly challengeIdentifier: string;
  readonly supportedCredentialKinds: readonly {
    readonly kind: string;
    readonly requiresSecondFactor?: boolean | null | undefined;
  }[];
  readonly allowCredentials: { readonly key: readonly { readonly id: string }[] };
}

export const actionChallengeSchema: z.ZodType<ActionChallenge> = z.object({
  challenge: z.string().min(1),
  challengeIdentifier: z.string().min(1),
  supportedCredentialKinds: z.array(z.object({ kind: z.string(), requiresSecondFactor: absentOr(z.boolean()) })),
  allowCredentials: z.object({ key: z.array(z.object({ id: z.string() })) }),
});

/** Answer of `POST /auth/action`. */
export interface UserActionToken {
  readonly userAction: string;
}

export const userActionSchema: z.ZodType<UserActionToken> = z.object({
  userAction: z.string().regex(/^[\u0021-\u007e]{1,16384}$/),
});

/** One share holder of the cluster that an import is encrypted for. */
export interface DfnsSigner {
  readonly signerId: string;
  readonly encryptionKey: string;
}

/** Answer of `GET /signers`. */
export interface SignerClusters {
  readonly clusters: readonly { readonly signers: readonly DfnsSigner[] }[];
}

export const signersSchema: z.ZodType<SignerClusters> = z.looseObject({
  clusters: z
    .array(z.looseObject({ signers: z.array(z.looseObject({ signerId: z.string(), encryptionKey: z.string() })) }))
    .min(1),
});

/** A signature request. */
export interface DfnsSignature {
  readonly id: string;
  readonly keyId: string;
  readonly status: string;
  readonly reason?: string | null | undefined;
  readonly approvalId?: string | null | undefined;
  readonly requestBody?: { readonly [member: string]: unknown } | null | undefined;
  readonly signature?:
    | { readonly r: string; readonly s: string; readonly recid?: number | null | undefined }
    | null
    | undefined;
}

const scalarText = z.string().regex(/^(?:0x)?[0-9a-fA-F]{64}$/);

export const signatureSchema: z.ZodType<DfnsSignature> = z.looseObject({
  id,
  keyId: id,
  status: z.string(),
  reason: absentOr(z.string()),
  approvalId: absentOr(id),
  requestBody: absentOr(z.looseObject({})),
  signature: absentOr(z.looseObject({ r: scalarText, s: scalarText, recid: absentOr(z.int().min(0).max(3)) })),
});

/** Answer of `POST /keys/{id}/derive`. */
export interface DerivedOutput {
  readonly output: string;
}

export const derivedOutputSchema: z.ZodType<DerivedOutput> = z.looseObject({
  output: z.string().regex(/^(?:0x)?[0-9a-fA-F]{64}$/),
});

/** Answer of `POST /keys/{id}/export`. */
export interface ExportAnswer {
  readonly publicKey: string;
  readonly protocol: string;
  readonly curve: string;
  readonly minSigners: number;
  readonly encryptedKeyShares: readonly { readonly signerId: string; readonly encryptedKeyShare: string }[];
}

export const exportSchema: z.ZodType<ExportAnswer> = z.looseObject({
  publicKey: z.string().regex(/^(?:[0-9a-fA-F]{2})+$/),
  protocol: z.string(),
  curve: z.string(),
  minSigners: z.int().min(1).max(255),
  encryptedKeyShares: z
    .array(z.looseObject({ signerId: z.string(), encryptedKeyShare: z.string() }))
    .min(1)
    .max(255),
});

/** Answer 202: a change request that waits for an approval (dfns.md, section 10). */
export interface ChangeRequest {
  readonly id?: string | null | undefined;
  readonly approvalId?: string | null | undefined;
}

export const changeRequestSchema: z.ZodType<ChangeRequest> = z.looseObject({
  id: absentOr(id),
  approvalId: absentOr(id),
});
