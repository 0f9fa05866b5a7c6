/** Dfns: keys held by MPC signers behind an API, opened with an access token and an API credential. */

import { formatProviderUri, type Provider } from "@keyrail/core";
import type { Harness } from "@keyrail/conformance-tests";
import { type OpenRequest, openConfigured, type ProviderKind } from "./provider-kind.ts";

const SCHEME = "dfns";

/** `dfns://HOST`. */
export const dfnsKind: ProviderKind = {
  scheme: SCHEME,
  title: "Keys held by the MPC signers of Dfns",
  uriForm: "dfns://api.dfns.io",
  canonicalUri: (uri) => formatProviderUri(uri),
  async capabilities() {
    const { dfnsCapabilities } = await import("@keyrail/dfns");
    return dfnsCapabilities({ exportContract: false, inFlight: 32, requestsPerMinute: 1000 });
  },
  open: openConfigured,
  harness,
};

function harness(request: OpenRequest): Harness {
  const opened: Provider[] = [];
  const openOnce = async (): Promise<Provider> => {
    const provider = await openConfigured(request);
    opened.push(provider);
    return provider;
  };
  return {
    name: request.uri.store,
    evidence: /^(?:127\.0\.0\.1|localhost)(?::|$)/.test(request.uri.store) ? "emulator" : "live",
    async setup() {
      return { provider: await openOnce(), reopen: openOnce };
    },
    async teardown() {
      await Promise.all(opened.map((provider) => provider.close()));
    },
  };
}
