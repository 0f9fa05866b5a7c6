/** The vendors, as the conformance suite wants them, on emulators that run in this process on loopback. */

import type { Harness } from "@keyrail/conformance-tests";
import type { Provider } from "@keyrail/core";

/** The emulated Encedo HEM waits a thousandth of the time a device does. */
const DEVICE_TIME_SCALE = 0.001;

/** A fresh, empty device. */
export function emulatedEncedo(): Harness {
  return emulated("encedo", async () => {
    const [{ startEncedoEmulator }, { openEncedoProvider }] = await Promise.all([
      import("@keyrail/emulator-encedo"),
      import("@keyrail/encedo"),
    ]);
    const emulator = await startEncedoEmulator({ timeScale: DEVICE_TIME_SCALE });
    const passphrase = (): Uint8Array => new TextEncoder().encode(emulator.userPassphrase);
    return {
      open: () =>
        openEncedoProvider({
          uri: emulator.url.replace("https:", "encedo:"),
          tls: { ca: emulator.caPem },
          checkin: { url: emulator.checkinUrl, tls: { ca: emulator.caPem } },
          passphrase,
        }),
      wireRequests: () => emulator.requests.counters.requests,
      secret: passphrase(),
      close: () => emulator.close(),
    };
  });
}

/** A fresh organisation with one service account. */
export function emulatedDfns(): Harness {
  return emulated("dfns", async () => {
    const [{ startDfnsEmulator }, { openDfnsProvider }, { readFile }] = await Promise.all([
      import("@keyrail/emulator-dfns"),
      import("@keyrail/dfns"),
      import("node:fs/promises"),
    ]);
    const emulator = await startDfnsEmulator({ requestsPerMinute: "unlimited", allowDiffieHellman: true });
    const privateKeyPem = await readFile(emulator.credentialKeyFile, "utf8");
    return {
      open: () =>
        openDfnsProvider({
          url: emulator.url,
          authToken: emulator.authToken,
          orgId: emulator.orgId,
          credential: { credId: emulator.credId, privateKeyPem },
          tls: { ca: emulator.caPem },
          rateLimit: "unlimited",
        }),
      wireRequests: () => emulator.counters.values().requests,
      secret: new TextEncoder().encode(emulator.authToken),
      close: () => emulator.close(),
    };
  });
}

interface Emulated {
  readonly open: () => Promise<Provider>;
  readonly wireRequests: () => number;
  readonly secret: Uint8Array;
  readonly close: () => Promise<void>;
}

function emulated(name: string, start: () => Promise<Emulated>): Harness {
  let running: Emulated | undefined;
  let provider: Provider | undefined;
  return {
    name,
    evidence: "emulator",
    async setup() {
      const started = (running = await start());
      const open = async (): Promise<Provider> => (provider = await started.open());
      return {
        provider: await open(),
        wireRequests: started.wireRequests,
        secrets: [started.secret],
        async reopen() {
          await provider?.close();
          return open();
        },
      };
    },
    async teardown() {
      await provider?.close();
      await running?.close();
    },
  };
}
