/** What a provider can do, found without opening it. */

import { type CapabilityDeclaration, parseProviderUri } from "@keyrail/core";
import type { Session } from "../runtime/session.ts";
import { usageError } from "../runtime/usage-error.ts";
import { PROVIDER_SCHEMES, providerKind } from "./registry.ts";

/**
 * The declaration of a provider given as scheme (`software`), provider URI or name of the configuration file.
 * @throws KeyrailError `InvalidRequest` for one nobody knows.
 */
export async function findCapabilities(text: string, session: Session): Promise<CapabilityDeclaration> {
  const { providers } = await session.configuration();
  const named = Object.hasOwn(providers, text) ? providers[text] : undefined;
  const uri = named?.uri ?? text;
  if (!uri.includes(":") && !PROVIDER_SCHEMES.includes(uri)) {
    throw usageError(
      `There is no provider "${text}"; there are ${[...PROVIDER_SCHEMES, ...Object.keys(providers)].join(", ")}.`,
      "PROVIDER",
    );
  }
  const scheme = uri.includes(":") ? parseProviderUri(uri).provider : uri;
  return (await providerKind(scheme)).capabilities();
}
