/** The endpoints that are used, as descriptions of requests (dfns.md, sections 3 to 5, 8 and 9). */

import type { Curve, Protocol, Scheme } from "../mapping.ts";
import { quickKey } from "./quick-answers.ts";
import type { ChangeRequestDescription, ReadRequest } from "./request-description.ts";
import {
  type DerivedOutput,
  derivedOutputSchema,
  type DfnsKey,
  type DfnsSignature,
  type ExportAnswer,
  exportSchema,
  type KeyPage,
  keyPageSchema,
  keySchema,
  type SignerClusters,
  signatureSchema,
  signersSchema,
} from "./schemas.ts";

/** Body of `POST /keys`. */
export interface CreateKeyBody {
  readonly scheme: Scheme;
  readonly curve: Curve;
  readonly name?: string;
  readonly masterKey?: true;
  readonly deriveFrom?: { readonly keyId: string; readonly path: string };
  readonly storeId?: string;
}

/** Body of `POST /keys/import`. */
export interface ImportKeyBody {
  readonly curve: Curve;
  readonly protocol: Protocol;
  readonly minSigners: number;
  readonly encryptedKeyShares: readonly { readonly signerId: string; readonly encryptedKeyShare: string }[];
  readonly name?: string;
  readonly masterKey?: true;
}

/** Body of `POST /keys/{id}/signatures`, the two kinds that are used. */
export type CreateSignatureBody = (
  | { readonly kind: "Hash"; readonly hash: string; readonly taprootMerkleRoot?: string }
  | { readonly kind: "Message"; readonly message: string }
) & { readonly externalId?: string };

/** Body of `POST /keys/{id}/export`. */
export interface ExportKeyBody {
  readonly encryptionKey: string;
  readonly supportedSchemes: readonly { readonly protocol: Protocol; readonly curve: Curve }[];
}

function keyPath(id: string, rest = ""): string {
  return `/keys/${encodeURIComponent(id)}${rest}`;
}

export function createKey(body: CreateKeyBody, operation = "create a key"): ChangeRequestDescription<DfnsKey> {
  const source = body.deriveFrom?.keyId;
  return {
    method: "POST",
    path: "/keys",
    body: { ...body },
    schema: keySchema,
    quick: quickKey,
    operation,
    makesKey: true,
    ...(source === undefined ? {} : { key: source }),
  };
}

export function importKey(body: ImportKeyBody): ChangeRequestDescription<DfnsKey> {
  return {
    method: "POST",
    path: "/keys/import",
    body: { ...body },
    schema: keySchema,
    quick: quickKey,
    operation: "import a key",
    makesKey: true,
  };
}

export function getKey(id: string): ReadRequest<DfnsKey> {
  return { path: keyPath(id), schema: keySchema, quick: quickKey, operation: "read a key", key: id };
}

export function listKeys(limit: number, paginationToken?: string): ReadRequest<KeyPage> {
  const token = paginationToken === undefined ? "" : `&paginationToken=${encodeURIComponent(paginationToken)}`;
  return { path: `/keys?limit=${limit}${token}`, schema: keyPageSchema, operation: "list keys" };
}

/** @param name null takes the name away. */
export function updateKey(id: string, name: string | null): ChangeRequestDescription<DfnsKey> {
  return {
    method: "PUT",
    path: keyPath(id),
    body: { name },
    schema: keySchema,
    quick: quickKey,
    operation: "rename a key",
    key: id,
  };
}

/** Archives. Sent without a body, as two of the vendor's three SDKs do (dfns.md, section 2). */
export function deleteKey(id: string): ChangeRequestDescription<DfnsKey> {
  return {
    method: "DELETE",
    path: keyPath(id),
    schema: keySchema,
    quick: quickKey,
    operation: "archive a key",
    key: id,
  };
}

export function createSignature(
  id: string,
  body: CreateSignatureBody,
  idempotencyKey?: string,
): ChangeRequestDescription<DfnsSignature> {
  return {
    method: "POST",
    path: keyPath(id, "/signatures"),
    body: { ...body },
    schema: signatureSchema,
    operation: "sign",
    key: id,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

export function getSignature(id: string, signatureId: string): ReadRequest<DfnsSignature> {
  return {
    path: keyPath(id, `/signatures/${encodeURIComponent(signatureId)}`),
    schema: signatureSchema,
    operation: "read a signature",
    key: id,
  };
}

export function deriveOutput(id: string, domain: string, seed: string): ChangeRequestDescription<DerivedOutput> {
  return {
    method: "POST",
    path: keyPath(id, "/derive"),
    body: { domain, seed },
    schema: derivedOutputSchema,
    operation: "derive an output",
    key: id,
  };
}

export function exportKey(id: string, body: ExportKeyBody): ChangeRequestDescription<ExportAnswer> {
  return {
    method: "POST",
    path: keyPath(id, "/export"),
    body: { ...body },
    schema: exportSchema,
    operation: "export a key",
    key: id,
  };
}

export function getSigners(): ReadRequest<SignerClusters> {
  return { path: "/signers", schema: signersSchema, operation: "read the signers" };
}
