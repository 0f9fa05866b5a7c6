/** Joins sockets, queue, faults and pipeline: from a request's head to the last byte of its answer. */

import { randomBytes } from "node:crypto";

import { concatenate, encodeBase64 } from "../bytes.ts";
import type { Fault, FaultPlan } from "../control/fault-plan.ts";
import type { RequestLog } from "../control/request-log.ts";
import type { Device } from "../device/device.ts";
import { JSON_BODY_LIMIT } from "../limits.ts";
import { framingRefusal } from "../routing/pipeline.ts";
import type { RequestFaults } from "../routing/route.ts";
import type { Exchange } from "./exchange.ts";
import { bodyBytes, empty, responseBytes, type DeviceRequest, type DeviceResponse } from "./messages.ts";
import { TurnQueue } from "./turn-queue.ts";

/** Half a second: the unit of `http_option_dosprot_mode` (section 1). */
const PROTECTION_UNIT = 500;

/** What a service is made of. */
export interface ServiceParts {
  readonly device: Device;
  readonly faults: FaultPlan;
  readonly log: RequestLog;
  /** Requests worked on at once; the others queue. */
  readonly turns: number;
  /** False for the services around the device: they go on while it is down. */
  readonly followsPower: boolean;
  /** Answers a request whose framing is right. */
  readonly answer: (request: DeviceRequest, faults: RequestFaults) => Promise<DeviceResponse>;
}

/** An HTTP service with faults: the device's, and those around it. */
export class HttpService {
  readonly #device: Device;
  readonly #faults: FaultPlan;
  readonly #log: RequestLog;
  readonly #queue: TurnQueue;
  readonly #parts: ServiceParts;
  readonly #otherEid = encodeBase64(new Uint8Array(randomBytes(32)));

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#device = parts.device;
    this.#faults = parts.faults;
    this.#log = parts.log;
    this.#queue = new TurnQueue(parts.turns);
  }

  /** Serves one exchange to its end; never rejects. */
  async serve(exchange: Exchange, waits: boolean): Promise<void> {
    const record = this.#log.begin(exchange.method, exchange.path, exchange.secure);
    exchange.closed.addEventListener("abort", () => record.end(), { once: true });
    try {
      const refusal = framingRefusal(exchange.method, exchange.headers);
      if (refusal === undefined && waits) exchange.sendContinue();
      const body = refusal === undefined ? await this.#readBody(exchange) : new Uint8Array(0);
      if (body === undefined && exchange.closed.aborted) return;
      await this.#queue.run(async () => {
        const down = this.#parts.followsPower && this.#device.power === "down";
        if (exchange.closed.aborted || down) return exchange.breakOff(false);
        const faults = this.#faults.take(exchange.method, exchange.path);
        record.faulted(faults.map((fault) => fault.kind));
        await this.#serveInTurn(
          exchange,
          body === undefined ? 413 : refusal,
          body ?? new Uint8Array(0),
          faults,
          (status) => record.end(status),
        );
      });
    } catch (error) {
      // A defect of the emulator: answered as the device answers its own failures, and recorded.
      record.failed(error);
      const { head } = responseBytes(empty(500), new Uint8Array(0));
      record.end(500);
      await exchange.finish(head);
    } finally {
      record.end();
    }
  }

  async #readBody(exchange: Exchange): Promise<Uint8Array | undefined> {
    const units = this.#device.config.http_option_dosprot_mode;
    if (units === 0) return exchange.readBody(JSON_BODY_LIMIT);
    const timer = setTimeout(() => exchange.breakOff(false), units * PROTECTION_UNIT * this.#device.waiting.scale);
    try {
      return await exchange.readBody(JSON_BODY_LIMIT);
    } finally {
      clearTimeout(timer);
    }
  }

  async #serveInTurn(
    exchange: Exchange,
    refusal: number | undefined,
    body: Uint8Array,
    faults: readonly Fault[],
    answered: (status?: number) => void,
  ): Promise<void> {
    for (const fault of faults) {
      if (!(await this.#beforeEffect(fault, exchange))) return;
    }
    const forced = faults.find((fault) => fault.kind === "status");
    let response = forced === undefined ? empty() : empty(forced.status);
    if (forced === undefined || forced.effect === true) {
      const { method, path, headers, secure } = exchange;
      const request: DeviceRequest = { method, path, headers, secure, body };
      const deriveOutOfRange = faults.some((fault) => fault.kind === "deriveOutOfRange");
      const genuine = refusal === undefined ? await this.#parts.answer(request, { deriveOutOfRange }) : empty(refusal);
      response = forced === undefined ? genuine : response;
    }
    await this.#answer(exchange, response, faults, answered);
    response.afterwards?.();
    if (faults.some((fault) => fault.kind === "reboot" && fault.when === "after")) this.#device.restart();
  }

  /** Faults that come before the effect; false when they end the exchange. */
  async #beforeEffect(fault: Fault, exchange: Exchange): Promise<boolean> {
    if (fault.kind === "delay") await this.#device.waiting.for(fault.milliseconds, exchange.closed);
    if (fault.kind === "stall") await untilAborted(exchange.closed);
    if (fault.kind === "clock") this.#device.clock.shift(fault.shiftSeconds);
    if (fault.kind === "reboot" && fault.when === "before") this.#device.restart();
    if (fault.kind !== "drop" || fault.when !== "before") return !exchange.closed.aborted;
    exchange.breakOff(fault.reset === true);
    return false;
  }

  async #answer(
    exchange: Exchange,
    response: DeviceResponse,
    faults: readonly Fault[],
    answered: (status?: number) => void,
  ): Promise<void> {
    let { contentType, body } = {
      contentType: response.text?.contentType ?? "application/json",
      body: bodyBytes(response),
    };
    for (const fault of faults) {
      if (fault.kind === "wrongEid") body = replaceEid(body, fault.eid ?? this.#otherEid);
      if (fault.kind === "oversizedBody") body = padJson(body, fault.bytes);
      if (fault.kind === "replaceBody") {
        body = new TextEncoder().encode(fault.content);
        contentType = fault.contentType ?? contentType;
      }
    }
    const { head } = responseBytes({ ...response, text: { contentType, content: "" } }, body);
    const whole = concatenate(head, body);
    const drop = faults.find((fault) => fault.kind === "drop");
    const cut = faults.find((fault) => fault.kind === "cut");
    if (drop === undefined && cut === undefined) {
      answered(response.status);
      return exchange.finish(whole);
    }
    const end = cut === undefined ? 0 : cut.atByte + (cut.from === "body" ? head.length : 0);
    answered();
    return exchange.breakAfter(whole.subarray(0, end), (cut ?? drop)?.reset === true);
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** Puts another `eid` into a JSON answer that has one. */
function replaceEid(body: Uint8Array, eid: string): Uint8Array {
  const text = new TextDecoder().decode(body);
  return new TextEncoder().encode(text.replace(/("eid":")[^"]*(")/, `$1${eid}$2`));
}

/** Grows a JSON object to `bytes` bytes with a member no client knows. */
function padJson(body: Uint8Array, bytes: number): Uint8Array {
  const text = new TextDecoder().decode(body);
  const start = text.endsWith("}") ? (text === "{}" ? "{" : `${text.slice(0, -1)},`) : "{";
  const frame = `${start}"padding":""}`;
  return new TextEncoder().encode(`${frame.slice(0, -2)}${"x".repeat(Math.max(0, bytes - frame.length))}"}`);
}
