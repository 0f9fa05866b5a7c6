/** One signature by one end of a migration, through an approval where the vendor asks for one. */

import { createHash } from "node:crypto";
import { type ApprovalTicket, KeyrailError, type Provider, type PublicKey } from "@keyrail/core";
import { type Carried, carrying, isTicketOf, openTicket, pendingWith } from "./carried-ticket.ts";
import { signRequest, type SuccessionAlgorithm, verifySignature } from "./succession-algorithms.ts";

/** What is signed, by which key, and how. */
export interface SignTask {
  readonly provider: Provider;
  /** Key URI. */
  readonly key: string;
  readonly publicKey: PublicKey;
  readonly how: SuccessionAlgorithm;
  readonly bytes: Uint8Array;
  readonly signal: AbortSignal | undefined;
  /** A ticket of an earlier attempt, of whichever key. */
  readonly ticket: ApprovalTicket | undefined;
  /** What a ticket has to take along. */
  readonly carried: Carried;
  /** Changes after an approver refused, so that the vendor is asked anew. */
  readonly attempt: number;
}

/**
 * The signature, verified in this process. The same task asks the vendor for the same signature however often it is
 * repeated: an answer that was lost makes no second approval.
 *
 * @throws KeyrailError `ApprovalPending` with a ticket, `ApprovalDenied`, `SignatureMismatch`, and what `sign` throws.
 */
export async function signWithApproval(task: SignTask): Promise<Uint8Array> {
  const resumed = await resume(task);
  // A signature over something else belongs to a ticket that was overtaken: it is asked for anew.
  if (resumed !== undefined && (await verifies(task, resumed))) return resumed;
  const signature = await ask(task);
  if (await verifies(task, signature)) return signature;
  throw new KeyrailError(
    "SignatureMismatch",
    `${task.provider.capabilities.title} returned a signature that does not verify under the public key of ${task.key}; it was discarded.`,
    { provider: task.provider.name, key: task.key },
  );
}

async function resume({ provider, key, ticket, signal, carried }: SignTask): Promise<Uint8Array | undefined> {
  if (!isTicketOf(ticket, key) || provider.approvals === undefined) return undefined;
  const outcome = await provider.approvals.resume(openTicket(ticket).ticket, signal === undefined ? {} : { signal });
  if (outcome.status === "done") return outcome.result.signature;
  throw pendingWith(outcome.ticket, carried, `${provider.capabilities.title} still waits for an approval.`);
}

async function ask({ provider, key, how, bytes, signal, carried, attempt }: SignTask): Promise<Uint8Array> {
  const { signer } = provider;
  if (signer === undefined) {
    throw new KeyrailError("UnsupportedCapability", `${provider.capabilities.title} can't sign.`, {
      provider: provider.name,
      operation: "sign",
    });
  }
  const intent = createHash("sha256").update(`keyrail succession\0${attempt}\0`).update(bytes);
  const idempotencyKey = intent.digest("base64url");
  return carrying(carried, async () => {
    const options = { idempotencyKey, ...(signal === undefined ? {} : { signal }) };
    return (await signer.sign(signRequest(how, key, bytes), options)).signature;
  });
}

function verifies({ how, publicKey, bytes }: SignTask, signature: Uint8Array): Promise<boolean> {
  return verifySignature(how, publicKey, bytes, signature);
}
