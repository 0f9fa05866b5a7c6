/** How the key at the target was checked after it was made. */

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
  /** `signature`: what was signed and the signature, so that anybody can check it again; base64url. */
  readonly algorithm?: string;
  readonly message?: string;
  readonly signature?: string;
}

/** The checks of one key. */
export interface Verification {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly passed: boolean;
  readonly checks: readonly VerificationCheck[];
}
