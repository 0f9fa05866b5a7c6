/** The software provider: keys in one encrypted SQLite file. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { formatProviderUri, KeyrailError, type Provider, wipe } from "@keyrail/core";
import type { Harness } from "@keyrail/conformance-tests";
import { z } from "zod";
import type { OpenRequest, ProviderKind } from "./provider-kind.ts";

const SCHEME = "software";
const MEMORY = ":memory:";

const optionsSchema = z.strictObject({
  /** Bound of the cache of opened keys, bytes. */
  cacheBytes: z.number().nonnegative().exactOptional(),
});

/** `software:PATH`. */
export const softwareKind: ProviderKind = {
  scheme: SCHEME,
  title: "Keys in one encrypted SQLite file, used in this process",
  uriForm: "software:PATH",
  canonicalUri: (uri, folder) =>
    formatProviderUri(uri.store === MEMORY ? uri : { ...uri, store: resolve(folder, uri.store) }),
  capabilities: async () => (await import("@keyrail/software")).SOFTWARE_CAPABILITIES,
  open,
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

async function open(request: OpenRequest): Promise<Provider> {
  const options = optionsSchema.safeParse(request.options);
  if (!options.success) {
    const path = options.error.issues[0]?.path.join(".") ?? "";
    throw new KeyrailError(
      "InvalidConfiguration",
      `The options of the software provider are not valid${path === "" ? "" : ` at "${path}"`}; it knows cacheBytes.`,
      path === "" ? {} : { path },
    );
  }
  const { openSoftwareProvider } = await import("@keyrail/software");
  if (isMemory(request)) return openSoftwareProvider({ store: { kind: "memory" }, ...options.data });
  const path = pathOf(request);
  const creates = request.create && !existsSync(path);
  const message = creates ? `A passphrase for the new key store ${path}` : `Passphrase of the key store ${path}`;
  // Making a store and opening it each need the passphrase: it is asked for once.
  let passphrase: Uint8Array | undefined;
  const secret = async (): Promise<Uint8Array> =>
    (passphrase ??= await request.secret({ message, confirm: creates })).slice();
  try {
    return await openSoftwareProvider({
      store: { kind: "sqlite", path, create: request.create, keyEncryptionKey: { passphrase: secret } },
      ...options.data,
    });
  } finally {
    wipe(passphrase);
  }
}

function harness(request: OpenRequest): Harness {
  let provider: Provider | undefined;
  let passphrase: Uint8Array | undefined;
  // The suite opens the store again and again; the user is asked once.
  const secret: OpenRequest["secret"] = async (question) => (passphrase ??= await request.secret(question)).slice();
  const openOnce = async (): Promise<Provider> => (provider = await open({ ...request, secret }));
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
