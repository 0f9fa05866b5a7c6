export {
  KEY_FILE_FORMATS,
  type DecodedPrivateKey,
  type KeyFileFormat,
  type ParsedKey,
  type ParsedPrivateKey,
  type ParsedPublicKey,
  type ParsedSecretKey,
} from "./parsed-key.ts";
export { decryptPkcs8, encryptPkcs8, type EncryptPkcs8Options } from "./pbes2.ts";
export { PEM_LABELS } from "./pem-key-file.ts";
export { decodePkcs8, writePkcs8 } from "./pkcs8.ts";
export { readKeyFile, type ReadKeyFileOptions } from "./read-key-file.ts";
export { isScalarInRange } from "./scalar.ts";
export { writeSec1 } from "./sec1.ts";
export { isSymmetricKeyType, keyTypeOfJwkAlgorithm, writeSecretJwk, type SecretJwk } from "./secret-jwk.ts";
export { writeSolanaIdFile } from "./solana.ts";
export {
  WRITABLE_KEY_FILE_FORMATS,
  writeKeyFile,
  type WritableKeyFileFormat,
  type WriteKeyFileOptions,
} from "./write-key-file.ts";
export { writePrivateJwk, type PrivateJwk } from "./write-private-jwk.ts";
