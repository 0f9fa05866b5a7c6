/** Authorised requests: bearer, one retry after a refused one, patience with a busy device. */

import type { HttpResponse } from "@keyrail/http";
import { authenticationFailed, refusedStatus, unavailable } from "../errors.ts";
import { type DeviceStatus, findLastingReason, readStatus } from "./device-status.ts";
import { type CallLimits, remaining, type Timing } from "./limits.ts";
import type { DeviceIdentity } from "./local-login.ts";
import type { Scopes } from "./scopes.ts";
import type { Tokens } from "./tokens.ts";
import type { DeviceRequest, DeviceTransport } from "./transport.ts";

/** A request that needs a bearer. */
export interface AuthorisedRequest extends Omit<DeviceRequest, "bearer" | "stillWanted" | "onStatus"> {
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
    const { busyTimeout, timing, transport } = this.#options;
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
          const reason = await findLastingReason(transport, request.limits);
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
    this.#options.identity.check();
    return readStatus(this.#options.transport, limits);
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
        // Within the turn: whoever is next in the queue with this bearer need not find out again.
        onStatus: (status) => {
          if (status === 401) tokens.drop(held);
        },
      });
      // Somebody else found out that the bearer is dead while this call waited for its turn.
      if (response === undefined) continue;
      if (response.status !== 401) return { response, scope: held.scope };
      refusals += 1;
      if (refusals === 2) throw authenticationFailed("it refused a bearer it had just given out (401)");
    }
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
