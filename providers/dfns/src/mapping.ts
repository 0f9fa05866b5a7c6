/**
 * Dfns' words and Keyrail's: scheme, curve and protocol against key type, usages and algorithms (dfns.md, section 6).
 *
 * The tables are total over what the fact sheet documents. A value outside them is never guessed at: the readers give
 * `undefined`, and callers report the value as it stands.
 */

import type { Algorithm, AsymmetricKeyType, DerivationAlgorithm, SignatureAlgorithm, Usage } from "@keyrail/core";
import type { SharingCurve } from "@keyrail/crypto";

/** The provider's name: the scheme of its URIs. */
export const PROVIDER_NAME = "dfns";

/** Schemes of the API. */
export const SCHEMES = ["ECDSA", "EdDSA", "Schnorr", "DH"] as const;
export type Scheme = (typeof SCHEMES)[number];

/** Curves of the API, with the key type whose keys they carry. */
export const CURVES: { readonly secp256k1: "secp256k1"; readonly stark: "stark"; readonly ed25519: "Ed25519" } = {
  secp256k1: "secp256k1",
  stark: "stark",
  ed25519: "Ed25519",
};
export type Curve = keyof typeof CURVES;

/** Protocols of the API: those written today, then those only read (older names, and KU23, which the service chooses). */
export const PROTOCOLS = ["CGGMP24", "FROST", "FROST_BITCOIN", "GLOW20_DH", "CGGMP21", "KU23"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** One row of the vendor's scheme matrix, in both languages. */
export interface KeyKind {
  readonly scheme: Scheme;
  readonly curve: Curve;
  /** The protocol we write. */
  readonly protocol: Protocol;
  readonly keyType: SharingCurve & AsymmetricKeyType;
  /** Usages of a key that is no master. */
  readonly usages: readonly Usage[];
  /**
   * Algorithms the key is restricted to, where the key type alone does not tell: a key made for BIP341 is a Schnorr key,
   * one made for GLOW20 a DH key, and ECDSA is what secp256k1 means otherwise.
   */
  readonly algorithms?: readonly Algorithm[];
  readonly signatureAlgorithms: readonly SignatureAlgorithm[];
  /** Derivation of its children when it is a master. */
  readonly hierarchical?: DerivationAlgorithm;
  /** Whether the vendor's import and export modules know the pair. */
  readonly portable: boolean;
}

/** The scheme matrix. The first row of a key type is the one meant when nothing is said; see {@link kindFor}. */
export const KEY_KINDS: readonly KeyKind[] = [
  {
    scheme: "ECDSA",
    curve: "secp256k1",
    protocol: "CGGMP24",
    keyType: "secp256k1",
    usages: ["sign"],
    algorithms: ["ES256K", "ECDSA"],
    signatureAlgorithms: ["ES256K", "ECDSA"],
    hierarchical: "BIP32",
    portable: true,
  },
  {
    scheme: "Schnorr",
    curve: "secp256k1",
    protocol: "FROST_BITCOIN",
    keyType: "secp256k1",
    usages: ["sign"],
    algorithms: ["BIP341"],
    signatureAlgorithms: ["BIP341"],
    hierarchical: "BIP32",
    portable: true,
  },
  {
    scheme: "DH",
    curve: "secp256k1",
    protocol: "GLOW20_DH",
    keyType: "secp256k1",
    usages: ["derive"],
    algorithms: ["GLOW20"],
    signatureAlgorithms: [],
    portable: false,
  },
  {
    scheme: "EdDSA",
    curve: "ed25519",
    protocol: "FROST",
    keyType: "Ed25519",
    usages: ["sign"],
    signatureAlgorithms: ["Ed25519"],
    hierarchical: "EDWARDS-HD",
    portable: true,
  },
  {
    scheme: "ECDSA",
    curve: "stark",
    protocol: "CGGMP24",
    keyType: "stark",
    usages: ["sign"],
    signatureAlgorithms: ["ECDSA"],
    hierarchical: "STARK-HD",
    portable: true,
  },
];

const SCHEMES_OF_PROTOCOLS: Readonly<Record<Protocol, Scheme>> = {
  CGGMP24: "ECDSA",
  CGGMP21: "ECDSA",
  KU23: "ECDSA",
  FROST: "EdDSA",
  FROST_BITCOIN: "Schnorr",
  GLOW20_DH: "DH",
};

/** The row of a scheme and curve as the service names them; undefined for a pair this version does not know. */
export function kindOf(scheme: string, curve: string): KeyKind | undefined {
  return KEY_KINDS.find((kind) => kind.scheme === scheme && kind.curve === curve);
}

/** The row of a protocol (old and new names) and curve; undefined for a pair this version does not know. */
export function kindOfProtocol(protocol: string, curve: string): KeyKind | undefined {
  const known = PROTOCOLS.find((name) => name === protocol);
  return known === undefined ? undefined : kindOf(SCHEMES_OF_PROTOCOLS[known], curve);
}

/** What a request for a new key says of its kind. */
export interface WantedKind {
  readonly keyType: string;
  readonly usages: readonly Usage[];
  readonly algorithms?: readonly Algorithm[] | undefined;
  /** The derivation of its children, for a master. */
  readonly hierarchical?: DerivationAlgorithm | undefined;
  /** Only kinds that can be imported. */
  readonly portable?: boolean;
}

/**
 * The row that a request for a new key means: the one restricted to these algorithms; without a restriction the one
 * whose keys do what is asked and no more, else the first of the key type.
 *
 * @returns undefined for a set of algorithms that no row has exactly, so that no key ever allows more than was asked.
 */
export function kindFor({ keyType, usages, algorithms, hierarchical, portable }: WantedKind): KeyKind | undefined {
  const kinds = KEY_KINDS.filter(
    (kind) =>
      kind.keyType === keyType &&
      (hierarchical === undefined || kind.hierarchical === hierarchical) &&
      (portable !== true || kind.portable),
  );
  if (algorithms !== undefined) return kinds.find((kind) => sameSet(algorithms, kind.algorithms ?? []));
  return kinds.find((kind) => sameSet(usages, usagesOf(kind, hierarchical !== undefined))) ?? kinds[0];
}

/** Usages of a key of this kind: a master derives as well. */
export function usagesOf(kind: KeyKind, master: boolean): readonly Usage[] {
  return master ? [...new Set<Usage>([...kind.usages, "derive"])] : kind.usages;
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((item) => right.includes(item));
}
