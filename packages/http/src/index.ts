export * from "./http-client.ts";
export * from "./in-flight-limit.ts";
export type { TlsTrust } from "./tls-trust.ts";
