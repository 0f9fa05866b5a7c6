import type { CredentialKind } from "./organisation/credential.ts";
import type { SignerFixture } from "./threshold/signers.ts";

/** Options of `startDfnsEmulator`. Every one has a default. */
export interface DfnsEmulatorOptions {
  /** HTTPS port on 127.0.0.1; 0 (default) takes a free one. */
  readonly port?: number;
  /** HTTP port of the control endpoint on 127.0.0.1; 0 (default) takes a free one. */
  readonly controlPort?: number;
  /** Rate limit of the organisation; 1000 by default, as documented. */
  readonly requestsPerMinute?: number | "unlimited";
  /** 5 minutes by default. */
  readonly challengeLifetimeMs?: number;
  /** 2 minutes by default. */
  readonly userActionLifetimeMs?: number;
  /** Whether DH keys exist; false by default. */
  readonly allowDiffieHellman?: boolean;
  /** Whether a key that was exported is refused for signing; false by default. */
  readonly forbidSigningAfterExport?: boolean;
  /** Whether the organisation has the contract for import; true by default. */
  readonly importEnabled?: boolean;
  /** Whether the organisation has the contract for export; true by default. */
  readonly exportEnabled?: boolean;
  /** The five signers; random ones by default. `factSheetSigners()` are those of the test vectors. */
  readonly signers?: readonly SignerFixture[];
  /** Key kind of the first service account's credential; `Ed25519` by default. */
  readonly credentialKind?: CredentialKind;
  /** Requests kept for reading back; 20,000 by default. */
  readonly recordedRequests?: number;
  /** Milliseconds since 1970; the system clock by default. */
  readonly now?: () => number;
}
