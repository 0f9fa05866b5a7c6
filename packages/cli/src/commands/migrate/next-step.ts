import type { ItemCounts, Run } from "@keyrail/migration";

/** What to type next, as a sentence. */
export function nextStep({ id, state }: Pick<Run, "id" | "state">, counts: ItemCounts): string {
  switch (state) {
    case "created":
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
