/** Login with a passphrase (encedo-hem.md, section 2): challenge, proof, and recovery of a wrong device clock. */

import { isKeyrailError, KeyrailError, wipe } from "@keyrail/core";
import { InFlightLimit } from "@keyrail/http";
import * as z from "zod/mini";
import { authenticationFailed, loginHelperFailed, PROVIDER, unavailable, wrongDevice } from "../errors.ts";
import { readAnswer, seconds } from "./answers.ts";
import type { CheckIn } from "./check-in.ts";
import { type Timing, UNLIMITED } from "./limits.ts";
import { LoginKey } from "./login-proof.ts";
import { checkLoginStatus } from "./login-status.ts";
import { type Grant, type LoginMethod, readBearer } from "./tokens.ts";
import type { DeviceTransport } from "./transport.ts";

/** Gives the passphrase when a login needs it; the bytes are wiped after use. */
export type PassphraseSource = () => Uint8Array | string | Promise<Uint8Array | string>;

/** The device puts its own time, 60 seconds on, into every challenge. */
const CHALLENGE_LIFETIME = 60;
/** A clock that is wrong by more than this many seconds may be why a right proof is refused. */
const SUSPICIOUS_DRIFT = 60;
/** Claims are dated back a little, as all clients do. */
const ISSUED_BEFORE = 5;

const text = z.string().check(z.minLength(1), z.maxLength(256), z.regex(/^[\u0021-\u007e]+$/));
const challengeSchema = z.looseObject({ exp: seconds, spk: text, jti: text, eid: text });
const tokenSchema = z.looseObject({ token: z.string().check(z.regex(/^[\w-]+\.[\w-]+\.[\w-]+$/), z.maxLength(8192)) });

/** What the device asks to be signed. */
export interface Challenge {
  /** Device time plus 60 seconds. */
  readonly exp: number;
  readonly spk: string;
  readonly jti: string;
  readonly eid: string;
}

/** What a local login needs. */
export interface LocalLoginOptions {
  readonly transport: DeviceTransport;
  readonly passphrase: PassphraseSource;
  readonly identity: DeviceIdentity;
  /** Seconds a bearer is asked to live. */
  readonly tokenLifetime: number;
  readonly timing: Timing;
  /** Absent when check-ins are switched off. */
  readonly checkIn: CheckIn | undefined;
  /** A clock wrong by more seconds is set before the login; undefined leaves it. */
  readonly maximumClockDrift: number | undefined;
}

/** Which device we talk to: decided by the options or by the first answer, and never again. */
export class DeviceIdentity {
  #eid: string | undefined;
  #impostor: KeyrailError<"IdentityMismatch"> | undefined;
  readonly #onKnown: (eid: string) => void;

  constructor(expected: string | undefined, onKnown: (eid: string) => void) {
    this.#eid = expected;
    this.#onKnown = onKnown;
  }

  /** @throws `IdentityMismatch`, now and for ever, once another device has answered. */
  check(): void {
    if (this.#impostor !== undefined) throw this.#impostor;
  }

  /** Notes the identity a device gives. @throws `IdentityMismatch` when it is not the one we know. */
  see(eid: string): void {
    this.check();
    if (this.#eid !== undefined && this.#eid !== eid) {
      this.#impostor = wrongDevice(this.#eid, eid);
      throw this.#impostor;
    }
    this.#eid = eid;
    this.#onKnown(eid);
  }
}

/**
 * Logins at once. A challenge is good for 60 seconds (section 2) and the device answers one request after the other: with a
 * hundred challenges asked for first, the first proof would come too late, and how many challenges stay open is not known.
 */
const LOGINS_AT_ONCE = 8;

/** Logs in with a passphrase. The passphrase is asked for once per device and not kept; what PBKDF2 makes of it is. */
export class LocalLogin implements LoginMethod {
  readonly #options: LocalLoginOptions;
  readonly #logins = new InFlightLimit(LOGINS_AT_ONCE);
  #key: LoginKey | undefined;
  #deriving: Promise<LoginKey> | undefined;
  #closed = false;

  constructor(options: LocalLoginOptions) {
    this.#options = options;
  }

  /** Asks for a challenge, to learn the device's identity and derive the login key. */
  async prepare(): Promise<void> {
    const challenge = await this.#challenge();
    if (challenge !== undefined) {
      await this.#loginKey(challenge.eid);
      return;
    }
    await this.#setClock("the device's clock is not set, and logins need it (403)");
    const second = await this.#challenge();
    if (second === undefined) throw clockNotSet();
    await this.#loginKey(second.eid);
  }

  logIn(scope: string): Promise<Grant> {
    return this.#logins.run(() => this.#logIn(scope));
  }

  async #logIn(scope: string): Promise<Grant> {
    const challenge = await this.#challenge();
    if (challenge === undefined) {
      await this.#setClock("the device's clock is not set, and logins need it (403)");
      return this.#again(scope);
    }
    const { checkIn, maximumClockDrift, timing } = this.#options;
    const deviceTime = challenge.exp - CHALLENGE_LIFETIME;
    const drift = Math.abs(deviceTime - Math.floor(timing.now() / 1000));
    if (checkIn !== undefined && maximumClockDrift !== undefined && drift > maximumClockDrift) {
      await this.#setClock(`the device's clock is wrong by ${drift} seconds`);
      return this.#again(scope);
    }
    const grant = await this.#prove(challenge, scope);
    if (grant !== undefined) return grant;
    if (await this.#isRebooted(challenge)) return this.#again(scope);
    if (drift <= SUSPICIOUS_DRIFT || checkIn === undefined) throw wrongPassphrase();
    await this.#setClock(`the device refused the login, and its clock is wrong by ${drift} seconds`);
    return this.#again(scope);
  }

  /** Whether the device has started anew since a challenge: it has forgotten it then, and refused a good answer. */
  async #isRebooted({ spk }: Challenge): Promise<boolean> {
    const next = await this.#challenge();
    return next !== undefined && next.spk !== spk;
  }

  /** The second and last attempt, after a check-in or a reboot. */
  async #again(scope: string): Promise<Grant> {
    const challenge = await this.#challenge();
    if (challenge === undefined) throw clockNotSet();
    const grant = await this.#prove(challenge, scope);
    if (grant === undefined) throw wrongPassphrase();
    return grant;
  }

  /** Undefined when the device's clock is not set. */
  async #challenge(): Promise<Challenge | undefined> {
    const { transport, identity } = this.#options;
    identity.check();
    const facts = { operation: "log in", mutates: false };
    const response = await transport.send({ method: "GET", path: "/api/auth/token", ...facts, limits: UNLIMITED });
    if (response.status === 403) return undefined;
    await checkLoginStatus(transport, response.status, facts);
    const challenge = readAnswer(challengeSchema, response, facts);
    identity.see(challenge.eid);
    return challenge;
  }

  /** Undefined when the device refuses the proof. */
  async #prove(challenge: Challenge, scope: string): Promise<Grant | undefined> {
    const { transport, tokenLifetime } = this.#options;
    const key = await this.#loginKey(challenge.eid);
    const deviceTime = challenge.exp - CHALLENGE_LIFETIME;
    const exp = deviceTime + tokenLifetime;
    // By the device's own clock throughout: a wrong clock is then no reason to refuse us.
    const claims = { jti: challenge.jti, aud: challenge.spk, exp, iat: deviceTime - ISSUED_BEFORE, scope };
    const facts = { operation: "log in", mutates: false };
    const response = await transport.send({
      method: "POST",
      path: "/api/auth/token",
      body: { auth: key.prove(claims) },
      ...facts,
      limits: UNLIMITED,
    });
    if (response.status === 401) return undefined;
    if (response.status === 403) throw clockNotSet();
    await checkLoginStatus(transport, response.status, facts);
    const { token } = readAnswer(tokenSchema, response, facts);
    const bearer = readBearer(token);
    if (bearer.sub === "M")
      throw authenticationFailed("it is the master passphrase, which may use no key; give the user's");
    return { bearer: token, lifetime: ((bearer.exp ?? exp) - deviceTime) * 1000 };
  }

  async #loginKey(eid: string): Promise<LoginKey> {
    if (this.#key?.eid === eid) return this.#key;
    this.#deriving ??= this.#derive(eid).finally(() => {
      this.#deriving = undefined;
    });
    return this.#deriving;
  }

  async #derive(eid: string): Promise<LoginKey> {
    const bytes = await askPassphrase(this.#options.passphrase);
    try {
      const key = await LoginKey.derive(bytes, eid);
      if (this.#closed) {
        key[Symbol.dispose]();
        throw new KeyrailError("Closed", "The provider was closed during a login.", { what: PROVIDER });
      }
      this.#key = key;
      return key;
    } finally {
      wipe(bytes);
    }
  }

  async #setClock(reason: string): Promise<void> {
    const { checkIn } = this.#options;
    if (checkIn === undefined)
      throw unavailable(`${reason}; a check-in sets it, and check-ins are switched off`, "never");
    try {
      await checkIn.run();
    } catch (error) {
      const why = isKeyrailError(error) ? error.message : "an error of the relay";
      throw unavailable(`${reason}, and the check-in that sets it failed: ${why}`, "safe");
    }
  }

  /** Wipes what PBKDF2 made of the passphrase. */
  close(): void {
    this.#closed = true;
    this.#key?.[Symbol.dispose]();
    this.#key = undefined;
  }
}

/** @throws `AuthenticationFailed` when the callback fails, `InvalidConfiguration` when it gives no passphrase. */
async function askPassphrase(source: PassphraseSource): Promise<Uint8Array> {
  let given: unknown;
  try {
    given = await source();
  } catch (cause) {
    if (cause instanceof KeyrailError) throw cause;
    throw loginHelperFailed("passphrase callback", cause);
  }
  const bytes = typeof given === "string" ? new TextEncoder().encode(given) : given;
  if (bytes instanceof Uint8Array && bytes.length > 0) return bytes;
  throw new KeyrailError("InvalidConfiguration", "The callback for the passphrase of the Encedo HEM gave none.", {
    path: "passphrase",
  });
}

function clockNotSet(): KeyrailError {
  return unavailable("its clock is not set, also after a check-in (403)", "safe");
}

function wrongPassphrase(): KeyrailError {
  return authenticationFailed("the passphrase is wrong, or the device knows no user");
}
