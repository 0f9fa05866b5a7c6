/** Emulated vendors, and providers of them. */

import { type DfnsEmulator, startDfnsEmulator } from "@keyrail/emulator-dfns";
import { type EncedoEmulator, type EncedoEmulatorOptions, startEncedoEmulator } from "@keyrail/emulator-encedo";

export { type DeviceAccess, openDevice } from "./open-device.ts";
export { openService, type ServiceAccess } from "./open-service.ts";

/** A device that never waits, unless told otherwise. */
export function startDevice(options: EncedoEmulatorOptions = {}): Promise<EncedoEmulator> {
  return startEncedoEmulator({ timeScale: 0, ...options });
}

/** A Dfns organisation without a rate limit. */
export function startService(): Promise<DfnsEmulator> {
  return startDfnsEmulator({ requestsPerMinute: "unlimited", allowDiffieHellman: true });
}
