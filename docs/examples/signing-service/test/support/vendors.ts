/** The vendors the service is run against, each as the part of a configuration that names it. */

import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { NamedProvider } from "@keyrail/configuration";
import { startDfnsEmulator } from "@keyrail/emulator-dfns";
import { startEncedoEmulator } from "@keyrail/emulator-encedo";

/** A vendor that runs. */
export interface Vendor extends AsyncDisposable {
  readonly provider: NamedProvider;
  /** Texts that must not come out of the service. */
  readonly secrets: readonly string[];
}

/** How each is started; `folder` is that of the configuration. */
export const VENDORS: Readonly<Record<"software" | "encedo" | "dfns", (folder: string) => Promise<Vendor>>> = {
  async software(folder) {
    const passphrase = randomBytes(24).toString("base64");
    write(folder, "store.passphrase", passphrase);
    return {
      provider: { uri: "software:keys.sqlite", passphraseFile: "store.passphrase" },
      secrets: [passphrase],
      [Symbol.asyncDispose]: async () => undefined,
    };
  },

  async encedo(folder) {
    const emulator = await startEncedoEmulator({ timeScale: 0 });
    write(folder, "hem.passphrase", emulator.userPassphrase);
    write(folder, "hem.pem", emulator.caPem);
    return {
      provider: {
        uri: emulator.url.replace("https:", "encedo:"),
        passphraseFile: "hem.passphrase",
        options: { caFile: "hem.pem", checkinUrl: emulator.checkinUrl },
      },
      secrets: [emulator.userPassphrase],
      [Symbol.asyncDispose]: () => emulator.close(),
    };
  },

  async dfns(folder) {
    const emulator = await startDfnsEmulator({ requestsPerMinute: "unlimited" });
    write(folder, "dfns.token", emulator.authToken);
    write(folder, "dfns.pem", emulator.caPem);
    const { credId, credentialKeyFile, orgId } = emulator;
    return {
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

/** The names of {@link VENDORS}. */
export const VENDOR_NAMES = ["software", "encedo", "dfns"] as const;

function write(folder: string, name: string, text: string): void {
  writeFileSync(path.join(folder, name), text, { mode: 0o600 });
}
