export { openRegistry, type RegistryOptions } from "./open-registry.ts";
export * from "./registry.ts";
export { createRouter } from "./router/create-router.ts";
export type * from "./router/router.ts";
export { verifySignature } from "./router/verify-signature.ts";
