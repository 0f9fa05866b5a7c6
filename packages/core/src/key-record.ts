/** What a provider says about one key it holds. */

import type { PublicKey } from "./public-key/public-key.ts";
import type { Algorithm, Custody, DerivationAlgorithm, KeyType, Usage } from "./vocabulary.ts";

/** Which half of a key the provider holds: a key pair, a public key alone, or a secret (symmetric) key. */
export type KeyHalf = "private" | "public" | "secret";

/** How the key came to be, where the provider knows. */
export type KeyOrigin = "generated" | "imported" | "derived" | "unknown";

/** HD (hierarchical deterministic) facts of a key. */
export interface HierarchicalFacts {
  /** The derivation its children are made by. */
  readonly scheme: DerivationAlgorithm;
  /** True when children can be derived from it. */
  readonly master: boolean;
  /** Path from the master, `m/…`; absent on a master. */
  readonly path?: string;
  /** Key URI of the master; absent on a master. */
  readonly parent?: string;
}

/** One key, as its provider knows it. Plain data but for `publicKey`; never a secret. Ports give it frozen. */
export interface KeyRecord {
  /** Key URI: stable for the life of the key at this provider. */
  readonly uri: string;
  /** The provider's own id: the last segment of the URI. */
  readonly id: string;
  readonly keyType: KeyType;
  /** What the key may do; enforced by the provider. */
  readonly usages: readonly Usage[];
  /** When present, the only algorithms the key may be used with. */
  readonly algorithms?: readonly Algorithm[];
  readonly label: string;
  readonly description?: string;
  readonly custody: Custody;
  readonly half: KeyHalf;
  readonly origin: KeyOrigin;
  /** True when `KeyExport` will give the private or secret half. */
  readonly extractable: boolean;
  readonly hierarchical?: HierarchicalFacts;
  /** Seconds since the epoch, by the provider's clock. */
  readonly createdAt?: number;
  /** Seconds since the epoch, by the provider's clock. */
  readonly updatedAt?: number;
  /** Present when the provider gave it along without a further request. */
  readonly publicKey?: PublicKey;
  /** The vendor's own words for this key, unknown values included; JSON data. */
  readonly vendor?: Readonly<Record<string, unknown>>;
}
