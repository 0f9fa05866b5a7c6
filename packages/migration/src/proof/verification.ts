/** How the key at the target was checked after it was made. */

import type { Usage } from "@keyrail/core";

/** One check; `detail` is a sentence, never a secret. */
export interface VerificationCheck {
  readonly name:
    | "target record"
    | "public key"
    | "proof"
    | "signature"
    | "agreement"
    | "encapsulation"
    | "mac"
    | "cipher"
    | "wrap"
    | "derivation"
    | "one target key";
  readonly passed: boolean;
  readonly detail: string;
  /**
   * What was used: a JWS `alg` for `signature` (the names of succession statements), an algorithm of the vocabulary for
   * the others.
   */
  readonly algorithm?: string;
  /** `signature`: what was signed and the signature, so that anybody can check it again; base64url. */
  readonly message?: string;
  readonly signature?: string;
}

/** A usage that was not tried, and why. */
export interface NotExercised {
  readonly usage: Usage;
  readonly reason: string;
}

/** The checks of one key. */
export interface Verification {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly passed: boolean;
  readonly checks: readonly VerificationCheck[];
  /** What the key may do and nobody tried. Absent: everything was tried. */
  readonly notExercised?: readonly NotExercised[];
}
