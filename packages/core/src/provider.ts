/** A provider as its users see it, and as its author writes it. */

import type { CapabilityDeclaration } from "./capabilities/declaration.ts";
import type { OperationDescriptor } from "./capabilities/descriptor.ts";
import type { Explanation } from "./capabilities/explain.ts";
import type { KeyHalf } from "./key-record.ts";
import type { Approvals } from "./ports/approvals.ts";
import type { CallOptions } from "./ports/call-options.ts";
import type { Cipher } from "./ports/cipher.ts";
import type { DeterministicDerivation } from "./ports/deterministic-derivation.ts";
import type { Kem } from "./ports/kem.ts";
import type { KeyAgreement } from "./ports/key-agreement.ts";
import type { KeyCatalog } from "./ports/key-catalog.ts";
import type { KeyExport } from "./ports/key-export.ts";
import type { KeyOpener } from "./ports/key-opener.ts";
import type { KeyStore } from "./ports/key-store.ts";
import type { KeyWrap } from "./ports/key-wrap.ts";
import type { Mac } from "./ports/mac.ts";
import type { Signature, Signer, SignRequest, Verifier } from "./ports/signer.ts";
import type { PublicKey } from "./public-key/public-key.ts";
import type { Algorithm, Custody, KeyType, Usage } from "./vocabulary.ts";

/** The ports of a provider. A port it does not have is a missing member, never a method that throws. */
export interface Ports {
  readonly keys: KeyStore;
  readonly catalog?: KeyCatalog;
  readonly signer?: Signer;
  readonly verifier?: Verifier;
  readonly agreement?: KeyAgreement;
  readonly mac?: Mac;
  readonly cipher?: Cipher;
  readonly keyWrap?: KeyWrap;
  readonly kem?: Kem;
  readonly keyExport?: KeyExport;
  readonly deterministicDerivation?: DeterministicDerivation;
  readonly opener?: KeyOpener;
  readonly approvals?: Approvals;
}

/** Whether a provider can serve now. */
export interface Health {
  readonly healthy: boolean;
  /** One sentence when it is not. */
  readonly reason?: string;
}

/** One back end, ready to use: what `createProvider` makes of an adapter. */
export interface Provider extends Ports, AsyncDisposable {
  /** The scheme of its URIs. */
  readonly name: string;
  /** The provider URI: key URIs are this, a slash and the key's id. */
  readonly uri: string;
  readonly custody: Custody;
  readonly capabilities: CapabilityDeclaration;
  /** Whether a key URI names a key of this provider's store, in whatever spelling; no request is made. */
  owns(key: string): boolean;
  /** Whether it can do an operation, and if not, why and what comes nearest; no request is made. */
  explain(descriptor: OperationDescriptor): Explanation;
  /** Asks the back end whether it can serve; never rejects for its state. */
  health(options?: CallOptions): Promise<Health>;
  /** Releases connections, files and cached keys; every later call rejects with `Closed`. Safe to call twice. */
  close(): Promise<void>;
}

/** What is known of a key without a request. */
export interface KnownKey {
  readonly keyType: KeyType;
  readonly half: KeyHalf;
  readonly usages: readonly Usage[];
  readonly algorithms?: readonly Algorithm[];
  readonly publicKey?: PublicKey;
}

/**
 * What a provider's author writes: the same ports, thin. When a method is called, core has checked the request
 * against its schema and the capability rows, and has replaced every key URI by the provider's own id. The author may
 * throw anything; what is not a `KeyrailError` leaves as `Internal`.
 */
export interface ProviderAdapter extends Omit<Ports, "approvals"> {
  readonly name: string;
  /** The provider URI, canonical. */
  readonly uri: string;
  readonly capabilities: CapabilityDeclaration;
  /** `sign` rejects with `ApprovalPending` and a ticket; this finishes it. */
  readonly approvals?: Pick<Approvals, "resume">;
  /** Whether a store name from a key URI means this provider's store; default: equal to the one of `uri`. */
  ownsStore?(store: string): boolean;
  /** What is known of a key at once, without a request or a wait. Absent: core remembers the records it saw. */
  describe?(id: string): KnownKey | undefined;
  /** Checks a signature that came from outside this process; see {@link LocalVerification}. */
  readonly localVerification?: LocalVerification;
  health?(options?: CallOptions): Promise<Health>;
  close?(): Promise<void>;
}

/** How signatures of a remote provider are checked before they are returned. */
export interface LocalVerification {
  /**
   * `always`: the public key is fetched once when it is not known. `when-known`: a signature is checked when
   * the public key has been seen, and never costs a request.
   */
  readonly policy: "always" | "when-known";
  /** True when the signature is valid for the request under the public key. */
  verify(publicKey: PublicKey, request: SignRequest, signature: Signature): boolean | Promise<boolean>;
}
