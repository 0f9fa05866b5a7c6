/** The Encedo HEM for Keyrail. */

export { encedoCapabilities } from "./capabilities.ts";
export { BROKER_URL, type BrokerOptions, createBrokerRelay } from "./client/broker-relay.ts";
export { CHECKIN_URL, type CheckinOptions } from "./client/check-in.ts";
export type { AuthenticatorRelay, ExternalAuthenticatorOptions, RelayOutcome } from "./client/external-login.ts";
export type { Timing } from "./client/limits.ts";
export type { PassphraseSource } from "./client/local-login.ts";
export type { SkippedRecordListener } from "./keys/key-reader.ts";
export type { EncedoProviderOptions } from "./options.ts";
export { openEncedoProvider } from "./provider.ts";
