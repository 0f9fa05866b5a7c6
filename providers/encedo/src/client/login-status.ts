import { refusedStatus, type RequestFacts, unavailable } from "../errors.ts";
import { findLastingReason } from "./device-status.ts";
import { UNLIMITED } from "./limits.ts";
import type { DeviceTransport } from "./transport.ts";

/**
 * Passes a 200 of a login endpoint.
 *
 * @throws the error of any other status that the login does not treat by itself; a 409 with its reason.
 */
export async function checkLoginStatus(transport: DeviceTransport, status: number, facts: RequestFacts): Promise<void> {
  if (status === 200) return;
  if (status !== 409) throw refusedStatus(status, facts);
  const reason = await findLastingReason(transport, UNLIMITED);
  throw unavailable(reason ?? "it is busy or in a wrong state (409)", { after: reason === undefined ? 2000 : 5000 });
}
