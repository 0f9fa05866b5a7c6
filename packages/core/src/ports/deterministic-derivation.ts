import type { DerivationAlgorithm } from "../vocabulary.ts";
import type { CallOptions } from "./call-options.ts";

/** What `deriveOutput` takes. */
export interface DeriveOutputRequest {
  readonly key: string;
  readonly algorithm: DerivationAlgorithm;
  /** Domain separation tag. */
  readonly domain: Uint8Array;
  readonly seed: Uint8Array;
}

/** A deterministic output of a key and an input: same key, domain and seed, same bytes. */
export interface DeterministicDerivation {
  /** 32 bytes. */
  deriveOutput(request: DeriveOutputRequest, options?: CallOptions): Promise<Uint8Array>;
}
