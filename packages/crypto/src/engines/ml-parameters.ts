/** The parameter sets of ML-KEM (FIPS 203) and ML-DSA (FIPS 204), and noble's object for each. */

import type { DSA } from "@noble/post-quantum/ml-dsa.js";
import type { MLKEM } from "@noble/post-quantum/ml-kem.js";
import { nobleMlDsa, nobleMlKem } from "./lazy-module.ts";

/** Parameter sets of ML-DSA. */
export type MlDsaType = "ML-DSA-44" | "ML-DSA-65" | "ML-DSA-87";
/** Parameter sets of ML-KEM. */
export type MlKemType = "ML-KEM-512" | "ML-KEM-768" | "ML-KEM-1024";

/** Lengths in bytes of ML-DSA signatures (FIPS 204, table 2). */
export const ML_DSA_SIGNATURE_BYTES: Readonly<Record<MlDsaType, number>> = {
  "ML-DSA-44": 2420,
  "ML-DSA-65": 3309,
  "ML-DSA-87": 4627,
};

/** Lengths in bytes of ML-KEM ciphertexts (FIPS 203, table 3). */
export const ML_KEM_CIPHERTEXT_BYTES: Readonly<Record<MlKemType, number>> = {
  "ML-KEM-512": 768,
  "ML-KEM-768": 1088,
  "ML-KEM-1024": 1568,
};

/** Whether the key type is an ML-DSA parameter set. */
export function isMlDsa(keyType: string): keyType is MlDsaType {
  return Object.hasOwn(ML_DSA_SIGNATURE_BYTES, keyType);
}

/** Whether the key type is an ML-KEM parameter set. */
export function isMlKem(keyType: string): keyType is MlKemType {
  return Object.hasOwn(ML_KEM_CIPHERTEXT_BYTES, keyType);
}

/** noble's ML-DSA of a parameter set. */
export function nobleDsa(keyType: MlDsaType): DSA {
  const module = nobleMlDsa.get();
  if (keyType === "ML-DSA-44") return module.ml_dsa44;
  return keyType === "ML-DSA-65" ? module.ml_dsa65 : module.ml_dsa87;
}

/** noble's ML-KEM of a parameter set. */
export function nobleKem(keyType: MlKemType): MLKEM {
  const module = nobleMlKem.get();
  if (keyType === "ML-KEM-512") return module.ml_kem512;
  return keyType === "ML-KEM-768" ? module.ml_kem768 : module.ml_kem1024;
}
