import type { IncomingHttpHeaders } from "node:http";
import { tryParseJson } from "../json.ts";

/** One request as it came over the wire. Held in memory only; tokens are replaced by a mark. */
export interface RecordedRequest {
  /** Counts up from 1 over the life of the emulator. */
  readonly sequence: number;
  /** Emulator time of arrival, ms since 1970. */
  readonly time: number;
  /** Number of the TLS connection it came on, from 1. */
  readonly connection: number;
  readonly method: string;
  readonly path: string;
  /** Without the question mark; empty when there is none. */
  readonly query: string;
  /** Operation of the endpoint table, when one matches. */
  readonly operation: string | undefined;
  /** `authorization`, `content-type`, `accept` and all `x-dfns-*`; the bearer token and user action read `<token>`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; the text itself when it is not JSON; absent when there was no body. */
  readonly body?: unknown;
  /** Absent while in flight and when no answer was sent. */
  status?: number;
}

const NAMED = new Set(["authorization", "content-type", "accept"]);

/** Requests in order of arrival, the last `capacity` of them. */
export class RequestLog {
  #entries: RecordedRequest[] = [];
  #sequence = 0;
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Whether anything is recorded at all. */
  get keeps(): boolean {
    return this.#capacity > 0;
  }

  add(
    request: Omit<RecordedRequest, "sequence" | "headers" | "body" | "status"> & {
      readonly headers: IncomingHttpHeaders;
      readonly body: string;
    },
  ): RecordedRequest {
    const { headers, body, ...rest } = request;
    const entry: RecordedRequest = {
      sequence: ++this.#sequence,
      ...rest,
      headers: headersThatMatter(headers),
      ...(body === "" ? {} : { body: (tryParseJson(body) ?? { value: body }).value }),
    };
    if (this.keeps) this.#entries.push(entry);
    // Cut in batches, so that a full log does not shift its array at every request.
    if (this.#entries.length > 2 * this.#capacity) this.#entries = this.#entries.slice(-this.#capacity);
    return entry;
  }

  /** The requests after sequence number `since` (all by default), oldest first. */
  list(since = 0): readonly RecordedRequest[] {
    return this.#entries.slice(-this.#capacity || this.#entries.length).filter(({ sequence }) => sequence > since);
  }

  clear(): void {
    this.#entries = [];
  }
}

function headersThatMatter(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== "string" || !(NAMED.has(name) || name.startsWith("x-dfns-"))) continue;
    if (name === "authorization") kept[name] = `${value.split(" ", 1)[0] ?? ""} <token>`;
    else kept[name] = name === "x-dfns-useraction" ? "<token>" : value;
  }
  return kept;
}
