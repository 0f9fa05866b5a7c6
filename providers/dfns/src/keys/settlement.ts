/** What to do when the answer to a change is lost: look, then ask once more in a way that can't do it twice. */

import { isKeyrailError, KeyrailError } from "@keyrail/core";
import type { ApiClient } from "../client/api-client.ts";
import { LostAnswer } from "../client/lost-answer.ts";
import type { ChangeRequestDescription } from "../client/request-description.ts";
import type { CallBudget } from "../client/call-budget.ts";
import type { DfnsKey } from "../client/schemas.ts";
import { partsOfName } from "./name-marker.ts";

/**
 * Makes a change; when its answer is lost, finds out what became of it.
 *
 * 1. Look whether it was done (`find`).
 * 2. If not, send the same request with the same one-time token: if the first one arrives late after all, the service
 *    takes only one of the two.
 * 3. If the token was spent, look again.
 *
 * @param find gives the result if the change has happened.
 * @throws KeyrailError the one of the lost answer (`unknown-outcome`) when none of this tells.
 */
export async function settle<Result>(
  api: ApiClient,
  request: ChangeRequestDescription<Result>,
  call: CallBudget,
  find: () => Promise<Result | undefined>,
): Promise<Result> {
  try {
    return await api.change(request, call);
  } catch (error) {
    if (!(error instanceof LostAnswer)) throw error;
    const result = await afterLoss(api, request, error, find);
    if (result !== undefined) return result;
    throw error.error;
  }
}

async function afterLoss<Result>(
  api: ApiClient,
  request: ChangeRequestDescription<Result>,
  lost: LostAnswer,
  find: () => Promise<Result | undefined>,
): Promise<Result | undefined> {
  try {
    const found = await find();
    if (found !== undefined) return found;
    return (await answerAgain(api, request, lost)) ?? (await find());
  } catch (error) {
    if (error instanceof KeyrailError) return undefined;
    throw error;
  }
}

async function answerAgain<Result>(
  api: ApiClient,
  request: ChangeRequestDescription<Result>,
  lost: LostAnswer,
): Promise<Result | undefined> {
  try {
    return api.settled(await lost.again(), request);
  } catch (error) {
    // The token was spent by the first request, or this one was lost as well: only looking can tell now.
    if (error instanceof KeyrailError) return undefined;
    throw error;
  }
}

/**
 * A change whose result is found by facts of its own: a public key, or master and path. That Dfns refuses a second one
 * with 409 is assumed (dfns.md, section 12); then the first one is the answer if it has the same name.
 */
export async function settleByFacts(
  api: ApiClient,
  description: ChangeRequestDescription<DfnsKey>,
  call: CallBudget,
  label: string,
  find: () => Promise<DfnsKey | undefined>,
): Promise<DfnsKey> {
  try {
    return await settle(api, description, call, find);
  } catch (error) {
    if (!isKeyrailError(error, "KeyExists")) throw error;
    const found = await find();
    if (found !== undefined && partsOfName(found.name ?? "").label === label) return found;
    throw error;
  }
}
