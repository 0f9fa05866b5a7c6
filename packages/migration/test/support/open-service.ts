import { readFileSync } from "node:fs";
import type { Provider } from "@keyrail/core";
import { type DfnsProviderOptions, openDfnsProvider } from "@keyrail/dfns";
import type { DfnsEmulator } from "@keyrail/emulator-dfns";

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
