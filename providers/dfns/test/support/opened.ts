/** An emulator and a provider that speaks to it, for one test file. */

import { readFileSync } from "node:fs";
import type { Provider } from "@keyrail/core";
import { type DfnsEmulator, type DfnsEmulatorOptions, startDfnsEmulator } from "@keyrail/emulator-dfns";
import { type DfnsProviderOptions, openDfnsProvider } from "../../src/index.ts";

/** Options for a provider of the emulator's service account. */
export function optionsFor(emulator: DfnsEmulator, options: Partial<DfnsProviderOptions> = {}): DfnsProviderOptions {
  return {
    url: emulator.url,
    authToken: emulator.authToken,
    orgId: emulator.orgId,
    credential: { credId: emulator.credId, privateKeyPem: readFileSync(emulator.credentialKeyFile, "utf8") },
    tls: { ca: emulator.caPem },
    rateLimit: "unlimited",
    approvalPollInterval: 5,
    ...options,
  };
}

/** A provider on a running emulator. */
export function openOn(emulator: DfnsEmulator, options: Partial<DfnsProviderOptions> = {}): Promise<Provider> {
  return openDfnsProvider(optionsFor(emulator, options));
}

/** An emulator that refuses nothing for its rate, with DH keys, unless told otherwise. */
export function startEmulator(options: DfnsEmulatorOptions = {}): Promise<DfnsEmulator> {
  return startDfnsEmulator({ requestsPerMinute: "unlimited", allowDiffieHellman: true, ...options });
}

/** What an optional port is, or a failed test. */
export function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("It is missing.");
  return value;
}

/** All of an async iterable. */
export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}
