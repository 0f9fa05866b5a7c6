import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { DfnsApiClient } from "@dfns/sdk";
import { AsymmetricKeySigner } from "@dfns/sdk-keysigner";
import type { AddedUser, DfnsEmulator } from "@keyrail/emulator-dfns";

/**
 * The official client against an emulator. The SDK has no way to be handed a CA: this process is told to trust the
 * emulator's, as NODE_EXTRA_CA_CERTS would.
 */
export function officialClient(emulator: DfnsEmulator, user?: AddedUser): DfnsApiClient {
  setDefaultCACertificates([...getCACertificates("default"), emulator.caPem]);
  return new DfnsApiClient({
    baseUrl: emulator.url,
    authToken: user?.authToken ?? emulator.authToken,
    orgId: emulator.orgId,
    signer: new AsymmetricKeySigner({
      credId: user?.credId ?? emulator.credId,
      privateKey: user?.privateKeyPem ?? readFileSync(emulator.credentialKeyFile, "utf8"),
    }),
  });
}
