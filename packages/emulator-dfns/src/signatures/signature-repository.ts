import { isDeepStrictEqual } from "node:util";
import { ApiError, notFound } from "../api-error.ts";
import { type Clock, isoDate } from "../clock.ts";
import { type Page, type PageQuery, page } from "../http/pagination.ts";
import { newId } from "../ids.ts";
import type { SignatureBody } from "./signature-body.ts";
import type { EncodedSignature } from "./encoded-signature.ts";

export type SignatureStatus = "Pending" | "Executing" | "Signed" | "Failed" | "Rejected";

/** A signature request. Times in ms since 1970. */
export interface SignatureEntity {
  /** Position among the signatures of its key. */
  readonly sequence: number;
  readonly id: string;
  readonly keyId: string;
  readonly requester: { readonly userId: string; readonly tokenId: string };
  readonly requestBody: SignatureBody;
  readonly dateRequested: number;
  status: SignatureStatus;
  approvalId: string | undefined;
  reason: string | undefined;
  signature: EncodedSignature | undefined;
  /** Of transactions with several inputs. */
  signatures: readonly EncodedSignature[] | undefined;
  /** Of transactions: what goes to the chain. */
  signedData: string | undefined;
  datePolicyResolved: number | undefined;
  dateSigned: number | undefined;
  /** Called at each reading, before the object is made. */
  onRead: (() => void) | undefined;
}

/** Signature requests of all keys. */
export class SignatureRepository {
  readonly #clock: Clock;
  readonly #byKey = new Map<string, SignatureEntity[]>();
  readonly #byId = new Map<string, SignatureEntity>();
  readonly #byExternalId = new Map<string, SignatureEntity>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#byId.size;
  }

  add(keyId: string, requester: SignatureEntity["requester"], requestBody: SignatureBody): SignatureEntity {
    const all = this.#ofKey(keyId);
    const entity: SignatureEntity = {
      sequence: all.length,
      id: newId("sig"),
      keyId,
      requester,
      requestBody,
      dateRequested: this.#clock.now(),
      status: "Executing",
      approvalId: undefined,
      reason: undefined,
      signature: undefined,
      signatures: undefined,
      signedData: undefined,
      datePolicyResolved: undefined,
      dateSigned: undefined,
      onRead: undefined,
    };
    all.push(entity);
    this.#byId.set(entity.id, entity);
    if (requestBody.externalId !== undefined) this.#byExternalId.set(requestBody.externalId, entity);
    return entity;
  }

  /**
   * The request that an `externalId` was used for, if it is the same again (fact sheet, section 10).
   * @throws ApiError 409 with `details.duplicate` when it was used for another key or body.
   */
  repeated(keyId: string, body: SignatureBody): SignatureEntity | undefined {
    const { externalId } = body;
    const known = externalId === undefined ? undefined : this.#byExternalId.get(externalId);
    if (known === undefined) return undefined;
    if (known.keyId === keyId && isDeepStrictEqual(known.requestBody, body)) return known;
    throw new ApiError(409, "externalId was used for another request", { duplicate: { id: known.id, externalId } });
  }

  /** @throws ApiError 404 */
  get(keyId: string, id: string): SignatureEntity {
    const entity = this.#byId.get(id);
    if (entity === undefined || entity.keyId !== keyId) throw notFound("Signature not found");
    return entity;
  }

  list(keyId: string, query: PageQuery): Page<SignatureEntity> {
    return page(this.#ofKey(keyId), query, () => true);
  }

  #ofKey(keyId: string): SignatureEntity[] {
    const known = this.#byKey.get(keyId);
    if (known !== undefined) return known;
    const all: SignatureEntity[] = [];
    this.#byKey.set(keyId, all);
    return all;
  }
}

/** The Signature object of the API (fact sheet, section 5). */
export function signatureObject(entity: SignatureEntity): Record<string, unknown> {
  const { network, externalId } = entity.requestBody;
  const optional = {
    reason: entity.reason,
    signature: entity.signature,
    signatures: entity.signatures,
    signedData: entity.signedData,
    network,
    approvalId: entity.approvalId,
    datePolicyResolved: dateOf(entity.datePolicyResolved),
    dateSigned: dateOf(entity.dateSigned),
    externalId,
  };
  return {
    id: entity.id,
    keyId: entity.keyId,
    requester: entity.requester,
    requestBody: entity.requestBody,
    status: entity.status,
    dateRequested: isoDate(entity.dateRequested),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}

function dateOf(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : isoDate(milliseconds);
}
