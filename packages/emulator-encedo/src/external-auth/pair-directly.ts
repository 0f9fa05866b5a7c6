/** Pairs the emulated phone app without a request: for fixtures. */

import { KeyrailError } from "@keyrail/core";

import { concatenate, decodeBase64, utf8 } from "../bytes.ts";
import type { Device } from "../device/device.ts";
import { computeKid } from "../keymgmt/key-record.ts";
import { PAIRING_LIMIT, PAIRING_PREFIX } from "../limits.ts";
import type { EmulatedAuthenticator } from "./authenticator.ts";
import { pairedApps } from "./pairing.ts";

/**
 * Stores the pairing as `auth/ext/validate` would.
 *
 * @returns its kid. `InvalidConfiguration` when the app is paired already or the device is full.
 */
export function pairDirectly(device: Device, authenticator: EmulatedAuthenticator, label: string): string {
  const now = device.clock.seconds();
  const kid = computeKid(authenticator.publicKey);
  const full = pairedApps(device).length >= PAIRING_LIMIT;
  const outcome = full
    ? "full"
    : device.keys.add({
        kid,
        type: "CURVE25519",
        flags: new Set(["ECDH"]),
        label,
        description: concatenate(utf8(PAIRING_PREFIX), decodeBase64(authenticator.pid) ?? new Uint8Array(0)),
        created: now,
        updated: now,
        publicKey: authenticator.publicKey,
      });
  if (outcome !== "added")
    throw new KeyrailError("InvalidConfiguration", `The phone app can't be paired: ${outcome}.`, { path: "pair" });
  device.persist();
  return kid;
}
