/** Algorithms, key encodings, HD derivation and secret sharing for Keyrail. */

export * from "./encodings/index.ts";
export { derFromP1363, isLowS, normaliseLowS, p1363FromDer } from "./engines/ecdsa-signature.ts";
export { ENGINE_NAMES, type EngineName } from "./engines/engine.ts";
export { operationsInFlight } from "./engines/in-flight.ts";
export { areEnginesReady, prepareEngines, type PrepareOptions } from "./engines/prepare.ts";
export type { TweakedKey } from "./engines/schnorr.ts";
export {
  GENERATED_SECRET_BYTES,
  generatePrivateKey,
  generatePrivateKeyAsync,
  generateSecretKey,
} from "./keys/generate.ts";
export { checkPublicKey, openPrivateKey, openPublicKey, openSecretKey, type OpenOptions } from "./keys/open.ts";
export { OpenedPrivateKey, OpenedPublicKey, OpenedSecretKey } from "./keys/opened-keys.ts";
export {
  exportPrivateKey,
  exportSecretKey,
  openStored,
  type StoredKeyOptions,
  toStoredForm,
} from "./keys/stored-form.ts";
export { agree, agreeAsync } from "./operations/agree.ts";
export {
  type Ciphertext,
  decrypt,
  decryptAsync,
  type DecryptRequest,
  encrypt,
  encryptAsync,
  type EncryptRequest,
} from "./operations/cipher.ts";
export { type EngineAlgorithm, engineFor, type EngineForOptions } from "./operations/engine-for.ts";
export { hkdf, type HkdfHash, type HkdfRequest } from "./operations/hkdf.ts";
export { decapsulate, type EncapsulateOptions, type Encapsulation, encapsulate } from "./operations/kem.ts";
export { unwrap, wrap } from "./operations/key-wrap.ts";
export { mac, macAsync, verifyMac, verifyMacAsync } from "./operations/mac.ts";
export {
  argon2id,
  type Argon2idParameters,
  isArgon2Available,
  pbkdf2,
  type Pbkdf2Parameters,
  scrypt,
  type ScryptParameters,
} from "./operations/password-kdf.ts";
export {
  recoverCandidates,
  recoverPublicKey,
  type RecoverRequest,
  type RecoveryCandidate,
} from "./operations/recover.ts";
export { liftXOnlyPublicKey, taprootOutputKey } from "./operations/schnorr.ts";
export { openSealed, seal, SEAL_OVERHEAD_BYTES } from "./operations/sealing.ts";
export { sign, signAsync, verify, verifyAsync } from "./operations/sign.ts";
export type { SignatureParameters, SignRequest, VerifyRequest } from "./operations/signature-scheme.ts";
export { signatureAlgorithms } from "./operations/signature-schemes.ts";
export * from "./load.ts";
export type { DerivationInput } from "./deterministic-derivation/deterministic-derivation.ts";
export type { EciesEncryptOptions, EciesParameters } from "./ecies/ecies.ts";
export type { DerivationPath } from "./hd/path.ts";
export type * from "./hd/types.ts";
export * from "./secret-sharing/types.ts";
export type { StarkKeyPair, StarkSignature, StarkSignatureOptions } from "./stark/stark-engine.ts";
