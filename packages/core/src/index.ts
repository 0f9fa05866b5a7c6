export * from "./bytes.ts";
export * from "./errors.ts";
export * from "./key-material.ts";
export * from "./vocabulary.ts";
