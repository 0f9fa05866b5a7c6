/** Check-in: the vendor's service tells the device the time (encedo-hem.md, section 7, "checkin"). */

import { KeyrailError } from "@keyrail/core";
import { createHttpClient, type TlsTrust } from "@keyrail/http";
import * as z from "zod/mini";
import { PROVIDER, refusedStatus, unexpected } from "../errors.ts";
import { readAnswer } from "./answers.ts";
import { UNLIMITED } from "./limits.ts";
import type { DeviceTransport } from "./transport.ts";

/** Where Encedo runs the service. */
export const CHECKIN_URL = "https://api.encedo.com/checkin";
const SERVICE_TIMEOUT = 30_000;

/** How the clock of the device is set when it refuses logins for it. */
export interface CheckinOptions {
  /** URL of the service; Encedo's own when absent. */
  readonly url?: string;
  /** Trust for that URL; the system's authorities when absent. */
  readonly tls?: TlsTrust;
  /**
   * Brings the device's text to the service and its answer back, both unchanged: for networks with a proxy. The default
   * posts it to `url`.
   */
  readonly relay?: (body: string) => Promise<string>;
}

const started = z.looseObject({ check: z.string() });
const checked = z.looseObject({ checked: z.string() });
const finished = z.looseObject({ status: z.exactOptional(z.string()) });

/** Carries check-ins between a device and the service; concurrent callers share one. */
export class CheckIn {
  readonly #transport: DeviceTransport;
  readonly #options: CheckinOptions;
  #running: Promise<void> | undefined;

  constructor(transport: DeviceTransport, options: CheckinOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  /** Sets the device's clock. Rejects with what went wrong on the way. */
  async run(): Promise<void> {
    this.#running ??= this.#carry().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #carry(): Promise<void> {
    const question = await this.#ask("GET");
    readAnswer(started, { status: 200, headers: {}, body: question }, { operation: "check in", mutates: false });
    const answer = await (this.#options.relay ?? ((body) => this.#post(body)))(question);
    readAnswer(checked, { status: 200, headers: {}, body: answer }, { operation: "check in", mutates: false });
    // The device's own word on the outcome; what it means beyond the clock is between vendor and device.
    readAnswer(
      finished,
      { status: 200, headers: {}, body: await this.#ask("POST", answer) },
      { operation: "check in", mutates: false },
    );
  }

  /** Bodies go through unchanged: the objects are signed as they are written. */
  async #ask(method: "GET" | "POST", body?: string): Promise<string> {
    const facts = { operation: "check in", mutates: false };
    const response = await this.#transport.send({
      method,
      path: "/api/system/checkin",
      ...facts,
      ...(body === undefined ? {} : { body }),
      limits: UNLIMITED,
    });
    if (response.status === 401)
      throw unexpected("it did not accept the check-in service's answer", { mutates: false, status: 401 });
    if (response.status !== 200) throw refusedStatus(response.status, facts);
    return response.body;
  }

  async #post(body: string): Promise<string> {
    const url = new URL(this.#options.url ?? CHECKIN_URL);
    const { tls } = this.#options;
    const service = `the check-in service at ${url.host}`;
    const client = await createHttpClient({
      provider: service,
      origin: url.origin,
      ...(tls === undefined ? {} : { tls }),
      connections: 1,
      connectionPerRequest: true,
      timeout: SERVICE_TIMEOUT,
      maximumResponseBytes: 65_536,
    });
    try {
      const response = await client.request({
        method: "POST",
        path: `${url.pathname}${url.search}`,
        headers: { "content-type": "application/json" },
        body,
        operation: "check in",
        mutates: false,
      });
      if (response.status === 200) return response.body;
      throw new KeyrailError("ConnectionFailed", `${service} answered with status ${response.status}.`, {
        provider: PROVIDER,
        reason: `status ${response.status} of the check-in service`,
      });
    } finally {
      await client.close();
    }
  }
}
