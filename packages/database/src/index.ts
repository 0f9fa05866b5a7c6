export type * from "./change-watch.ts";
export * from "./database.ts";
export { databaseLocation } from "./location.ts";
export * from "./open-database.ts";
export { isUniqueViolation } from "./database-errors.ts";
export { orderedText } from "./ordered-text.ts";
