/** What the author of a provider writes to have it checked. */

import type { Provider } from "@keyrail/core";

/**
 * Where the evidence of a report comes from.
 *
 * - `live`: the real back end. Software that runs in this process is the real thing, so its evidence is `live` too.
 * - `recorded`: traffic recorded from the real back end and played back.
 * - `emulator`: a stand-in that behaves as the vendor documents.
 */
export type EvidenceOrigin = "emulator" | "recorded" | "live";

/** One back end, ready to be checked. */
export interface HarnessInstance {
  readonly provider: Provider;
  /**
   * How many requests have gone over the wire so far, where the harness can count them. With it the suite proves that
   * a refusal sends nothing.
   */
  wireRequests?(): number;
  /** Closes the provider and opens another one on the same keys; only where keys outlive a provider object. */
  reopen?(): Promise<Provider>;
  /** From now on every answer of the back end takes this many milliseconds; 0 takes that back. */
  delayAnswers?(milliseconds: number): void;
  /** Secrets of the harness itself (passphrases, tokens, private keys) that must never be seen in errors or output. */
  readonly secrets?: readonly Uint8Array[];
}

/** A setup and teardown pair. */
export interface Harness {
  /** What stands above the column of a matrix: the provider and, where it matters, the variant. */
  readonly name: string;
  readonly evidence: EvidenceOrigin;
  /** Opens the back end. Throw {@link MissingCredentials} when it can't be reached without credentials that are absent. */
  setup(): Promise<HarnessInstance>;
  /** Called once at the end, also when checks failed or the run was aborted; the provider may be closed already. */
  teardown?(): Promise<void>;
}

/** Thrown by {@link Harness.setup}: every cell of the report becomes `blocked`, with this text. */
export class MissingCredentials extends Error {
  override readonly name = "MissingCredentials";
}
