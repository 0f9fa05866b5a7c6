import { KeyrailError } from "../errors.ts";
import type { KeyRecord } from "../key-record.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { KeyCatalog, ListOptions, RenameRequest, SearchRequest } from "../ports/key-catalog.ts";
import { parseRequest } from "../requests/parse.ts";
import { keySchema, listOptionsSchema, renameSchema, searchSchema } from "../requests/schemas.ts";
import { aborted } from "./deadline.ts";
import { frozenRecord } from "./frozen-record.ts";
import { checkText } from "./gate.ts";
import type { Invocation, Invoker } from "./invoker.ts";

/** The wrapped `KeyCatalog`. */
export function keyCatalogPort(catalog: KeyCatalog, invoker: Invoker): KeyCatalog {
  const { declaration } = invoker.compiled;

  /** Runs each step of an iterator as a call of its own, so that deadline and abort hold for every page. */
  async function* pages(
    operation: "list" | "search",
    rawOptions: ListOptions | undefined,
    start: (options: ListOptions | undefined) => AsyncIterable<KeyRecord>,
  ): AsyncGenerator<KeyRecord, void, undefined> {
    const { pageSize, ...rest } = parseRequest(listOptionsSchema, rawOptions ?? {});
    const options = invoker.begin(rest, operation);
    const given: ListOptions = { ...options, ...(pageSize === undefined ? {} : { pageSize }) };
    const iterator = start(given)[Symbol.asyncIterator]();
    const step: Invocation<IteratorResult<KeyRecord, unknown>> = { operation, call: () => iterator.next() };
    let finished = false;
    try {
      for (;;) {
        const next = await invoker.invoke(step, options);
        if (next.done === true) {
          finished = true;
          return;
        }
        const record = frozenRecord(next.value);
        invoker.known.remember(record);
        yield record;
        if (options?.signal?.aborted === true) throw aborted(operation, false, options.signal);
      }
    } finally {
      if (!finished) await iterator.return?.();
    }
  }

  return {
    async get(key: string, rawOptions?: CallOptions): Promise<KeyRecord> {
      const options = invoker.begin(rawOptions, "get");
      const id = invoker.resolve(parseRequest(keySchema, key));
      if (declaration.catalog?.get !== true)
        throw unsupported("give the record of one key", "List the keys and filter them.");
      const found = await invoker.invoke(
        { operation: "get", id, known: invoker.describe(id), call: (given) => catalog.get(id, given) },
        options,
      );
      const record = frozenRecord(found);
      invoker.known.remember(record);
      return record;
    },

    list(options?: ListOptions): AsyncIterable<KeyRecord> {
      if (declaration.catalog?.list !== true)
        throw unsupported("list its keys", "Keep the key URIs where you make them.");
      return pages("list", options, (given) => catalog.list(given));
    },

    search(raw: SearchRequest, options?: ListOptions): AsyncIterable<KeyRecord> {
      const request = parseRequest(searchSchema, raw);
      for (const criterion of ["label", "descriptionPrefix"] as const) {
        if (request[criterion] !== undefined && declaration.catalog?.search.includes(criterion) !== true) {
          throw unsupported(`search by ${criterion}`, "List the keys and filter them.");
        }
      }
      return pages("search", options, (given) => catalog.search(request, given));
    },

    async rename(raw: RenameRequest, rawOptions?: CallOptions): Promise<KeyRecord> {
      const options = invoker.begin(rawOptions, "rename");
      const parsed = parseRequest(renameSchema, raw);
      const request = { ...parsed, key: invoker.resolve(parsed.key) };
      for (const member of ["label", "description"] as const) {
        const text = request[member];
        if (text === undefined) continue;
        if (declaration.catalog?.rename.includes(member) !== true)
          throw unsupported(`change a ${member}`, "Leave it out.");
        if (text !== null) checkText(invoker.compiled, member, text, declaration[member]);
      }
      if (request.label === undefined && request.description === undefined) {
        throw new KeyrailError("InvalidRequest", "Give a new label or a new description.", { path: "label" });
      }
      const renamed = await invoker.invoke(
        {
          operation: "rename",
          id: request.key,
          known: invoker.describe(request.key),
          mutates: true,
          call: (given) => catalog.rename(request, given),
        },
        options,
      );
      const record = frozenRecord(renamed);
      invoker.known.remember(record);
      return record;
    },

    async remove(key: string, rawOptions?: CallOptions): Promise<void> {
      const options = invoker.begin(rawOptions, "remove");
      const id = invoker.resolve(parseRequest(keySchema, key));
      if (declaration.catalog?.remove === undefined)
        throw unsupported("remove a key", "Remove it with the vendor's own tools.");
      await invoker.invoke(
        {
          operation: "remove",
          id,
          known: invoker.describe(id),
          mutates: true,
          call: (given) => catalog.remove(id, given),
        },
        options,
      );
      invoker.known.forget(id);
    },
  };

  function unsupported(what: string, nearest: string): KeyrailError<"UnsupportedCapability"> {
    return new KeyrailError("UnsupportedCapability", `${declaration.title} can't ${what}. ${nearest}`, {
      provider: declaration.provider,
      operation: what,
      nearest,
    });
  }
}
