/** The software provider: keys in one encrypted SQLite file. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Provider } from "@keyrail/core";
import { openSoftwareProvider } from "@keyrail/software";
import * as z from "zod/mini";
import type { OpenRequest } from "./vendor.ts";
import { vendorOptions } from "./vendor-options.ts";

const MEMORY = ":memory:";

const schema = z.strictObject({
  /** Bound of the cache of opened keys, bytes. */
  cacheBytes: z.exactOptional(z.number().check(z.nonnegative())),
});

/** Opens `software:PATH`, or `software::memory:`, which is gone when it is closed. */
export async function openSoftware(request: OpenRequest): Promise<Provider> {
  const options = { ...vendorOptions(request, "software", schema), ...request.hooks };
  if (request.uri.store === MEMORY) return openSoftwareProvider({ store: { kind: "memory" }, ...options });
  const path = resolve(request.folder, request.uri.store);
  const creates = request.create && !existsSync(path);
  const message = creates ? `A passphrase for the new key store ${path}` : `Passphrase of the key store ${path}`;
  return openSoftwareProvider({
    store: {
      kind: "sqlite",
      path,
      create: request.create,
      keyEncryptionKey: { passphrase: () => request.secret({ message, confirm: creates }) },
    },
    ...options,
  });
}
