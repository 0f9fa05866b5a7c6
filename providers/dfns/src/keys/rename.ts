import type { ApiClient } from "../client/api-client.ts";
import { LostAnswer } from "../client/lost-answer.ts";
import type { CallBudget } from "../client/call-budget.ts";
import { updateKey } from "../client/requests.ts";
import type { DfnsKey } from "../client/schemas.ts";

/**
 * Gives a key a name; an empty one takes the name away. The same name twice is the same, so a lost answer is asked for
 * once more.
 */
export async function renameTo(api: ApiClient, id: string, name: string, call: CallBudget): Promise<DfnsKey> {
  const request = updateKey(id, name === "" ? null : name);
  try {
    return await api.change(request, call);
  } catch (error) {
    if (!(error instanceof LostAnswer)) throw error;
    if (error.error.code === "Aborted" || error.error.code === "DeadlineExceeded") throw error.error;
    return api.changeUnsettled(request, call);
  }
}
