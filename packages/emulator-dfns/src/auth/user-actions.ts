import { isDeepStrictEqual } from "node:util";
import { encodeHex } from "@keyrail/core";
import { ApiError, badRequest, notAuthorized, userActionRefused } from "../api-error.ts";
import {
  badAssertionStatus,
  invalidChallengeMessage,
  payloadMismatchStatus,
  refusedCallSpendsUserAction,
  uncalledSecondFactorIsChecked,
  wrongAssertionSpendsChallenge,
} from "../assumptions.ts";
import type { Clock } from "../clock.ts";
import { newId } from "../ids.ts";
import { tryParseJson } from "../json.ts";
import { takeRandomBytes } from "../random.ts";
import { checkAssertion } from "./assertion.ts";
import type { Caller } from "./bearer.ts";
import { ExpiringMap } from "./expiring-map.ts";
import type { JsonWebTokenIssuer } from "./json-web-token.ts";
import type { KeyFactor, UserActionAssertion, UserActionInit } from "./schemas.ts";

/** What a user action is good for: one method, path and payload of one user. */
interface Binding {
  readonly userId: string;
  readonly method: string;
  readonly path: string;
  readonly payload: string;
}

interface Challenge extends Binding {
  readonly challenge: string;
}

interface Action extends Omit<Binding, "payload"> {
  payload: string;
  used: boolean;
}

/** A call that presents a user action. */
export interface PresentedCall {
  readonly method: string;
  /** URL path as sent, without the query. */
  readonly path: string;
  /** Body text as sent; empty when there is none. */
  readonly body: string;
}

/** User action signing: init, complete, use (fact sheet, section 2; lifetimes and reuse of section 12). */
export class UserActions {
  readonly #clock: Clock;
  readonly #issue: JsonWebTokenIssuer;
  readonly #challenges: ExpiringMap<Challenge>;
  readonly #actions: ExpiringMap<Action>;

  constructor(
    clock: Clock,
    issue: JsonWebTokenIssuer,
    lifetimes: { readonly challengeLifetimeMs: number; readonly userActionLifetimeMs: number },
  ) {
    this.#clock = clock;
    this.#issue = issue;
    this.#challenges = new ExpiringMap(clock, lifetimes.challengeLifetimeMs);
    this.#actions = new ExpiringMap(clock, lifetimes.userActionLifetimeMs);
  }

  /** `POST /auth/action/init`. @throws ApiError 401 when the caller has no usable credential. */
  init(caller: Caller, request: UserActionInit): object {
    const credentials = caller.user.credentials.filter(({ active }) => active);
    if (credentials.length === 0) {
      throw notAuthorized("User does not have a credential that can be used for the application.");
    }
    // The vendor's sample challenges decode to the hexadecimal text of 32 bytes.
    const challenge = Buffer.from(encodeHex(takeRandomBytes(32))).toString("base64url");
    const challengeIdentifier = this.#token("challenge", this.#challenges.lifetimeMs);
    this.#challenges.set(challengeIdentifier, {
      challenge,
      userId: caller.user.id,
      method: request.userActionHttpMethod,
      path: request.userActionHttpPath,
      payload: request.userActionPayload,
    });
    return {
      challenge,
      challengeIdentifier,
      supportedCredentialKinds: [{ kind: "Key", factor: "first", requiresSecondFactor: false }],
      userVerification: "required",
      attestation: "direct",
      externalAuthenticationUrl: "",
      allowCredentials: { key: credentials.map(({ credId }) => ({ type: "public-key", id: credId })), webauthn: [] },
    };
  }

  /**
   * `POST /auth/action`.
   * @param expired fault plan: treat the challenge as expired.
   * @throws ApiError 400 for a challenge that is unknown, expired, spent or another caller's; 401 for a bad assertion.
   */
  complete(caller: Caller, request: UserActionAssertion, expired = false): object {
    const pending = expired ? undefined : this.#challenges.get(request.challengeIdentifier);
    if (pending === undefined || pending.userId !== caller.user.id) throw badRequest(invalidChallengeMessage);
    if (wrongAssertionSpendsChallenge) this.#challenges.delete(request.challengeIdentifier);
    checkFactor(caller, request.firstFactor, pending.challenge);
    if (request.secondFactor !== undefined && uncalledSecondFactorIsChecked) {
      checkFactor(caller, request.secondFactor, pending.challenge);
    }
    this.#challenges.delete(request.challengeIdentifier);
    const userAction = this.#token("user-action", this.#actions.lifetimeMs);
    const { userId, method, path, payload } = pending;
    this.#actions.set(userAction, { userId, method, path, payload, used: false });
    return { userAction };
  }

  /**
   * Spends the user action of a call.
   * @param expired fault plan: treat the action as expired.
   * @throws ApiError 403 when it is missing, forged, expired or bound to something else; 400 when it was used before.
   */
  use(caller: Caller, userAction: string | undefined, call: PresentedCall, expired = false): void {
    const action = userAction === undefined || expired ? undefined : this.#actions.get(userAction);
    if (action === undefined || action.userId !== caller.user.id) throw userActionRefused();
    if (action.used) throw badRequest("user action has already been used");
    if (action.method !== call.method || action.path !== call.path || !samePayload(action.payload, call.body)) {
      action.used = refusedCallSpendsUserAction;
      throw new ApiError(payloadMismatchStatus, userActionRefused().message);
    }
    action.used = true;
    // Only that it was used matters from now on.
    action.payload = "";
  }

  #token(purpose: "challenge" | "user-action", lifetimeMs: number): string {
    const now = this.#clock.now();
    const exp = Math.ceil((now + lifetimeMs) / 1000);
    return this.#issue(purpose, {
      jti: newId(purpose === "challenge" ? "ch" : "ua"),
      iat: Math.floor(now / 1000),
      exp,
    });
  }
}

/** @throws ApiError 401 when the credential is none of the caller's or the assertion does not hold, 400 when it is none. */
function checkFactor({ user }: Caller, { credentialAssertion }: KeyFactor, challenge: string): void {
  const credential = user.credentials.find(({ credId, active }) => active && credId === credentialAssertion.credId);
  if (credential === undefined) throw new ApiError(badAssertionStatus, "Credential is not valid.");
  checkAssertion(credential, challenge, credentialAssertion);
}

/** Equal as JSON values, whatever the spelling; no body, `""` and `{}` are one (section 12). */
function samePayload(declared: string, sent: string): boolean {
  return declared === sent || isDeepStrictEqual(parsed(declared), parsed(sent));
}

function parsed(text: string): unknown {
  if (text === "") return {};
  // A declared payload that is not JSON becomes a value that equals no parsed body.
  return (tryParseJson(text) ?? { value: Symbol("not JSON") }).value;
}
