export * from "./journal/journal.ts";
export { journalLine } from "./journal/journal-line.ts";
export { openJournal, type OpenJournalOptions } from "./journal/open-journal.ts";
export * from "./plan/plan.ts";
export type * from "./proof/proof.ts";
export type * from "./proof/verification.ts";
