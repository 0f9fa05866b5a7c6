export * from "./load.ts";
export type { StarkKeyPair, StarkSignature, StarkSignatureOptions } from "./stark/stark-engine.ts";
