/** The relay between device and phone: Encedo's notification broker (encedo-hem.md, section 3). */

import { setTimeout as wait } from "node:timers/promises";
import { KeyrailError } from "@keyrail/core";
import { createHttpClient, type HttpClient, type HttpResponse, type TlsTrust } from "@keyrail/http";
import * as z from "zod/mini";
import { readAnswer } from "./answers.ts";
import type { AuthenticatorRelay, RelayOutcome } from "./external-login.ts";

/** Where Encedo runs the broker. */
export const BROKER_URL = "https://api.encedo.com/notify";

/** How to reach a broker. */
export interface BrokerOptions {
  /** Base URL; Encedo's own when absent. */
  readonly url?: string;
  /** Trust for that URL; the system's authorities when absent. */
  readonly tls?: TlsTrust;
  /** Milliseconds between two questions whether somebody has decided. Default 1,000. */
  readonly pollInterval?: number;
}

const session = z.looseObject({ epk: z.string().check(z.minLength(1), z.maxLength(256)) });
const event = z.looseObject({ eventid: z.string().check(z.regex(/^[\w.-]{1,256}$/)) });
const decision = z.looseObject({ authreply: z.exactOptional(z.string()), deny: z.exactOptional(z.boolean()) });

const BROKER = "the Encedo notification broker";

/** A relay over the broker. Nothing is kept open between logins. */
export function createBrokerRelay(options: BrokerOptions = {}): AuthenticatorRelay {
  const url = new URL(options.url ?? BROKER_URL);
  const base = url.pathname.replace(/\/$/, "");
  const pollInterval = options.pollInterval ?? 1000;

  async function withClient<Result>(task: (broker: Broker) => Promise<Result>): Promise<Result> {
    const client = await createHttpClient({
      provider: BROKER,
      origin: url.origin,
      ...(options.tls === undefined ? {} : { tls: options.tls }),
      connections: 1,
      maximumResponseBytes: 65_536,
    });
    try {
      return await task(new Broker(client, base));
    } finally {
      await client.close();
    }
  }

  return {
    openSession: (signal) =>
      withClient(async (broker) => {
        const response = await broker.send("GET", "/session", signal);
        return readAnswer(session, expectStatus(response, 200), FACTS).epk;
      }),

    ask: (request, signal) =>
      withClient(async (broker): Promise<RelayOutcome> => {
        const created = await broker.send("POST", "/event/new", signal, request);
        if (created.status === 401) return { status: "clock" };
        const { eventid } = readAnswer(event, expectStatus(created, 200), FACTS);
        let decided = false;
        try {
          for (;;) {
            const response = await broker.send("GET", `/event/check/${eventid}`, signal);
            if (response.status !== 202) {
              decided = true;
              return outcomeOf(response);
            }
            await wait(pollInterval, undefined, { signal, ref: false });
          }
        } finally {
          // Nobody shall be asked for a login that nobody waits for any more. Best effort: the event expires by itself.
          if (!decided)
            await broker.send("DELETE", `/event/${eventid}`, AbortSignal.timeout(5000)).catch(() => undefined);
        }
      }),
  };
}

const FACTS = { operation: "ask the authenticator", mutates: false } as const;

class Broker {
  readonly #client: HttpClient;
  readonly #base: string;

  constructor(client: HttpClient, base: string) {
    this.#client = client;
    this.#base = base;
  }

  send(method: "GET" | "POST" | "DELETE", path: string, signal: AbortSignal, body?: object): Promise<HttpResponse> {
    return this.#client.request({
      method,
      path: `${this.#base}${path}`,
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
      signal,
      ...FACTS,
    });
  }
}

function outcomeOf(response: HttpResponse): RelayOutcome {
  if (response.status === 404) return { status: "expired" };
  const { authreply, deny } = readAnswer(decision, expectStatus(response, 200), FACTS);
  if (deny === true) return { status: "denied" };
  if (authreply === undefined) throw unexpectedAnswer("neither an answer nor a refusal");
  return { status: "approved", authreply };
}

function expectStatus(response: HttpResponse, status: number): HttpResponse {
  if (response.status === status) return response;
  throw unexpectedAnswer(`status ${response.status}`);
}

function unexpectedAnswer(reason: string): KeyrailError<"UnexpectedResponse"> {
  return new KeyrailError("UnexpectedResponse", `${BROKER} did not answer as its interface says: ${reason}.`, {
    provider: BROKER,
    reason,
  });
}
