import type { AgreementAlgorithm } from "../vocabulary.ts";
import type { CallOptions } from "./call-options.ts";
import type { Peer } from "./key-store.ts";

/** What `agree` takes. */
export interface AgreeRequest {
  /** Own key: key URI or the provider's id. */
  readonly key: string;
  readonly algorithm: AgreementAlgorithm;
  readonly peer: Peer;
}

/** Agrees on a secret with a peer. */
export interface KeyAgreement {
  /**
   * The raw shared secret: SEC 1 x coordinate (32, 48 or 66 bytes, leading zeros kept) or RFC 7748 output (32 or 56
   * bytes). Feed it to a KDF. Rejects with `InvalidKeyMaterial` for a peer that is not on the curve or of low order.
   */
  agree(request: AgreeRequest, options?: CallOptions): Promise<Uint8Array>;
}
