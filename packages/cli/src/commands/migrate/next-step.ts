import type { ItemCounts, Run } from "@keyrail/migration";

/** What to type next, as a sentence. */
export function nextStep({ id, state, summary }: Pick<Run, "id" | "state" | "summary">, counts: ItemCounts): string {
  switch (state) {
    case "created":
      // A process ended, or the disk was full, while the plan was taken in: the journal has a part of it.
      return Object.values(counts).reduce((sum, count) => sum + count) < summary.keys
        ? "Its plan was not taken in to the end. Next: keyrail migrate apply --plan FILE, with the file of the plan"
        : `Next: keyrail migrate apply --run ${id}`;
    case "applying":
    case "paused":
      return `Next: keyrail migrate apply --run ${id}`;
    case "applied":
      return counts.failed > 0
        ? `Next: mend what failed, then keyrail migrate apply --run ${id}; or go on without: keyrail migrate verify --run ${id}`
        : `Next: keyrail migrate verify --run ${id}`;
    case "verified":
      return `Next: keyrail migrate cutover --run ${id}`;
    case "cut-over":
      return `Next: keyrail migrate finalize --run ${id} retires the source; keyrail migrate rollback --run ${id} goes back.`;
    case "cancelled":
      return `It was cancelled: keyrail migrate rollback --run ${id} removes what it made.`;
    case "rolled-back":
      return "It was rolled back; a new plan starts anew.";
    case "finalised":
      return `It is done: keyrail migrate report --run ${id} and keyrail migrate evidence --run ${id} keep what was done.`;
  }
}
