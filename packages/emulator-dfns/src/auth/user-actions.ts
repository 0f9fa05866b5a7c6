import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { ApiError, badRequest, notAuthorized, userActionRefused } from "../api-error.ts";
import { badAssertionStatus, invalidChallengeMessage, payloadMismatchStatus } from "../assumptions.ts";
import type { Clock } from "../clock.ts";
import { newId } from "../ids.ts";
import { tryParseJson } from "../json.ts";
import { checkAssertion } from "./assertion.ts";
import type { Caller } from "./bearer.ts";
import { ExpiringMap } from "./expiring-map.ts";
import type { JsonWebTokens } from "./json-web-token.ts";
import type { UserActionAssertion, UserActionInit } from "./schemas.ts";

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

interface Action extends Binding {
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
  readonly #jsonWebTokens: JsonWebTokens;
  readonly #challenges: ExpiringMap<Challenge>;
  readonly #actions: ExpiringMap<Action>;

  constructor(
    clock: Clock,
    jsonWebTokens: JsonWebTokens,
    lifetimes: { readonly challengeLifetimeMs: number; readonly userActionLifetimeMs: number },
  ) {
    this.#clock = clock;
    this.#jsonWebTokens = jsonWebTokens;
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
    const challenge = Buffer.from(randomBytes(32).toString("hex")).toString("base64url");
    const id = newId("ch");
    const expiresAt = this.#challenges.set(id, {
      challenge,
      userId: caller.user.id,
      method: request.userActionHttpMethod,
      path: request.userActionHttpPath,
      payload: request.userActionPayload,
    });
    return {
      challenge,
      challengeIdentifier: this.#token("challenge", id, expiresAt),
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
    const id = this.#jsonWebTokens.open("challenge", request.challengeIdentifier)?.["jti"];
    const pending = typeof id === "string" && !expired ? this.#challenges.get(id) : undefined;
    if (pending === undefined || pending.userId !== caller.user.id || typeof id !== "string") {
      throw badRequest(invalidChallengeMessage);
    }
    const assertion = request.firstFactor.credentialAssertion;
    const credential = caller.user.credentials.find(({ credId, active }) => active && credId === assertion.credId);
    if (credential === undefined) throw new ApiError(badAssertionStatus, "Credential is not valid.");
    checkAssertion(credential, pending.challenge, assertion);
    this.#challenges.delete(id);
    const actionId = newId("ua");
    const { userId, method, path, payload } = pending;
    const expiresAt = this.#actions.set(actionId, { userId, method, path, payload, used: false });
    return { userAction: this.#token("user-action", actionId, expiresAt) };
  }

  /**
   * Spends the user action of a call.
   * @param expired fault plan: treat the action as expired.
   * @throws ApiError 403 when it is missing, forged, expired or bound to something else; 400 when it was used before.
   */
  use(caller: Caller, userAction: string | undefined, call: PresentedCall, expired = false): void {
    const id = userAction === undefined ? undefined : this.#jsonWebTokens.open("user-action", userAction)?.["jti"];
    const action = typeof id === "string" && !expired ? this.#actions.get(id) : undefined;
    if (action === undefined || action.userId !== caller.user.id) throw userActionRefused();
    if (action.used) throw badRequest("user action has already been used");
    if (action.method !== call.method || action.path !== call.path || !samePayload(action.payload, call.body)) {
      throw new ApiError(payloadMismatchStatus, userActionRefused().message);
    }
    action.used = true;
  }

  #token(purpose: "challenge" | "user-action", id: string, expiresAt: number): string {
    const claims = { jti: id, iat: Math.floor(this.#clock.now() / 1000), exp: Math.ceil(expiresAt / 1000) };
    return this.#jsonWebTokens.sign(purpose, claims);
  }
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
