/** What lives from one boot to the next: session key, token secret, open challenges. */

import { x25519 } from "@noble/curves/ed25519.js";

import { OPEN_CHALLENGE_LIMIT } from "../assumptions.ts";
import { encodeBase64 } from "../bytes.ts";
import { agreeX25519 } from "./identity.ts";

/** An approval request that waits for its answer. */
export interface OpenApproval {
  /** Device time in seconds since the epoch. */
  readonly expiresAt: number;
  readonly context: string | undefined;
}

/** One boot. Tokens die with it, since its secret does. */
export class BootSession {
  /** Counts from 1 over the life of the device. */
  readonly number: number;
  /** Outside time of the boot in milliseconds since the epoch. */
  readonly startedAt: number;
  /** HS256 key of the bearers. */
  readonly tokenSecret: Uint8Array;
  /** 32-byte X25519 public key. */
  readonly publicKey: Uint8Array;
  /** `spk` as it is sent. */
  readonly spk: string;
  /** Nonce the next change of the user key answers, base64. */
  configNonce: string | undefined;
  /** Open pairing requests: nonce -> device time in seconds at which they end. */
  readonly pairings: Map<string, number> = new Map();
  /** Open approval requests: nonce -> what was asked for. */
  readonly approvals: Map<string, OpenApproval> = new Map();
  readonly #privateKey: Uint8Array;
  readonly #challenges = new Map<string, number>();

  constructor(boot: { number: number; startedAt: number; privateKey: Uint8Array; tokenSecret: Uint8Array }) {
    this.number = boot.number;
    this.startedAt = boot.startedAt;
    this.tokenSecret = boot.tokenSecret;
    this.#privateKey = boot.privateKey;
    this.publicKey = x25519.getPublicKey(boot.privateKey);
    this.spk = encodeBase64(this.publicKey);
  }

  /** X25519 of the session key and a peer; `undefined` for a bad peer key. */
  agree(peer: Uint8Array): Uint8Array | undefined {
    return agreeX25519(this.#privateKey, peer);
  }

  /** Remembers an open challenge and the device time in seconds it was given at. */
  openChallenge(jti: string, issuedAt: number): void {
    this.#challenges.set(jti, issuedAt);
    for (const oldest of this.#challenges.keys()) {
      if (this.#challenges.size <= OPEN_CHALLENGE_LIMIT) break;
      this.#challenges.delete(oldest);
    }
  }

  /** Device time a challenge was given at; `undefined` when it is not open. */
  challengeIssuedAt(jti: string): number | undefined {
    return this.#challenges.get(jti);
  }

  /** A challenge is good for one answer. */
  spendChallenge(jti: string): void {
    this.#challenges.delete(jti);
  }
}
