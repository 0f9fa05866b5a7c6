/** Encedo HEM: keys held by a device, opened with the user's passphrase. */

import { formatProviderUri, type Provider, wipe } from "@keyrail/core";
import type { Harness } from "@keyrail/conformance-tests";
import { type OpenRequest, openConfigured, type ProviderKind } from "./provider-kind.ts";

const SCHEME = "encedo";

/** `encedo://HOST`. */
export const encedoKind: ProviderKind = {
  scheme: SCHEME,
  title: "Keys held by an Encedo HEM, a hardware security module",
  uriForm: "encedo://my.ence.do",
  canonicalUri: (uri) => formatProviderUri(uri),
  capabilities: async () => (await import("@keyrail/encedo")).encedoCapabilities,
  open: openConfigured,
  harness,
};

function harness(request: OpenRequest): Harness {
  const opened: Provider[] = [];
  let passphrase: Uint8Array | undefined;
  // The suite opens the device again and again; the user is asked once.
  const secret: OpenRequest["secret"] = async (question) =>
    Uint8Array.from((passphrase ??= await request.secret(question)));
  const openOnce = async (): Promise<Provider> => {
    const provider = await openConfigured({ ...request, secret });
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
      wipe(passphrase);
    },
  };
}
