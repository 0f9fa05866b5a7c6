/** The vendors the service is run against, each as the part of a configuration that names it. */

import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { NamedProvider } from "@keyrail/configuration";
import { type DfnsEmulator, startDfnsEmulator } from "@keyrail/emulator-dfns";
import { type EncedoEmulator, startEncedoEmulator } from "@keyrail/emulator-encedo";

/** A vendor that runs. */
export interface Vendor extends AsyncDisposable {
  readonly provider: NamedProvider;
  /** Texts that must not come out of the service. */
  readonly secrets: readonly string[];
}

/** An emulated HEM. */
export interface EncedoVendor extends Vendor {
  readonly emulator: EncedoEmulator;
}

/** An emulated Dfns organisation. */
export interface DfnsVendor extends Vendor {
  readonly emulator: DfnsEmulator;
}

/** How each is started; `folder` is that of the configuration. */
export const VENDORS = {
  async software(folder: string): Promise<Vendor> {
    const passphrase = randomBytes(24).toString("base64");
    write(folder, "store.passphrase", passphrase);
    return {
      provider: { uri: "software:keys.sqlite", passphraseFile: "store.passphrase" },
      secrets: [passphrase],
      [Symbol.asyncDispose]: async () => undefined,
    };
  },

  async encedo(folder: string): Promise<EncedoVendor> {
    const emulator = await startEncedoEmulator({ timeScale: 0 });
    write(folder, "hem.passphrase", emulator.userPassphrase);
    write(folder, "hem.pem", emulator.caPem);
    return {
      emulator,
      provider: {
        uri: emulator.url.replace("https:", "encedo:"),
        passphraseFile: "hem.passphrase",
        options: { caFile: "hem.pem", checkinUrl: emulator.checkinUrl },
      },
      secrets: [emulator.userPassphrase],
      [Symbol.asyncDispose]: () => emulator.close(),
    };
  },

  async dfns(folder: string): Promise<DfnsVendor> {
    const emulator = await startDfnsEmulator({ requestsPerMinute: "unlimited" });
    write(folder, "dfns.token", emulator.authToken);
    write(folder, "dfns.pem", emulator.caPem);
    const { credId, credentialKeyFile, orgId } = emulator;
    return {
      emulator,
      provider: {
        uri: emulator.url.replace("https:", "dfns:"),
        options: {
          authTokenFile: "dfns.token",
          caFile: "dfns.pem",
          credId,
          credentialKeyFile,
          orgId,
          requestsPerMinute: "unlimited",
          maximumInFlight: 128,
        },
      },
      secrets: [emulator.authToken],
      [Symbol.asyncDispose]: () => emulator.close(),
    };
  },
};

/** The name of a vendor. */
export type VendorName = keyof typeof VENDORS;

/** The names of {@link VENDORS}. */
export const VENDOR_NAMES: readonly VendorName[] = ["software", "encedo", "dfns"];

function write(folder: string, name: string, text: string): void {
  writeFileSync(path.join(folder, name), text, { mode: 0o600 });
}
