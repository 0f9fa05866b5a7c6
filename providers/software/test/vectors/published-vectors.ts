/** The run over all published vectors through the ports of the software provider. */

import type { EngineName } from "@keyrail/crypto";
import { openSoftwareProvider, type SoftwareProvider } from "../../src/index.ts";
import {
  ecdhVectors,
  mlKemEncapsulationVectors,
  mlKemExpandedVectors,
  mlKemKeyVectors,
  mlKemVectors,
  xdhVectors,
} from "./agreement-vectors.ts";
import { bip32Vectors, shamirVectors, slip10Vectors } from "./hierarchical-vectors.ts";
import {
  bip340Vectors,
  ECDSA_FILES,
  ecdsaVectors,
  eddsaVectors,
  mlDsaSignVectors,
  mlDsaVerifyVectors,
  rfc8032Vectors,
} from "./signature-vectors.ts";
import { blockVectors, cbcVectors, gcmVectors, keyWrapVectors, MAC_FILES, macVectors } from "./symmetric-vectors.ts";
import { Tally } from "./tally.ts";

type FileRun = (provider: SoftwareProvider, tally: Tally) => Promise<void>;
/** File names and what runs them. */
export type VectorFiles = Readonly<Record<string, FileRun>>;

const ML_DSA = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"] as const;
const ML_KEM = ["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"] as const;

/** ECDSA. */
export const ecdsaFiles: VectorFiles = Object.fromEntries(Object.keys(ECDSA_FILES).map((file) => [file, ecdsaVectors]));

/** EdDSA, BIP-340 and ML-DSA. */
export const otherSignatureFiles: VectorFiles = {
  ed25519_test: eddsaVectors("Ed25519"),
  ed448_test: eddsaVectors("Ed448"),
  rfc8032: rfc8032Vectors,
  bip340: bip340Vectors,
  ...Object.fromEntries(
    ML_DSA.flatMap((keyType): [string, FileRun][] => {
      const name = keyType.replace("ML-DSA-", "mldsa_");
      return [
        [`${name}_verify_test`, mlDsaVerifyVectors(keyType)],
        [`${name}_sign_seed_test`, mlDsaSignVectors(keyType, "seed")],
        [`${name}_sign_noseed_test`, mlDsaSignVectors(keyType, "expanded")],
      ];
    }),
  ),
};

/** ECDH, X25519, X448 and ML-KEM. */
export const agreementFiles: VectorFiles = {
  ecdh_secp256r1_ecpoint_test: ecdhVectors("P-256"),
  ecdh_secp384r1_ecpoint_test: ecdhVectors("P-384"),
  ecdh_secp521r1_ecpoint_test: ecdhVectors("P-521"),
  ecdh_secp256k1_test: ecdhVectors("secp256k1"),
  x25519_test: xdhVectors("X25519"),
  x448_test: xdhVectors("X448"),
  ...Object.fromEntries(
    ML_KEM.flatMap((keyType): [string, FileRun][] => {
      const name = keyType.replace("ML-KEM-", "mlkem_");
      return [
        [`${name}_test`, mlKemVectors(keyType)],
        [`${name}_keygen_seed_test`, mlKemKeyVectors(keyType)],
        [`${name}_encaps_test`, mlKemEncapsulationVectors(keyType)],
        [`${name}_semi_expanded_decaps_test`, mlKemExpandedVectors(keyType)],
      ];
    }),
  ),
};

/** HMAC, AES, HD keys and shares. */
export const otherFiles: VectorFiles = {
  ...Object.fromEntries(MAC_FILES.map((file) => [file, macVectors(file)])),
  aes_gcm_test: gcmVectors,
  aes_cbc_pkcs5_test: cbcVectors,
  aes_wrap_test: keyWrapVectors(false),
  aes_kwp_test: keyWrapVectors(true),
  "sp800-38a-ecb-cbc": blockVectors,
  bip32: bip32Vectors,
  slip10: slip10Vectors,
  "rfc9591-frost-secp256k1": shamirVectors,
  "rfc9591-frost-ed25519": shamirVectors,
};

/** Every file. */
export const ALL_FILES: VectorFiles = { ...ecdsaFiles, ...otherSignatureFiles, ...agreementFiles, ...otherFiles };

/** How many cases the files hold together. */
export const ALL_CASES = 12_376;

/** Runs files on one engine, or on the fastest of each. */
export async function runVectors(files: VectorFiles, engine?: EngineName): Promise<Tally[]> {
  const tallies: Tally[] = [];
  for (const [file, run] of Object.entries(files)) {
    const provider = await openSoftwareProvider({
      store: { kind: "memory" },
      ...(engine === undefined ? {} : { engine }),
    });
    const tally = new Tally(file);
    try {
      await run(provider, tally);
    } finally {
      await provider.close();
    }
    if (tally.cases === 0) throw new Error(`${file} has no case.`);
    tallies.push(tally);
  }
  return tallies;
}
