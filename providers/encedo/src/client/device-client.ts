/** Authorised requests: bearer, one retry after a refused one, patience with a busy device. */

import type { HttpResponse } from "@keyrail/http";
import * as z from "zod/mini";
import { authenticationFailed, refusedStatus, unavailable } from "../errors.ts";
import { readAnswer } from "./answers.ts";
import { type CallLimits, remaining, type Timing } from "./limits.ts";
import type { DeviceIdentity } from "./local-login.ts";
import type { Scopes } from "./scopes.ts";
import type { Tokens } from "./tokens.ts";
import type { DeviceRequest, DeviceTransport } from "./transport.ts";

/** A request that needs a bearer. */
export interface AuthorisedRequest extends Omit<DeviceRequest, "bearer" | "stillWanted"> {
  readonly scopes: Scopes;
}

/** What the client is made of. */
export interface DeviceClientOptions {
  readonly transport: DeviceTransport;
  readonly tokens: Tokens;
  readonly identity: DeviceIdentity;
  readonly timing: Timing;
  /** Milliseconds to wait for a device that is busy with an installation or formatting. */
  readonly busyTimeout: number;
}

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 2000;

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

/** Sends authorised requests to one device. */
export class DeviceClient {
  readonly timing: Timing;
  readonly #options: DeviceClientOptions;

  constructor(options: DeviceClientOptions) {
    this.#options = options;
    this.timing = options.timing;
  }

  /**
   * The 200 of a request, or undefined when the device answered 406: key not found, wrong type, duplicate, operation
   * failed, signature invalid. What it means is the caller's to tell.
   */
  async call(request: AuthorisedRequest): Promise<HttpResponse | undefined> {
    const { busyTimeout, timing } = this.#options;
    const busyUntil = timing.now() + busyTimeout;
    let pause = FIRST_PAUSE;
    for (;;) {
      const { response, scope } = await this.#authorised(request);
      switch (response.status) {
        case 200:
          return response;
        case 406:
          return undefined;
        case 409: {
          const reason = await this.#lastingReason(request.limits);
          if (reason !== undefined) throw unavailable(reason, { after: 5000 });
          if (timing.now() + pause > busyUntil)
            throw unavailable("it is busy or in a wrong state (409)", { after: LONGEST_PAUSE });
          await this.#pause(pause, request.limits);
          pause = Math.min(2 * pause, LONGEST_PAUSE);
          break;
        }
        default:
          throw refusedStatus(response.status, { ...request, scope });
      }
    }
  }

  /** What the device says of itself; no login. */
  async status(limits: CallLimits): Promise<DeviceStatus> {
    const { transport, identity } = this.#options;
    identity.check();
    const facts = { operation: "ask for the status", mutates: false };
    const response = await transport.send({ method: "GET", path: "/api/system/status", ...facts, limits });
    if (response.status !== 200) throw refusedStatus(response.status, facts);
    return readAnswer(statusSchema, response, facts);
  }

  async #authorised(request: AuthorisedRequest): Promise<{ response: HttpResponse; scope: string }> {
    const { transport, tokens, identity } = this.#options;
    let refusals = 0;
    for (;;) {
      identity.check();
      const held = await tokens.get(request.scopes, request.limits);
      const response = await transport.send({
        ...request,
        bearer: held.bearer,
        stillWanted: () => !tokens.isDropped(held),
      });
      // Somebody else found out that the bearer is dead while this call waited for its turn.
      if (response === undefined) continue;
      if (response.status !== 401) return { response, scope: held.scope };
      tokens.drop(held);
      refusals += 1;
      if (refusals === 2) throw authenticationFailed("it refused a bearer it had just given out (401)");
    }
  }

  /** Why the device will go on answering 409 until somebody does something; undefined when it may pass. */
  async #lastingReason(limits: CallLimits): Promise<string | undefined> {
    let status: DeviceStatus;
    try {
      status = await this.status(limits);
    } catch {
      // A device that can't even say how it is may well be in the middle of something; the 409 stands.
      return undefined;
    }
    return lastingReason(status);
  }

  async #pause(milliseconds: number, limits: CallLimits): Promise<void> {
    try {
      await this.timing.sleep(remaining(limits, milliseconds, this.timing), limits.signal);
    } catch (error) {
      // Aborted: said in Keyrail's words.
      remaining(limits, milliseconds, this.timing);
      throw error;
    }
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
