import type { Client, Dispatcher } from "undici";
import type { Exchange } from "./exchange.ts";

/** An exchange that waits for a connection. */
interface Waiting {
  readonly exchange: Exchange;
  readonly options: Dispatcher.DispatchOptions;
}

/**
 * The connections to one host, each an undici client that does one exchange at a time. The one used last is taken first,
 * a new one only when all are busy, and whoever finds none waits for the first to be free.
 *
 * This is not undici's pool: that one hands a connection out again a turn of the event loop after its answer came. With
 * many in flight the answers of a turn are then all read before the next request goes out, so that client and server
 * wait for each other; and looking for a free one among all costs a tenth of the processor time of a request.
 */
export class Connections {
  readonly #open: () => Client;
  readonly #maximum: number;
  readonly #all: Client[] = [];
  readonly #idle: Client[] = [];
  readonly #waiting = new Set<Waiting>();
  #closed = false;

  /** @param open makes a client; it connects when it is first used, and again when its connection has ended. */
  constructor(open: () => Client, maximum: number) {
    this.#open = open;
    this.#maximum = maximum;
  }

  /** Begins the exchange as soon as there is a connection for it. */
  begin(exchange: Exchange, options: Dispatcher.DispatchOptions): void {
    if (this.#closed) {
      exchange.refuse(new ClientClosed());
      return;
    }
    const client = this.#idle.pop() ?? this.#opened();
    if (client === undefined) this.#wait({ exchange, options });
    else exchange.begin(client, options, () => this.#release(client));
  }

  /** Ends every connection and what is under way on it; what waits is not begun. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { exchange } of this.#waiting) exchange.refuse(new ClientClosed());
    this.#waiting.clear();
    await Promise.all(this.#all.map((client) => client.destroy()));
  }

  #opened(): Client | undefined {
    if (this.#all.length >= this.#maximum) return undefined;
    const client = this.#open();
    this.#all.push(client);
    return client;
  }

  #wait(waiting: Waiting): void {
    this.#waiting.add(waiting);
    // A caller who goes away while waiting takes no connection.
    waiting.exchange.whenSettled(() => this.#waiting.delete(waiting));
  }

  #release(client: Client): void {
    const [next] = this.#waiting;
    if (next === undefined || this.#closed) {
      this.#idle.push(client);
      return;
    }
    this.#waiting.delete(next);
    next.exchange.begin(client, next.options, () => this.#release(client));
  }
}

/** The client was closed before the request was sent. */
class ClientClosed extends Error {
  override readonly name = "ClientClosed";
  readonly code = "closed";

  constructor() {
    super("The client was closed.");
  }
}
