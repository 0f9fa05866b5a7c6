import type { Provider } from "@keyrail/core";
import type { EncedoEmulator } from "@keyrail/emulator-encedo";
import { openEncedoProvider } from "@keyrail/encedo";

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
