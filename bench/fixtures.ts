import type { KeyType, Ports, Provider, Usage } from "@keyrail/core";
import { openSoftwareProvider, type SoftwareProviderOptions } from "@keyrail/software";

/** The software provider in memory. */
export function memoryProvider(options: Omit<SoftwareProviderOptions, "store"> = {}): Promise<Provider> {
  return openSoftwareProvider({ store: { kind: "memory" }, ...options });
}

/** A port that the provider is known to have. */
export function port<Name extends keyof Ports>(provider: Provider, name: Name): NonNullable<Ports[Name]> {
  const found = provider[name];
  if (found === undefined) throw new Error(`the provider has no ${name}`);
  return found;
}

/** Makes a key and gives its URI. */
export async function makeKey(provider: Provider, keyType: KeyType, usages: readonly Usage[]): Promise<string> {
  return (await provider.keys.create({ keyType, usages, label: "bench" })).uri;
}

/** The message most rows sign: 32 bytes. */
export const MESSAGE: Uint8Array = new Uint8Array(32).fill(7);

/** True on Node.js 24 and 25, where some glue of `node:crypto` is slower. */
export const OLDER_NODE: boolean = Number.parseInt(process.versions.node, 10) < 26;
