/** The three providers over their emulators, as the two ends of migrations. */

import type { KeyCatalog, Provider } from "@keyrail/core";
import type { DfnsEmulator } from "@keyrail/emulator-dfns";
import type { EncedoEmulator } from "@keyrail/emulator-encedo";
import { openSoftwareProvider } from "@keyrail/software";
import { openDevice, openService, startDevice, startService } from "./vendors.ts";

/** A provider to migrate from or to. */
export interface End extends AsyncDisposable {
  readonly provider: Provider;
  readonly catalog: KeyCatalog;
  /** Requests that arrived at the vendor so far: `METHOD /path`. Empty for a provider without a wire. */
  requests(): readonly string[];
}

/** An end at an emulated HEM. */
export interface EncedoEnd extends End {
  readonly emulator: EncedoEmulator;
}

/** An end at an emulated Dfns organisation. */
export interface DfnsEnd extends End {
  readonly emulator: DfnsEmulator;
}

/** A store in memory. */
export async function softwareEnd(): Promise<End> {
  const provider = await openSoftwareProvider({ store: { kind: "memory" } });
  return { provider, catalog: catalogOf(provider), requests: () => [], [Symbol.asyncDispose]: () => provider.close() };
}

/** A store in a file of its own: unlike two stores in memory, two of these have different URIs. */
export async function softwareFileEnd(path: string): Promise<End> {
  const provider = await openSoftwareProvider({
    store: { kind: "sqlite", path, keyEncryptionKey: { bytes: new Uint8Array(32).fill(7) } },
  });
  return { provider, catalog: catalogOf(provider), requests: () => [], [Symbol.asyncDispose]: () => provider.close() };
}

/** A device that never waits. */
export async function encedoEnd(): Promise<EncedoEnd> {
  const emulator = await startDevice();
  const provider = await openDevice(emulator);
  return {
    emulator,
    provider,
    catalog: catalogOf(provider),
    requests: () => emulator.requests.entries.map(({ method, path }) => `${method} ${path}`),
    [Symbol.asyncDispose]: async () => {
      await provider.close();
      await emulator.close();
    },
  };
}

/** An organisation without a rate limit, with DH keys; with the contract for export unless told otherwise. */
export async function dfnsEnd({ exportContract = true }: { readonly exportContract?: boolean } = {}): Promise<DfnsEnd> {
  const emulator = await startService();
  const provider = await openService(emulator, { exportContract });
  return {
    emulator,
    provider,
    catalog: catalogOf(provider),
    requests: () => emulator.requests.list().map(({ method, path }) => `${method} ${path}`),
    [Symbol.asyncDispose]: async () => {
      await provider.close();
      await emulator.close();
    },
  };
}

function catalogOf(provider: Provider): KeyCatalog {
  if (provider.catalog === undefined) throw new Error("The provider has no catalog.");
  return provider.catalog;
}
