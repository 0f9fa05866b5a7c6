/** The reference provider of Keyrail: keys in memory or in one encrypted SQLite file. */

export { SOFTWARE_CAPABILITIES } from "./capabilities/declaration.ts";
export {
  openSoftwareProvider,
  type SoftwareProvider,
  type SoftwareProviderOptions,
  type StoreOptions,
} from "./provider.ts";
export type { Argon2idParameters, KeyEncryptionKey } from "./sealing/key-encryption-key.ts";
