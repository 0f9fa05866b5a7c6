/** The emulated check-in service of the vendor (fact sheet, section 7). */

import { randomBytes } from "node:crypto";
import { z } from "zod";

import type { EmulatorClock } from "../clock.ts";
import { parseJsonObject, signCompactJws } from "../session/jws.ts";
import { empty, json, type DeviceRequest, type DeviceResponse } from "../transport/messages.ts";

/** What the next replies say besides the time. */
export interface CheckinReply {
  /** `OK`, or a letter the device obeys: `L`, `W`, `R`, `B`, `U`. */
  status: string;
  /** A new TLS certificate, PEM. */
  newcrt?: string | undefined;
}

const Body = z.object({ check: z.string().min(1) });

/** Signs the outside time into a reply. */
export class CheckinService {
  /** What replies say besides the time. */
  reply: CheckinReply = { status: "OK" };
  readonly #clock: EmulatorClock;
  readonly #key = new Uint8Array(randomBytes(32));

  constructor(clock: EmulatorClock) {
    this.#clock = clock;
  }

  /** Serves a POST of the device's check-in object. */
  serve(request: DeviceRequest): DeviceResponse {
    if (request.method !== "POST") return empty(404);
    if (!Body.safeParse(parseJsonObject(request.body)).success) return empty(400);
    const claims = { iat: Math.floor(this.#clock.now() / 1000), ...this.reply };
    return json({ checked: signCompactJws({ typ: "JWT", alg: "HS256" }, claims, this.#key) });
  }
}
