/** The API credential: the key that signs the client data of user actions (dfns.md, section 2). */

import type { Signer } from "@keyrail/core";

/** A credential whose private key is at hand: Ed25519, EC (P-256, secp256k1) or RSA. */
export interface PemCredential {
  /** The credential's id at Dfns (`credId`, base64url). */
  readonly credId: string;
  /** PKCS#8, SEC 1 or PKCS#1 in PEM. */
  readonly privateKeyPem: string;
  /** For an encrypted PEM. */
  readonly passphrase?: string;
}

/** A credential whose private key another Keyrail provider holds: an HSM, the software store, anything with a `Signer`. */
export interface SignerCredential {
  readonly credId: string;
  readonly signer: Signer;
  /** Key URI or id for that signer. */
  readonly key: string;
  /** By the key's type: Ed25519, P-256 or secp256k1. */
  readonly algorithm: "Ed25519" | "ES256" | "ES256K";
}

/** An API credential. */
export type DfnsCredential = PemCredential | SignerCredential;

/**
 * A credential, or what gives one. A callback is asked when the first user action is signed, and again after Dfns has
 * refused the credential.
 */
export type CredentialSource = DfnsCredential | (() => DfnsCredential | Promise<DfnsCredential>);
