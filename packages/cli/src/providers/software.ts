/** The software provider: keys in one encrypted SQLite file. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { formatProviderUri, type Provider, wipe } from "@keyrail/core";
import type { Harness } from "@keyrail/conformance-tests";
import { type OpenRequest, openConfigured, type ProviderKind } from "./provider-kind.ts";

const SCHEME = "software";
const MEMORY = ":memory:";

/** `software:PATH`. */
export const softwareKind: ProviderKind = {
  scheme: SCHEME,
  title: "Keys in one encrypted SQLite file, used in this process",
  uriForm: "software:PATH",
  canonicalUri: (uri, folder) =>
    formatProviderUri(uri.store === MEMORY ? uri : { ...uri, store: resolve(folder, uri.store) }),
  capabilities: async () => (await import("@keyrail/software")).SOFTWARE_CAPABILITIES,
  open: openConfigured,
  storeFile: (request) => (isMemory(request) ? undefined : pathOf(request)),
  // Keys that will not be used again are not worth keeping: as many fit in here as are under way.
  migrationOptions: { cacheBytes: 4 * 1024 * 1024 },
  async rehearsal(request) {
    if (isMemory(request) || existsSync(pathOf(request))) return undefined;
    const { openSoftwareProvider } = await import("@keyrail/software");
    return openSoftwareProvider({ store: { kind: "memory" } });
  },
  harness,
};

function isMemory({ uri }: OpenRequest): boolean {
  return uri.store === MEMORY;
}

function pathOf({ uri, folder }: OpenRequest): string {
  return resolve(folder, uri.store);
}

function harness(request: OpenRequest): Harness {
  let provider: Provider | undefined;
  let passphrase: Uint8Array | undefined;
  // The suite opens the store again and again; the user is asked once.
  const secret: OpenRequest["secret"] = async (question) => (passphrase ??= await request.secret(question)).slice();
  const openOnce = async (): Promise<Provider> => (provider = await openConfigured({ ...request, secret }));
  return {
    name: isMemory(request) ? "software (memory)" : "software (SQLite)",
    evidence: "live",
    async setup() {
      const opened = await openOnce();
      if (isMemory(request)) return { provider: opened };
      return {
        provider: opened,
        secrets: passphrase === undefined ? [] : [passphrase],
        async reopen() {
          await provider?.close();
          return openOnce();
        },
      };
    },
    async teardown() {
      await provider?.close();
      wipe(passphrase);
    },
  };
}
