/** Bearers: one per exact scope, one login at a time per scope, renewed in time. */

import { tryDecodeBase64Url } from "@keyrail/core";
import * as z from "zod/mini";
import { type CallLimits, type Timing, waitFor } from "./limits.ts";
import type { Scopes } from "./scopes.ts";

/** What a login gives. */
export interface Grant {
  readonly bearer: string;
  /** Milliseconds it lives by the device's clock. */
  readonly lifetime: number;
}

/** A way to log in. */
export interface LoginMethod {
  /** Logs in for exactly this scope. */
  logIn(scope: string): Promise<Grant>;
}

interface Token {
  readonly bearer: string;
  /** Counts logins: which of two tokens is the older. */
  readonly serial: number;
  /** Milliseconds since the epoch: from then on a new one is fetched. */
  readonly renewAt: number;
}

/** A bearer and the scope it is for. */
export interface ScopedBearer {
  readonly scope: string;
  readonly bearer: string;
  readonly serial: number;
}

/** Tokens are renewed that long before they expire. */
const RENEWAL_MARGIN = 60_000;
/** The device's clock gains about 8 % (section 7): a token lives shorter than its claims say. */
const CLOCK_GAIN = 1.1;
/** Tokens kept; the one used least recently goes first. */
const MAXIMUM_TOKENS = 1000;

/** The tokens of one login on one device. */
export class Tokens {
  readonly #method: LoginMethod;
  readonly #timing: Timing;
  readonly #tokens = new Map<string, Token>();
  readonly #logins = new Map<string, Promise<Token>>();
  #serial = 0;
  /** Bearers up to this serial are dead. */
  #dropped = 0;

  constructor(method: LoginMethod, timing: Timing) {
    this.#method = method;
    this.#timing = timing;
  }

  /** A bearer for any of the scopes: one at hand or on its way, else a login for the first. */
  async get(scopes: Scopes, limits: CallLimits): Promise<ScopedBearer> {
    for (const scope of scopes) {
      const token = this.#held(scope);
      if (token !== undefined) return { scope, bearer: token.bearer, serial: token.serial };
    }
    const scope = scopes.find((candidate) => this.#logins.has(candidate)) ?? scopes[0];
    const { bearer, serial } = await waitFor(this.#login(scope), limits);
    return { scope, bearer, serial };
  }

  /** Whether the device has refused this bearer: whoever still waits with it need not send it. */
  isDropped({ serial }: ScopedBearer): boolean {
    return serial <= this.#dropped;
  }

  /**
   * Told that the device has just refused a bearer. What kills one before its time is a reboot, and that kills them all:
   * every bearer of before is forgotten, unless it was known already that this one is dead.
   */
  drop(refused: ScopedBearer): void {
    if (this.isDropped(refused)) return;
    this.#dropped = this.#serial;
    this.#tokens.clear();
  }

  /** Forgets every bearer. */
  clear(): void {
    this.#tokens.clear();
  }

  #held(scope: string): Token | undefined {
    const token = this.#tokens.get(scope);
    if (token === undefined) return undefined;
    this.#tokens.delete(scope);
    if (token.renewAt <= this.#timing.now()) return undefined;
    this.#tokens.set(scope, token);
    return token;
  }

  #login(scope: string): Promise<Token> {
    const running = this.#logins.get(scope);
    if (running !== undefined) return running;
    const login = this.#obtain(scope).finally(() => this.#logins.delete(scope));
    this.#logins.set(scope, login);
    return login;
  }

  async #obtain(scope: string): Promise<Token> {
    const { bearer, lifetime } = await this.#method.logIn(scope);
    const usable = lifetime / CLOCK_GAIN - RENEWAL_MARGIN;
    this.#serial += 1;
    const token = { bearer, serial: this.#serial, renewAt: this.#timing.now() + usable };
    // A token too short-lived to be kept for others still serves the calls that waited for it.
    if (usable > 0) this.#tokens.set(scope, token);
    const [oldest] = this.#tokens.keys();
    if (this.#tokens.size > MAXIMUM_TOKENS && oldest !== undefined) this.#tokens.delete(oldest);
    return token;
  }
}

const bearerClaims = z.looseObject({ exp: z.exactOptional(z.number()), sub: z.exactOptional(z.string()) });

/** What a bearer says of itself. It is the device's to check; here it only tells how long it lives and for whom. */
export function readBearer(bearer: string): { exp?: number; sub?: string } {
  const bytes = tryDecodeBase64Url(bearer.split(".")[1] ?? "");
  if (bytes === undefined) return {};
  try {
    const claims = bearerClaims.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    if (!claims.success) return {};
    const { exp, sub } = claims.data;
    return { ...(exp === undefined ? {} : { exp }), ...(sub === undefined ? {} : { sub }) };
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
