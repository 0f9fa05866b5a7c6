export * from "./database.ts";
export * from "./open-database.ts";
export { isUniqueViolation } from "./database-errors.ts";
