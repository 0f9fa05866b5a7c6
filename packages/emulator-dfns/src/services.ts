import type { UserActions } from "./auth/user-actions.ts";
import type { Clock } from "./clock.ts";
import type { KeyRepository } from "./keys/key-repository.ts";
import type { KeyStores } from "./keys/key-stores.ts";
import type { Organisation } from "./organisation/organisation.ts";
import type { Approvals } from "./policies/approvals.ts";
import type { Policies } from "./policies/policies.ts";
import type { SignatureRepository } from "./signatures/signature-repository.ts";
import type { Signer } from "./threshold/signers.ts";

/** Switches of the emulated organisation; they may be turned while it runs. */
export interface Features {
  /** Whether DH keys can be made. */
  allowDiffieHellman: boolean;
  /** Whether a key that was exported is refused for signing. */
  forbidSigningAfterExport: boolean;
  /** Whether the organisation has the contract for import. */
  importEnabled: boolean;
  /** Whether the organisation has the contract for export. */
  exportEnabled: boolean;
}

/** Everything a handler may use. */
export interface Services {
  readonly clock: Clock;
  readonly features: Features;
  readonly organisation: Organisation;
  readonly userActions: UserActions;
  readonly signers: readonly Signer[];
  readonly keyStores: KeyStores;
  readonly keys: KeyRepository;
  readonly signatures: SignatureRepository;
  readonly policies: Policies;
  readonly approvals: Approvals;
}
