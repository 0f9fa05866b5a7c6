/** A router over two software stores and the emulated Dfns service. */

import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CreateRequest, KeyRecord, Provider } from "@keyrail/core";
import { openDfnsProvider } from "@keyrail/dfns";
import { type DfnsEmulator, startDfnsEmulator } from "@keyrail/emulator-dfns";
import { openSoftwareProvider } from "@keyrail/software";
import { createRouter, openRegistry, type Registry, type Router, type RouterOptions } from "../../src/index.ts";

/** Everything a test of the router uses; disposing closes all of it. */
export interface Fleet extends AsyncDisposable {
  readonly registry: Registry;
  readonly router: Router;
  readonly old: Provider;
  readonly next: Provider;
  readonly folder: string;
  /** Makes a key at the provider of this name and gives the alias to it. */
  key(provider: string, alias: string, request: Partial<CreateRequest>): Promise<KeyRecord>;
  /** The same providers and registry under other options. */
  routerWith(options: Partial<RouterOptions>): Router;
}

/** Two stores, `old` and `next`; `others` are added. */
export async function openFleet(database: string, others: Readonly<Record<string, Provider>> = {}): Promise<Fleet> {
  const folder = mkdtempSync(path.join(tmpdir(), "keyrail-router-"));
  const open = (name: string): Promise<Provider> =>
    openSoftwareProvider({
      store: {
        kind: "sqlite",
        path: path.join(folder, `${name}.sqlite`),
        keyEncryptionKey: { bytes: new Uint8Array(randomBytes(32)) },
      },
    });
  const [old, next] = await Promise.all([open("old"), open("next")]);
  const registry = await openRegistry({ database });
  const routerWith = (options: Partial<RouterOptions>): Router =>
    createRouter({ registry, providers: { old, next, ...others }, ...options });
  const router = routerWith({});
  return {
    registry,
    router,
    old,
    next,
    folder,
    routerWith,
    async key(provider, alias, request) {
      const record = await router.keys.create(
        { keyType: "Ed25519", usages: ["sign", "verify"], label: alias, ...request },
        { provider },
      );
      await registry.setAlias(alias, record.uri);
      return record;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([router.close(), registry.close(), old.close(), next.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The Dfns provider on an emulator of its own. */
export async function openDfns(): Promise<{ emulator: DfnsEmulator; provider: Provider } & AsyncDisposable> {
  const emulator = await startDfnsEmulator({ requestsPerMinute: "unlimited" });
  const provider = await openDfnsProvider({
    url: emulator.url,
    authToken: emulator.authToken,
    orgId: emulator.orgId,
    credential: { credId: emulator.credId, privateKeyPem: readFileSync(emulator.credentialKeyFile, "utf8") },
    tls: { ca: emulator.caPem },
    rateLimit: "unlimited",
  });
  return {
    emulator,
    provider,
    async [Symbol.asyncDispose]() {
      await provider.close();
      await emulator.close();
    },
  };
}
