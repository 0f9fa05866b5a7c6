/** Tickets of pending signatures: what another process needs to fetch the signature and to check it. */

import { createHash } from "node:crypto";
import {
  type ApprovalTicket,
  decodeBase64Url,
  encodeBase64Url,
  KeyrailError,
  parseKeyUri,
  SIGNATURE_ALGORITHMS,
  tryDecodeHex,
} from "@keyrail/core";
import { z } from "zod";
import type { DfnsSignature } from "../client/schemas.ts";
import { PROVIDER_NAME } from "../mapping.ts";
import type { SigningPlan } from "./signing-plan.ts";

/** The ticket of a pending signature. */
export function ticketOf(plan: SigningPlan, answer: DfnsSignature, key: string): ApprovalTicket {
  const { algorithm, input, format, lowS, recoverable, merkleRoot } = plan;
  return {
    version: 1,
    provider: PROVIDER_NAME,
    key,
    operation: "sign",
    reference: answer.id,
    ...(answer.approvalId ? { approval: answer.approvalId } : {}),
    state: {
      algorithm,
      ...("digest" in input ? { digest: encodeBase64Url(input.digest) } : { messageHash: hashOf(input.message) }),
      ...(format === undefined ? {} : { format }),
      ...(lowS === undefined ? {} : { lowS: String(lowS) }),
      ...(recoverable === undefined ? {} : { recoverable: String(recoverable) }),
      ...(merkleRoot === undefined ? {} : { merkleRoot: encodeBase64Url(merkleRoot) }),
    },
  };
}

const bytes32 = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const flag = z.enum(["true", "false"]);
const ticketSchema = z.looseObject({
  version: z.literal(1),
  provider: z.literal(PROVIDER_NAME),
  key: z.string(),
  operation: z.literal("sign"),
  reference: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  state: z.looseObject({
    algorithm: z.enum(SIGNATURE_ALGORITHMS),
    digest: bytes32.exactOptional(),
    messageHash: bytes32.exactOptional(),
    format: z.enum(["p1363", "der"]).exactOptional(),
    lowS: flag.exactOptional(),
    recoverable: flag.exactOptional(),
    merkleRoot: bytes32.exactOptional(),
  }),
});

/** A ticket, read. */
export interface ReadTicket {
  readonly keyId: string;
  readonly signatureId: string;
  /**
   * The plan, given the signature request as the service has it. A message is taken from there and must have the hash that
   * the ticket names.
   */
  readonly planFor: (answer: DfnsSignature) => SigningPlan;
}

/** @throws KeyrailError `InvalidRequest` for a ticket that was not made here. */
export function readTicket(ticket: ApprovalTicket): ReadTicket {
  const parsed = ticketSchema.safeParse(ticket);
  if (!parsed.success) {
    const path = ["ticket", ...(parsed.error.issues[0]?.path ?? [])].map(String).join(".");
    throw new KeyrailError("InvalidRequest", "This is not a ticket of a pending Dfns signature.", { path });
  }
  const { key, reference, state } = parsed.data;
  const { algorithm, digest, format, merkleRoot } = state;
  return {
    keyId: parseKeyUri(key).id,
    signatureId: reference,
    planFor: (answer) => ({
      algorithm,
      input:
        digest === undefined ? { message: messageOf(answer, state.messageHash) } : { digest: decodeBase64Url(digest) },
      ...(format === undefined ? {} : { format }),
      ...(state.lowS === undefined ? {} : { lowS: state.lowS === "true" }),
      ...(state.recoverable === undefined ? {} : { recoverable: state.recoverable === "true" }),
      ...(merkleRoot === undefined ? {} : { merkleRoot: decodeBase64Url(merkleRoot) }),
    }),
  };
}

function messageOf({ requestBody }: DfnsSignature, hash: string | undefined): Uint8Array {
  const text = requestBody?.["message"];
  const message = typeof text === "string" ? tryDecodeHex(text.replace(/^0x/, "")) : undefined;
  if (message !== undefined && hashOf(message) === hash) return message;
  throw new KeyrailError(
    "UnexpectedResponse",
    "Dfns has another message under this signature request than the ticket's.",
    {
      provider: PROVIDER_NAME,
      reason: "another message",
    },
  );
}

function hashOf(message: Uint8Array): string {
  return createHash("sha256").update(message).digest("base64url");
}
