export * from "./encodings/index.ts";
export * from "./load.ts";
export type { DerivationInput } from "./deterministic-derivation/deterministic-derivation.ts";
export type { EciesEncryptOptions, EciesParameters } from "./ecies/ecies.ts";
export type { DerivationPath } from "./hd/path.ts";
export type * from "./hd/types.ts";
export * from "./secret-sharing/types.ts";
export type { StarkKeyPair, StarkSignature, StarkSignatureOptions } from "./stark/stark-engine.ts";
