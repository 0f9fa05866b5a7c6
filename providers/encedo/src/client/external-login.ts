/** Login through the mobile authenticator (encedo-hem.md, section 3): a person approves each scope on a phone. */

import { KeyrailError, tryDecodeBase64Url } from "@keyrail/core";
import * as z from "zod/mini";
import { authenticationFailed, loginHelperFailed, PROVIDER, unavailable } from "../errors.ts";
import { readAnswer } from "./answers.ts";
import type { CheckIn } from "./check-in.ts";
import { UNLIMITED, type Timing } from "./limits.ts";
import type { DeviceIdentity } from "./local-login.ts";
import { checkLoginStatus } from "./login-status.ts";
import { type Grant, type LoginMethod, readBearer } from "./tokens.ts";
import type { DeviceTransport } from "./transport.ts";

/** What the person at the authenticator decided, or why there is no decision. */
export type RelayOutcome =
  | { readonly status: "approved"; readonly authreply: string }
  | { readonly status: "denied" }
  | { readonly status: "expired" }
  /** The relay refused the request for its time: the device's clock is ahead. */
  | { readonly status: "clock" };

/** Carries login requests to a paired authenticator and its answers back. `createBrokerRelay` makes Encedo's. */
export interface AuthenticatorRelay {
  /** A session key for one login: base64 of 32 bytes, handed to the device as it is. */
  openSession(signal: AbortSignal): Promise<string>;
  /** Shows the request to its person and waits for the answer, until the signal is aborted. */
  ask(request: { readonly authreq: string; readonly epk: string }, signal: AbortSignal): Promise<RelayOutcome>;
}

/** How to log in through an authenticator. */
export interface ExternalAuthenticatorOptions {
  readonly relay: AuthenticatorRelay;
  /** Shown to the person, 1 to 128 characters. */
  readonly note?: string;
  /** Carried into the bearer, 1 to 64 characters. */
  readonly context?: string;
  /** Milliseconds a person has to decide. Default 300,000. */
  readonly approvalTimeout?: number;
}

/** What an external login needs. */
export interface ExternalLoginOptions {
  readonly transport: DeviceTransport;
  readonly authenticator: ExternalAuthenticatorOptions;
  readonly identity: DeviceIdentity;
  readonly timing: Timing;
  readonly checkIn: CheckIn | undefined;
}

const APPROVAL_TIMEOUT = 300_000;
/** Lifetime of a bearer that says nothing of it: what the phone app gives (section 3). */
const USUAL_LIFETIME = 15 * 60;

const requestSchema = z.looseObject({ authreq: z.string().check(z.maxLength(16_384)), epk: z.string() });
const requestClaims = z.looseObject({
  iss: z.exactOptional(z.string()),
  iat: z.exactOptional(z.number()),
  scope: z.exactOptional(z.record(z.string(), z.unknown())),
});
const tokenSchema = z.looseObject({ token: z.string().check(z.regex(/^[\w-]+\.[\w-]+\.[\w-]+$/), z.maxLength(8192)) });

/** Logs in with the approval of a person, per scope. */
export class ExternalLogin implements LoginMethod {
  readonly #options: ExternalLoginOptions;

  constructor(options: ExternalLoginOptions) {
    this.#options = options;
  }

  async logIn(scope: string): Promise<Grant> {
    const { authenticator } = this.#options;
    const milliseconds = authenticator.approvalTimeout ?? APPROVAL_TIMEOUT;
    const signal = AbortSignal.timeout(milliseconds);
    try {
      const first = await this.#attempt(scope, signal);
      if (first !== "clock") return first;
      await this.#checkIn();
      const second = await this.#attempt(scope, signal);
      if (second === "clock") throw unavailable("the relay refuses its clock, also after a check-in", "safe");
      return second;
    } catch (error) {
      if (!signal.aborted)
        throw error instanceof KeyrailError ? error : loginHelperFailed("authenticator relay", error);
      throw new KeyrailError(
        "DeadlineExceeded",
        `Nobody decided about the login at the authenticator within ${milliseconds} ms.`,
        { timeoutMs: milliseconds },
        { retry: "safe", cause: error },
      );
    }
  }

  async #attempt(scope: string, signal: AbortSignal): Promise<Grant | "clock"> {
    const { relay, context, note } = this.#options.authenticator;
    const epk = await relay.openSession(signal);
    const asked = await this.#post("/api/auth/ext/request", {
      epk,
      scope,
      ...(context === undefined ? {} : { ctx: context }),
      ...(note === undefined ? {} : { note }),
    });
    if (asked === undefined) return "clock";
    const request = readAnswer(requestSchema, asked, FACTS);
    const claims = this.#check(request.authreq);
    const outcome = await relay.ask({ authreq: request.authreq, epk: request.epk }, signal);
    switch (outcome.status) {
      case "clock":
        return "clock";
      case "denied":
        throw new KeyrailError("ApprovalDenied", `The login for "${scope}" was refused at the authenticator.`, {
          provider: PROVIDER,
        });
      case "expired":
        throw authenticationFailed("the request expired before anybody decided at the authenticator");
      case "approved":
    }
    const answered = await this.#post("/api/auth/ext/token", { authreply: outcome.authreply });
    if (answered === undefined) return "clock";
    const { token } = readAnswer(tokenSchema, answered, FACTS);
    const issued = claims.iat ?? Math.floor(this.#options.timing.now() / 1000);
    const exp = readBearer(token).exp ?? issued + USUAL_LIFETIME;
    return { bearer: token, lifetime: (exp - issued) * 1000 };
  }

  /** Checks which device asks, and that somebody is paired with it. */
  #check(authreq: string): z.infer<typeof requestClaims> {
    const bytes = tryDecodeBase64Url(authreq.split(".")[1] ?? "");
    const body = bytes === undefined ? "" : new TextDecoder().decode(bytes);
    const claims = readAnswer(requestClaims, { status: 200, headers: {}, body }, FACTS);
    if (claims.iss !== undefined) this.#options.identity.see(claims.iss);
    if (claims.scope !== undefined && Object.keys(claims.scope).length === 0) {
      throw authenticationFailed("no authenticator is paired with it");
    }
    return claims;
  }

  /** Undefined when the device's clock is not set. */
  async #post(
    path: string,
    body: object,
  ): Promise<{ status: number; headers: Readonly<Record<string, string>>; body: string } | undefined> {
    this.#options.identity.check();
    const response = await this.#options.transport.send({ method: "POST", path, body, ...FACTS, limits: UNLIMITED });
    switch (response.status) {
      case 401:
        throw authenticationFailed("it does not accept the authenticator's answer (401)");
      case 403:
        return undefined;
      case 406:
        throw authenticationFailed("the answer is not of an authenticator paired with it (406)");
      default:
        await checkLoginStatus(this.#options.transport, response.status, FACTS);
        return response;
    }
  }

  async #checkIn(): Promise<void> {
    const { checkIn } = this.#options;
    if (checkIn === undefined) throw unavailable("its clock is wrong, and check-ins are switched off", "never");
    await checkIn.run();
  }
}

const FACTS = { operation: "log in", mutates: false } as const;
