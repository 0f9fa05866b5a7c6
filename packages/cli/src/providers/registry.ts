/**
 * The providers the command knows, by the scheme of their URIs. To add one: write its {@link ProviderKind} in a file of
 * its own and give it a line here. Each is loaded when it is used, and not before.
 */

import { KeyrailError } from "@keyrail/core";
import type { ProviderKind } from "./provider-kind.ts";

const LOADERS: Readonly<Record<string, () => Promise<ProviderKind>>> = {
  dfns: async () => (await import("./dfns.ts")).dfnsKind,
  encedo: async () => (await import("./encedo.ts")).encedoKind,
  software: async () => (await import("./software.ts")).softwareKind,
};

/** Every scheme, for help texts. */
export const PROVIDER_SCHEMES: readonly string[] = Object.keys(LOADERS);

/**
 * The kind of provider a scheme stands for.
 * @throws KeyrailError `InvalidRequest` for a scheme nobody knows.
 */
export async function providerKind(scheme: string): Promise<ProviderKind> {
  const load = Object.hasOwn(LOADERS, scheme) ? LOADERS[scheme] : undefined;
  if (load === undefined) {
    throw new KeyrailError(
      "InvalidRequest",
      `There is no provider "${scheme}"; there are ${PROVIDER_SCHEMES.join(", ")}.`,
      { path: "provider" },
    );
  }
  return load();
}
