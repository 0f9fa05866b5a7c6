/** The emulated notification broker: carries requests to phones and answers back (fact sheet, section 3). */

import { x25519 } from "@noble/curves/ed25519.js";
import { randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";

import { BROKER_CLOCK_TOLERANCE } from "../assumptions.ts";
import { decodeBase64, encodeBase64 } from "../bytes.ts";
import type { EmulatorClock } from "../clock.ts";
import { agreeX25519 } from "../device/identity.ts";
import { decodeCompactJws, parseJsonObject, verifyCompactJws } from "../session/jws.ts";
import { empty, json, type DeviceRequest, type DeviceResponse } from "../transport/messages.ts";

/** Seconds a session key is good for. */
const SESSION_LIFETIME = 3600;

/** The claims of a request the broker carries. */
export interface AuthenticationRequest {
  /** `eid` of the device. */
  readonly iss: string;
  /** Session key of the broker the request was made for. */
  readonly aud: string;
  /** Device time in seconds since the epoch. */
  readonly iat: number;
  /** Device time in seconds since the epoch. */
  readonly exp: number;
  readonly jti: string;
  /** Sealed scope by pairing id, base64. */
  readonly scope: Readonly<Record<string, string>>;
  readonly ctx?: string | undefined;
  readonly note?: string | undefined;
}

const RequestClaims: z.ZodType<AuthenticationRequest> = z.object({
  iss: z.string(),
  aud: z.string(),
  iat: z.int(),
  exp: z.int(),
  jti: z.string(),
  scope: z.record(z.string(), z.string()),
  ctx: z.string().optional(),
  note: z.string().optional(),
});

/** A request that waits for a phone. */
export interface BrokerEvent {
  readonly id: string;
  readonly claims: AuthenticationRequest;
  /** Outside time in milliseconds since the epoch. */
  readonly expiresAt: number;
  answer: { readonly authreply: string } | { readonly deny: true } | undefined;
}

const NewEvent = z.object({ authreq: z.string(), epk: z.string() });

/** The broker: sessions and events in memory. */
export class Broker {
  readonly #clock: EmulatorClock;
  readonly #onEvent: (event: BrokerEvent) => void;
  readonly #sessions = new Map<string, Uint8Array>();
  readonly #events = new Map<string, BrokerEvent>();

  /** @param onEvent called for each new event: where phones learn of it. */
  constructor(clock: EmulatorClock, onEvent: (event: BrokerEvent) => void) {
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  /** Events that are neither answered nor expired, oldest first. */
  pending(): readonly BrokerEvent[] {
    return [...this.#events.values()].filter((event) => event.answer === undefined && !this.#isExpired(event));
  }

  /** Serves a request whose path is below the broker's base. */
  serve(path: string, request: DeviceRequest): DeviceResponse {
    const [, resource, action, id] = path.split("/");
    if (request.method === "GET" && resource === "session" && action === undefined) return this.#session();
    if (resource !== "event") return empty(404);
    if (request.method === "POST" && action === "new" && id === undefined) return this.#create(request.body);
    if (request.method === "GET" && action === "check" && id !== undefined) return this.#check(id);
    if (request.method === "DELETE" && action !== undefined && id === undefined)
      return empty(this.#events.delete(action) ? 200 : 404);
    return empty(404);
  }

  #session(): DeviceResponse {
    const privateKey = new Uint8Array(randomBytes(32));
    const epk = encodeBase64(x25519.getPublicKey(privateKey));
    this.#sessions.set(epk, privateKey);
    return json({ epk, exp: this.#seconds() + SESSION_LIFETIME });
  }

  #create(body: Uint8Array): DeviceResponse {
    const parsed = NewEvent.safeParse(parseJsonObject(body));
    const token = parsed.success ? decodeCompactJws(parsed.data.authreq) : undefined;
    const claims = RequestClaims.safeParse(token?.claims);
    if (!parsed.success || token === undefined || !claims.success) return empty(400);
    const session = this.#sessions.get(parsed.data.epk);
    const eid = decodeBase64(claims.data.iss);
    const secret = session === undefined || eid === undefined ? undefined : agreeX25519(session, eid);
    const ahead = claims.data.iat - this.#seconds() > BROKER_CLOCK_TOLERANCE;
    if (secret === undefined || ahead || claims.data.aud !== parsed.data.epk || !verifyCompactJws(token, secret))
      return empty(401);
    const lifetime = claims.data.exp - claims.data.iat;
    const event: BrokerEvent = {
      id: randomUUID(),
      claims: claims.data,
      expiresAt: this.#clock.now() + lifetime * 1000,
      answer: undefined,
    };
    this.#events.set(event.id, event);
    this.#onEvent(event);
    return json({ eventid: event.id });
  }

  #check(id: string): DeviceResponse {
    const event = this.#events.get(id);
    if (event === undefined || this.#isExpired(event)) return empty(404);
    return event.answer === undefined ? empty(202) : json({ ...event.answer });
  }

  #isExpired(event: BrokerEvent): boolean {
    return this.#clock.now() >= event.expiresAt;
  }

  #seconds(): number {
    return Math.floor(this.#clock.now() / 1000);
  }
}
