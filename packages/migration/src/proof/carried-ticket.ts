/** Approval tickets that carry what was done before the approval, so that it need not be done again after it. */

import { type ApprovalTicket, isKeyrailError, KeyrailError, parseKeyUri } from "@keyrail/core";

const PREFIX = "keyrail.";

/** Public data by name; texts only. */
export type Carried = Readonly<Record<string, string>>;

/**
 * Runs a call; when it ends with `ApprovalPending`, the ticket takes these texts along.
 *
 * @throws what the call throws.
 */
export async function carrying<Result>(carried: Carried, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    if (!isKeyrailError(error, "ApprovalPending")) throw error;
    throw pendingWith(error.context.ticket, carried, error.message, error);
  }
}

/** `ApprovalPending` with a ticket that takes these texts along. */
export function pendingWith(
  ticket: ApprovalTicket,
  carried: Carried,
  message: string,
  cause?: unknown,
): KeyrailError<"ApprovalPending"> {
  const state: Record<string, string> = { ...ticket.state };
  for (const [name, text] of Object.entries(carried)) state[`${PREFIX}${name}`] = text;
  return new KeyrailError("ApprovalPending", message, { ticket: { ...ticket, state } }, { cause });
}

/** The vendor's ticket and what it carries. */
export function openTicket(ticket: ApprovalTicket): { readonly ticket: ApprovalTicket; readonly carried: Carried } {
  const state: Record<string, string> = {};
  const carried: Record<string, string> = {};
  for (const [name, text] of Object.entries(ticket.state)) {
    if (name.startsWith(PREFIX)) carried[name.slice(PREFIX.length)] = text;
    else state[name] = text;
  }
  return { ticket: { ...ticket, state }, carried };
}

/** Whether a ticket is about the key of this URI. */
export function isTicketOf(ticket: ApprovalTicket | undefined, key: string): ticket is ApprovalTicket {
  if (ticket === undefined) return false;
  if (ticket.key === key) return true;
  const [left, right] = [parseKeyUri(ticket.key), parseKeyUri(key)];
  return left.provider === right.provider && left.store === right.store && left.id === right.id;
}
