/** What the device says of itself without a login (encedo-hem.md, section 7, "status"). */

import { isKeyrailError } from "@keyrail/core";
import * as z from "zod/mini";
import { refusedStatus } from "../errors.ts";
import { readAnswer } from "./answers.ts";
import type { CallLimits } from "./limits.ts";
import type { DeviceTransport } from "./transport.ts";

const statusSchema = z.looseObject({
  fls_state: z.exactOptional(z.union([z.number(), z.string()])),
  inited: z.exactOptional(z.boolean()),
});

/** What the device says of itself without a login. */
export interface DeviceStatus {
  /** Bits of the self-test, in hex where it is a text; 0 is sound. */
  readonly fls_state?: number | string;
  /** Present and false on a device that is not initialised. */
  readonly inited?: boolean;
}

/** Asks for the status. */
export async function readStatus(transport: DeviceTransport, limits: CallLimits): Promise<DeviceStatus> {
  const facts = { operation: "ask for the status", mutates: false };
  const response = await transport.send({ method: "GET", path: "/api/system/status", ...facts, limits });
  if (response.status !== 200) throw refusedStatus(response.status, facts);
  return readAnswer(statusSchema, response, facts);
}

/** Asks why the device answers 409: undefined when it may pass, or when it does not say. */
export async function findLastingReason(transport: DeviceTransport, limits: CallLimits): Promise<string | undefined> {
  try {
    return lastingReason(await readStatus(transport, limits));
  } catch (error) {
    if (!isKeyrailError(error)) throw error;
    // A device that can't even say how it is may well be in the middle of something; the 409 stands.
    return undefined;
  }
}

/** Why a device can't serve until somebody does something; undefined when nothing in its status says so. */
export function lastingReason(status: DeviceStatus): string | undefined {
  if (status.inited === false) return "it is not initialised";
  const given = status.fls_state ?? 0;
  const state = typeof given === "number" ? given : Number.parseInt(given, 16);
  return state === 0 || Number.isNaN(state)
    ? undefined
    : `its self-test failed (fls_state ${state.toString(16)}); reboot it`;
}
