/** How a new key was tied to the old one: plain JSON, kept in the journal and in the evidence. */

/** A JWS in the general JSON serialization (RFC 7515, section 7.2.1). */
export interface GeneralJws {
  /** base64url. */
  readonly payload: string;
  /** The first is by the old key, the second by the new one. */
  readonly signatures: readonly { readonly protected: string; readonly signature: string }[];
}

/** The proof of one key; {@link ProofKind} tells the kinds apart. */
export type Proof =
  | {
      readonly kind: "same-key";
      /** What was compared: the public keys, or the results of one operation on one input. */
      readonly compared: "public-key" | "result";
      /** `sha-256:` and base64url of what was equal; of a secret key only its result on a random input. */
      readonly digest: string;
    }
  | { readonly kind: "succession-signature"; readonly statement: GeneralJws }
  | {
      readonly kind: "succession-agreement";
      /** The statement, as `succession-signature` has it in its payload; base64url. */
      readonly payload: string;
      /** The challenge's public key (SPKI, DER, base64url) or KEM ciphertext (base64url), and the answers' MACs. */
      readonly challenges: readonly {
        readonly by: "old" | "new";
        readonly method: "agreement" | "decapsulation";
        readonly challenge: string;
        /** HMAC-SHA-256 over the payload under a key from the shared secret; base64url. */
        readonly mac: string;
        /** Opens the challenge, so that anybody can check the answer afterwards; base64url, PKCS#8 or shared secret. */
        readonly opening: string;
      }[];
      /** Answers to auditors, whose keys made the challenges: of each auditor the old key's, then the new key's. */
      readonly auditorAnswers?: readonly {
        readonly by: "old" | "new";
        /** The auditor's public key, written as in `challenges`. */
        readonly challenge: string;
        /** As in `challenges`; only the auditor's private key, or the key that answered, gives it again. */
        readonly mac: string;
      }[];
    }
  | {
      readonly kind: "succession-mac";
      readonly payload: string;
      readonly macs: readonly { readonly by: "old" | "new"; readonly algorithm: string; readonly mac: string }[];
    }
  | { readonly kind: "none"; readonly reason: string };
