/** Both emulated vendors in this process, and what a command needs to reach them. */

import { readFile } from "node:fs/promises";
import { startDfnsEmulator, type DfnsEmulator } from "@keyrail/emulator-dfns";
import { startEncedoEmulator, type EncedoEmulator } from "@keyrail/emulator-encedo";
import { openEncedoProvider } from "@keyrail/encedo";
import { provisionFleet } from "../../src/demo/fleet/provision-fleet.ts";
import type { Workspace } from "./command.ts";

/** The emulators, running. */
export interface Vendors extends AsyncDisposable {
  readonly hem: EncedoEmulator;
  readonly dfns: DfnsEmulator;
}

/**
 * Starts a device that holds the demonstration's fleet and an empty organisation, and writes a configuration file that
 * calls them `hem` and `dfns`. The device waits `timeScale` times as long as a real one.
 */
export async function startVendors(place: Workspace, timeScale = 0): Promise<Vendors> {
  const hem = await startEncedoEmulator({ timeScale });
  const dfns = await startDfnsEmulator({ requestsPerMinute: "unlimited" });
  const uri = hem.url.replace("https:", "encedo:");
  const tls = { ca: hem.caPem };
  {
    const passphrase = (): Uint8Array => new TextEncoder().encode(hem.userPassphrase);
    await using provider = await openEncedoProvider({
      uri,
      tls,
      checkin: { url: hem.checkinUrl, tls },
      passphrase,
    });
    await provisionFleet(provider, hem);
  }
  place.write("hem-passphrase", hem.userPassphrase);
  place.write("hem-ca.pem", hem.caPem);
  place.write("dfns-token", dfns.authToken);
  place.write("dfns-credential.pem", await readFile(dfns.credentialKeyFile, "utf8"));
  place.write("dfns-ca.pem", dfns.caPem);
  const { orgId, credId } = dfns;
  const files = { authTokenFile: "dfns-token", credentialKeyFile: "dfns-credential.pem", caFile: "dfns-ca.pem" };
  const configuration = {
    providers: {
      hem: {
        uri,
        passphraseFile: "hem-passphrase",
        options: { caFile: "hem-ca.pem", checkinUrl: hem.checkinUrl },
      },
      dfns: {
        uri: dfns.url.replace("https:", "dfns:"),
        options: { ...files, orgId, credId, requestsPerMinute: 600_000 },
      },
    },
  };
  place.write("keyrail.config.json", JSON.stringify(configuration));
  return {
    hem,
    dfns,
    async [Symbol.asyncDispose]() {
      await hem.close();
      await dfns.close();
    },
  };
}
