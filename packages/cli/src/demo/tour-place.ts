import type { Interruption } from "../runtime/interrupt.ts";
import type { Session } from "../runtime/session.ts";
import type { Narrator } from "./narrator.ts";

/** Where a tour happens and how it speaks. */
export interface TourPlace {
  /** The repository. */
  readonly root: string;
  /** Folder of files that are gone afterwards. */
  readonly scratch: string;
  /** Folder of files that stay. */
  readonly kept: string;
  readonly narrator: Narrator;
  readonly session: Session;
  readonly interruption: Interruption;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}
