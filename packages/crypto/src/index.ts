/** Algorithms, key encodings, HD derivation and secret sharing for Keyrail. */

export * from "./encodings/index.ts";
export { ENGINE_NAMES, type EngineName } from "./engines/engine.ts";
export { operationsInFlight } from "./engines/in-flight.ts";
export { GENERATED_SECRET_BYTES, generatePrivateKey, generatePrivateKeyAsync, generateSecretKey } from "./keys/generate.ts";
export { openPrivateKey, openPublicKey, openSecretKey, type OpenOptions } from "./keys/open.ts";
export { OpenedPrivateKey, OpenedPublicKey, OpenedSecretKey } from "./keys/opened-keys.ts";
export { exportPrivateKey, exportSecretKey, openStored, type StoredKeyOptions, toStoredForm } from "./keys/stored-form.ts";
export { type Ciphertext, decrypt, type DecryptRequest, encrypt, type EncryptRequest } from "./operations/cipher.ts";
export { mac, verifyMac } from "./operations/mac.ts";
export { sign, signAsync, verify, verifyAsync } from "./operations/sign.ts";
export type {
  EcdsaFormat,
  SignatureParameters,
  SignRequest,
  SignResult,
  VerifyRequest,
} from "./operations/signature-scheme.ts";
export { signatureAlgorithms } from "./operations/signature-schemes.ts";
export * from "./load.ts";
export type { DerivationInput } from "./deterministic-derivation/deterministic-derivation.ts";
export type { EciesEncryptOptions, EciesParameters } from "./ecies/ecies.ts";
export type { DerivationPath } from "./hd/path.ts";
export type * from "./hd/types.ts";
export * from "./secret-sharing/types.ts";
export type { StarkKeyPair, StarkSignature, StarkSignatureOptions } from "./stark/stark-engine.ts";
