/** An emulated phone app: pairs with the device and answers requests the broker carries. */

import { KeyrailError } from "@keyrail/core";
import { x25519 } from "@noble/curves/ed25519.js";
import { randomBytes } from "node:crypto";

import { decodeBase64, encodeBase64 } from "../bytes.ts";
import type { EmulatorClock } from "../clock.ts";
import { agreeX25519 } from "../device/identity.ts";
import { APPROVED_TOKEN_LIFETIME } from "../limits.ts";
import { decodeCompactJws, signCompactJws } from "../session/jws.ts";
import type { BrokerEvent } from "./broker.ts";
import { AGREED_HEADER } from "./pairing.ts";
import { openScope, sealingKey, sealScope } from "./scope-seal.ts";

/** What the app does with a request: waits for a call, or answers at once. */
export type ApprovalPolicy = "manual" | "approve" | "deny";

/** A request as the phone shows it. */
export interface PendingApproval {
  readonly eventId: string;
  /** As asked for, without what is there for display only. */
  readonly scope: string;
  readonly context: string | undefined;
  readonly note: string | undefined;
}

/** The body of `auth/ext/validate`. */
export interface PairingReply {
  /** Base64 of the app's 16-byte id. */
  readonly pid: string;
  readonly reply: string;
}

/** The phone app. Its key and id are made at the start of the emulator. */
export class EmulatedAuthenticator {
  /** What happens to the next requests. */
  policy: ApprovalPolicy = "manual";
  /** Base64 of the app's 16-byte id. */
  readonly pid: string = encodeBase64(new Uint8Array(randomBytes(16)));
  readonly #privateKey = new Uint8Array(randomBytes(32));
  /** 32-byte X25519 public key: what the device stores of a pairing. */
  readonly publicKey: Uint8Array = x25519.getPublicKey(this.#privateKey);
  readonly #clock: EmulatorClock;
  readonly #pending: () => readonly BrokerEvent[];

  /** @param pending where the app finds its open requests. */
  constructor(clock: EmulatorClock, pending: () => readonly BrokerEvent[]) {
    this.#clock = clock;
    this.#pending = pending;
  }

  /**
   * Answers the `request` of `auth/ext/init`: what the caller posts to `auth/ext/validate`.
   * `InvalidRequest` when it is not such a request.
   */
  pairingReply(request: string, label = "Emulated phone"): PairingReply {
    const claims = decodeCompactJws(request)?.claims;
    const { jti, iss } = claims ?? {};
    if (typeof jti !== "string" || typeof iss !== "string") {
      throw new KeyrailError("InvalidRequest", "Not the `request` of auth/ext/init.", { path: "request" });
    }
    const epk = encodeBase64(x25519.getPublicKey(new Uint8Array(randomBytes(32))));
    const reply = { jti, iss: encodeBase64(this.publicKey), label, epk, iat: this.#seconds() };
    return { pid: this.pid, reply: signCompactJws(AGREED_HEADER, reply, this.#secretWith(iss)) };
  }

  /** Open requests that are meant for this app, oldest first. */
  pending(): readonly PendingApproval[] {
    return this.#mine().map(({ event, scope }) => ({
      eventId: event.id,
      scope: scope.split("#", 1)[0] ?? "",
      context: event.claims.ctx,
      note: event.claims.note,
    }));
  }

  /**
   * Approves a request, the oldest one when none is named. `InvalidRequest` when there is none.
   *
   * @param lifetime seconds the token shall live; 0 leaves it to the device (8 hours).
   */
  approve(eventId?: string, lifetime: number = APPROVED_TOKEN_LIFETIME): void {
    const { event, scope } = this.#find(eventId);
    const secret = this.#secretWith(event.claims.iss);
    const { jti } = event.claims;
    const now = this.#seconds();
    const claims = {
      jti,
      iss: encodeBase64(this.publicKey),
      iat: now,
      exp: lifetime === 0 ? 0 : now + lifetime,
      scope: sealScope(sealingKey(secret, jti), scope),
    };
    event.answer = { authreply: signCompactJws(AGREED_HEADER, claims, secret) };
  }

  /** Denies a request, the oldest one when none is named. `InvalidRequest` when there is none. */
  deny(eventId?: string): void {
    this.#find(eventId).event.answer = { deny: true };
  }

  /** Follows {@link policy} for a new request. */
  notify(event: BrokerEvent): void {
    if (this.#scopeOf(event) === undefined) return;
    if (this.policy === "approve") this.approve(event.id);
    if (this.policy === "deny") this.deny(event.id);
  }

  #find(eventId: string | undefined): { event: BrokerEvent; scope: string } {
    const found = this.#mine().find(({ event }) => eventId === undefined || event.id === eventId);
    if (found !== undefined) return found;
    throw new KeyrailError("InvalidRequest", "No such request is waiting for the phone app.", { path: "eventId" });
  }

  #mine(): { event: BrokerEvent; scope: string }[] {
    return this.#pending().flatMap((event) => {
      const scope = this.#scopeOf(event);
      return scope === undefined ? [] : [{ event, scope }];
    });
  }

  #scopeOf(event: BrokerEvent): string | undefined {
    const sealed = event.claims.scope[this.pid];
    return sealed === undefined
      ? undefined
      : openScope(sealingKey(this.#secretWith(event.claims.iss), event.claims.jti), sealed);
  }

  #secretWith(eid: string): Uint8Array {
    const key = decodeBase64(eid);
    const secret = key === undefined ? undefined : agreeX25519(this.#privateKey, key);
    if (secret !== undefined) return secret;
    throw new KeyrailError("InvalidRequest", "The request names no device key.", { path: "iss" });
  }

  #seconds(): number {
    return Math.floor(this.#clock.now() / 1000);
  }
}
