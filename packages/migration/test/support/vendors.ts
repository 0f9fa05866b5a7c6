/** Emulated vendors, and providers of them. */

import { readFileSync } from "node:fs";
import type { Provider } from "@keyrail/core";
import { type DfnsProviderOptions, openDfnsProvider } from "@keyrail/dfns";
import { type DfnsEmulator, startDfnsEmulator } from "@keyrail/emulator-dfns";
import { type EncedoEmulator, type EncedoEmulatorOptions, startEncedoEmulator } from "@keyrail/emulator-encedo";
import { openEncedoProvider } from "@keyrail/encedo";

/** A device that never waits, unless told otherwise. */
export function startDevice(options: EncedoEmulatorOptions = {}): Promise<EncedoEmulator> {
  return startEncedoEmulator({ timeScale: 0, ...options });
}

/** What another process needs to open a provider of a device. */
export type DeviceAccess = Pick<EncedoEmulator, "url" | "caPem" | "checkinUrl" | "userPassphrase">;

/** A provider of a device. */
export function openDevice(device: DeviceAccess): Promise<Provider> {
  const tls = { ca: device.caPem };
  return openEncedoProvider({
    uri: device.url.replace("https:", "encedo:"),
    tls,
    checkin: { url: device.checkinUrl, tls },
    passphrase: () => new TextEncoder().encode(device.userPassphrase),
  });
}

/** A Dfns organisation without a rate limit. */
export function startService(): Promise<DfnsEmulator> {
  return startDfnsEmulator({ requestsPerMinute: "unlimited", allowDiffieHellman: true });
}

/** What another process needs to open a provider of a Dfns organisation. */
export type ServiceAccess = Pick<
  DfnsEmulator,
  "url" | "caPem" | "authToken" | "orgId" | "credId" | "credentialKeyFile"
>;

/** A provider of a Dfns organisation. */
export function openService(service: ServiceAccess, options: Partial<DfnsProviderOptions> = {}): Promise<Provider> {
  return openDfnsProvider({
    url: service.url,
    authToken: service.authToken,
    orgId: service.orgId,
    credential: { credId: service.credId, privateKeyPem: readFileSync(service.credentialKeyFile, "utf8") },
    tls: { ca: service.caPem },
    rateLimit: "unlimited",
    approvalPollInterval: 5,
    ...options,
  });
}
