import type { KeyrailError } from "@keyrail/core";
import type { ApiAnswer } from "./transport.ts";

/** An answer that was lost, and how to ask for it once more without doing it twice. */
export class LostAnswer extends Error {
  override readonly name = "LostAnswer";
  /** What the caller of the port sees when nobody can settle it. */
  readonly error: KeyrailError;
  readonly #again: () => Promise<ApiAnswer>;

  constructor(error: KeyrailError, again: () => Promise<ApiAnswer>) {
    super("The answer was lost.", { cause: error });
    this.error = error;
    this.#again = again;
  }

  /**
   * Sends the very same request with the same one-time token. The service takes a token once (dfns.md, section 2), so
   * of the two requests at most one has an effect.
   */
  again(): Promise<ApiAnswer> {
    return this.#again();
  }
}
