/** Which port an algorithm name belongs to. */

import {
  AGREEMENT_ALGORITHMS,
  type AgreementAlgorithm,
  type Algorithm,
  CIPHER_ALGORITHMS,
  type CipherAlgorithm,
  DERIVATION_ALGORITHMS,
  type DerivationAlgorithm,
  KEM_ALGORITHMS,
  type KemAlgorithm,
  MAC_ALGORITHMS,
  type MacAlgorithm,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  WRAP_ALGORITHMS,
  type WrapAlgorithm,
} from "@keyrail/core";

function among<Name extends Algorithm>(names: readonly Name[]): (name: Algorithm | undefined) => name is Name {
  const all: readonly (Algorithm | undefined)[] = names;
  return (name): name is Name => all.includes(name);
}

type Kind<Name extends Algorithm> = (name: Algorithm | undefined) => name is Name;

export const isSignature: Kind<SignatureAlgorithm> = among(SIGNATURE_ALGORITHMS);
export const isAgreement: Kind<AgreementAlgorithm> = among(AGREEMENT_ALGORITHMS);
export const isMac: Kind<MacAlgorithm> = among(MAC_ALGORITHMS);
export const isCipher: Kind<CipherAlgorithm> = among(CIPHER_ALGORITHMS);
export const isWrap: Kind<WrapAlgorithm> = among(WRAP_ALGORITHMS);
export const isKem: Kind<KemAlgorithm> = among(KEM_ALGORITHMS);
export const isDerivation: Kind<DerivationAlgorithm> = among(DERIVATION_ALGORITHMS);
