import type { KeyRecord } from "../key-record.ts";
import type { PrivateKeyMaterial } from "../key-material.ts";
import type { PublicKey } from "../public-key/public-key.ts";
import type {
  Algorithm,
  AsymmetricKeyType,
  DerivationAlgorithm,
  KeyType,
  SymmetricKeyType,
  Usage,
} from "../vocabulary.ts";
import type { CallOptions } from "./call-options.ts";

/** What every new key is given. */
export interface KeyAttributes {
  /** What the key may do; at least one, in a combination the provider's rows allow. */
  readonly usages: readonly Usage[];
  /** A name for people. Length and characters as the provider declares. */
  readonly label: string;
  readonly description?: string;
  /** Restricts the key to these algorithms. Some providers need it to choose the kind of key. */
  readonly algorithms?: readonly Algorithm[];
  /**
   * Whether `KeyExport` may give the private or secret half later. Default false; where a row says that every key is
   * extractable it is no choice, and asking for false is refused. The record says what the key became.
   */
  readonly extractable?: boolean;
}

/** Makes a new key inside the provider. */
export interface CreateRequest extends KeyAttributes {
  readonly keyType: KeyType;
  /** Makes a master (HD) key whose children are derived by this scheme; needs the usage `derive`. */
  readonly hierarchical?: DerivationAlgorithm;
}

/** Brings a public key in, to verify with or to agree with. */
export interface ImportPublicRequest extends KeyAttributes {
  readonly kind: "public";
  readonly publicKey: PublicKey;
}

/** Brings a private key in. The bytes are copied at the call; the caller wipes its own whenever it likes. */
export interface ImportPrivateRequest extends KeyAttributes {
  readonly kind: "private";
  readonly privateKey: PrivateKeyMaterial;
  /** Makes it a master (HD) key; `privateKey.chainCode` is then required. */
  readonly hierarchical?: DerivationAlgorithm;
}

/** Brings a symmetric key in. The bytes are copied at the call; the caller wipes its own whenever it likes. */
export interface ImportSecretRequest extends KeyAttributes {
  readonly kind: "secret";
  readonly keyType: SymmetricKeyType;
  /** AES: 16, 24 or 32 bytes by type. HMAC: 1 to 1,024 bytes. */
  readonly secret: Uint8Array;
}

/** One share, split and encrypted by the caller for one holder. */
export interface EncryptedShare {
  /** The vendor's id of the holder (signer). */
  readonly holder: string;
  readonly ciphertext: Uint8Array;
}

/** Brings in a private key that the caller has already split and encrypted for the provider's share holders. */
export interface ImportEncryptedSharesRequest extends KeyAttributes {
  readonly kind: "encrypted-shares";
  readonly keyType: AsymmetricKeyType;
  /** How many shares are needed to use the key. */
  readonly threshold: number;
  readonly shares: readonly EncryptedShare[];
  readonly hierarchical?: DerivationAlgorithm;
}

/** What `import` takes, told apart by `kind`. */
export type ImportRequest =
  | ImportPublicRequest
  | ImportPrivateRequest
  | ImportSecretRequest
  | ImportEncryptedSharesRequest;

/** The other side of an agreement: a public key in hand, or a key the same provider holds. */
export type Peer = { readonly publicKey: PublicKey } | { readonly key: string };

/** Agrees with a peer and keeps the result as a new key in the provider; the secret is never seen outside. */
export interface DeriveEcdhRequest extends KeyAttributes {
  readonly kind: "ecdh";
  /** Own key: key URI or the provider's id. */
  readonly key: string;
  readonly peer: Peer;
  /** Type of the key to make. */
  readonly keyType: KeyType;
  /** Default `ECDH-HKDF-SHA-256`. */
  readonly algorithm?: DerivationAlgorithm;
  /** HKDF salt, 0 to 1,024 bytes, where the provider takes one. */
  readonly salt?: Uint8Array;
  /** HKDF info, 0 to 1,024 bytes, where the provider takes one. */
  readonly info?: Uint8Array;
}

/** Derives a child of a master (HD) key as a new key in the provider. */
export interface DeriveHdRequest extends KeyAttributes {
  readonly kind: "hd";
  /** The master key: key URI or the provider's id. */
  readonly key: string;
  /** `m/44'/0'/0`: decimal indexes, `'` or `h` for hardened ones where the scheme has them. */
  readonly path: string;
}

/** What `derive` takes, told apart by `kind`. */
export type DeriveRequest = DeriveEcdhRequest | DeriveHdRequest;

/**
 * The port every provider has: keys come into being, and their public halves come out.
 *
 * A rejected call made no key, unless its error's `retry` is `unknown-outcome`; with an `idempotencyKey` the
 * provider settles that itself.
 */
export interface KeyStore {
  /** Makes a key inside the provider. */
  create(request: CreateRequest, options?: CallOptions): Promise<KeyRecord>;
  /** Brings a key in. Rejects with `InvalidKeyMaterial` when the material is not a valid key of its type. */
  import(request: ImportRequest, options?: CallOptions): Promise<KeyRecord>;
  /** Makes a key from one the provider holds. */
  derive(request: DeriveRequest, options?: CallOptions): Promise<KeyRecord>;
  /** The public half of an asymmetric key. `UnsupportedCapability` for a symmetric one. */
  getPublic(key: string, options?: CallOptions): Promise<PublicKey>;
}
