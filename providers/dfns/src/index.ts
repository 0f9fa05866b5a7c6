/** The Dfns adapter of Keyrail: keys held by MPC signers behind the Dfns Keys API. */

export { type CapabilityChoices, dfnsCapabilities } from "./capabilities.ts";
export type { AccessTokenRequest, AccessTokenSource } from "./client/access-token.ts";
export type { RateLimit } from "./client/request-pacer.ts";
export type { CredentialSource, DfnsCredential, PemCredential, SignerCredential } from "./credential/credential.ts";
export { DEFAULT_URL, type DfnsProviderOptions } from "./options.ts";
export { openDfnsProvider } from "./provider.ts";
