/** How many steps run at once, so that neither end waits for the other. */

import type { Provider } from "@keyrail/core";

/** Steps in flight for an end that declares no limit: enough for a local store to write many keys per transaction. */
const UNLIMITED = 64;

/**
 * The sum of what both ends allow. While so many steps run, either the source has all the work it can take, or the
 * target has: the slower one is never idle. The adapters see to it that neither gets more than its own limit.
 */
export function stepsInFlight(source: Provider, target: Provider): number {
  return inFlightOf(source) + (source === target ? 0 : inFlightOf(target));
}

function inFlightOf(provider: Provider): number {
  return provider.capabilities.pace?.inFlight ?? UNLIMITED;
}
