import { KeyrailError } from "@keyrail/core";
import type { ResolutionContext } from "inversify";
import { closeInTurn, nextPosition, type Opened } from "./closing-order.ts";

/**
 * Something that is opened when it is first asked for: once, however many ask at the same time; again when opening it
 * failed; and closed once. A singleton of the container's own would remember the failure for ever.
 */
export class Opening<Resource extends AsyncDisposable> {
  readonly #name: string;
  readonly #open: (context: ResolutionContext) => Promise<Resource>;
  #opened: Promise<Opened & { readonly resource: Resource }> | undefined;
  #closed: Promise<void> | undefined;

  /** @param name what it is, for errors. */
  constructor(name: string, open: (context: ResolutionContext) => Promise<Resource>) {
    this.#name = name;
    this.#open = open;
  }

  /** @throws KeyrailError `Closed`, and what opening throws. */
  async get(context: ResolutionContext): Promise<Resource> {
    if (this.#closed !== undefined) {
      throw new KeyrailError("Closed", `${this.#name} was closed with its container.`, { what: this.#name });
    }
    this.#opened ??= this.#openOnce(context);
    return (await this.#opened).resource;
  }

  /** Closes what was opened, or is being opened. Safe to call twice. */
  close(): Promise<void> {
    // One that failed to open has nothing to close; who asked for it was told.
    return (this.#closed ??= closeInTurn(Promise.resolve(this.#opened).catch(() => undefined)));
  }

  async #openOnce(context: ResolutionContext): Promise<Opened & { readonly resource: Resource }> {
    try {
      const resource = await this.#open(context);
      return { resource, position: nextPosition(), close: async () => resource[Symbol.asyncDispose]() };
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
  }
}
