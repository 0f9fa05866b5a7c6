export * from "./bytes.ts";
export * from "./der/index.ts";
export * from "./encoding/index.ts";
export * from "./errors.ts";
export * from "./key-material.ts";
export * from "./public-key/index.ts";
export * from "./vocabulary.ts";
