import { type CallOptions, type Health, isKeyrailError, KeyrailError, withinDeadline } from "@keyrail/core";
import { type Database, openDatabase } from "@keyrail/database";
import type { Transaction } from "kysely";
import {
  checkAliasName,
  checkKeyUri,
  checkLabels,
  checkTags,
  checkText,
  invalid,
  parseAliasReference,
} from "./names.ts";
import type { Alias, AliasLookUp, AliasSwitch, AuditRecord, ChangeContext, Registry } from "./registry.ts";
import { adopt } from "./sql/adoption.ts";
import { AliasCache, ALIAS_CHANNEL } from "./sql/alias-cache.ts";
import { type CheckedSwitch, cutOver, removeAlias, rollBack, setAlias, setLabels } from "./sql/alias-changes.ts";
import { aliasesOfKey, listAliases, lookUpAlias, readAlias, readHistory } from "./sql/alias-reader.ts";
import { beginChange, type Change, listAudit } from "./sql/audit-log.ts";
import { forgetKey, listKeys, readKey, setTags } from "./sql/key-directory.ts";
import { REGISTRY_SCHEMA, type RegistryTables } from "./sql/tables.ts";

/** What {@link openRegistry} takes. */
export interface RegistryOptions {
  /** An SQLite file (a path, `sqlite:PATH`, `:memory:`), made where there is none, or `postgres://…`. */
  readonly database: string;
  /** Who changes things through this object, where a change does not say; default the operating system's user name. */
  readonly actor?: string;
  /** PostgreSQL only: connections at once; default 8. One more listens for switches. */
  readonly connections?: number;
  /**
   * PostgreSQL only: how long `lookUp` may answer out of memory, milliseconds, 0 to 60,000; default 1,000. A switch
   * that another process committed is seen at the latest after that; 0 reads the database each time.
   */
  readonly maximumAge?: number;
  /** Ends the opening with `Aborted`. */
  readonly signal?: AbortSignal;
}

const DEFAULT_MAXIMUM_AGE = 1_000;
const LONGEST_MAXIMUM_AGE = 60_000;

/**
 * Opens the registry. Any number of processes may have it open; changes of others are seen as `lookUp` says.
 * @throws KeyrailError `InvalidConfiguration` for a URI of another kind; `StoreUnavailable` when it can't be reached,
 * read or written, or was written by a newer version of Keyrail; `Aborted`.
 */
export async function openRegistry(options: RegistryOptions): Promise<Registry> {
  const { actor, signal, connections, maximumAge = DEFAULT_MAXIMUM_AGE } = options;
  if (actor !== undefined) checkText("actor", actor, 1, 1024);
  if (!(maximumAge >= 0 && maximumAge <= LONGEST_MAXIMUM_AGE)) {
    throw new KeyrailError("InvalidConfiguration", `maximumAge lies between 0 and ${LONGEST_MAXIMUM_AGE} ms.`, {
      path: "maximumAge",
    });
  }
  throwIfAborted(signal);
  const database = await openDatabase<RegistryTables>(
    options.database,
    REGISTRY_SCHEMA,
    connections === undefined ? {} : { connections },
  );
  if (signal?.aborted === true) await database.close();
  throwIfAborted(signal);
  return new SqlRegistry(database, actor, maximumAge);
}

/** The registry in a database: checks what it is given, then runs one query or one transaction. */
class SqlRegistry implements Registry {
  readonly location: string;
  readonly #database: Database<RegistryTables>;
  readonly #actor: string | undefined;
  readonly #cache: AliasCache;
  #closed = false;

  constructor(database: Database<RegistryTables>, actor: string | undefined, maximumAge: number) {
    this.location = database.location;
    this.#database = database;
    this.#actor = actor;
    this.#cache = new AliasCache(database, maximumAge);
  }

  async health(options: CallOptions = {}): Promise<Health> {
    try {
      const read = (): Promise<unknown> =>
        this.#database.run((query) => query.selectFrom("registry_alias").select("name").limit(1).execute());
      await withinDeadline(read, options, "Reading the registry", false);
      return { healthy: true };
    } catch (error) {
      return { healthy: false, reason: isKeyrailError(error) ? error.message : "The registry can't be read." };
    }
  }

  async setAlias(
    name: string,
    key: string,
    options: ChangeContext & { readonly expect?: string | null } = {},
  ): Promise<Alias> {
    checkAliasName(name);
    const to = checkKeyUri(key);
    const { expect } = options;
    const expected = expect === undefined || expect === null ? expect : checkKeyUri(expect);
    return this.#changeAliases("set", options, async (transaction, change) => {
      await setAlias(transaction, name, to, expected, change);
      return readAlias(transaction, name);
    });
  }

  async setLabels(name: string, labels: Readonly<Record<string, string>>, context?: ChangeContext): Promise<Alias> {
    checkAliasName(name);
    const pairs = checkLabels(labels);
    return this.#change("label", context, async (transaction, change) => {
      await setLabels(transaction, name, pairs, change);
      return readAlias(transaction, name);
    });
  }

  async removeAlias(name: string, context?: ChangeContext): Promise<void> {
    checkAliasName(name);
    await this.#changeAliases("remove", context, (transaction, change) => removeAlias(transaction, name, change));
  }

  async alias(name: string): Promise<Alias> {
    checkAliasName(name);
    return this.#database.run((query) => readAlias(query, name));
  }

  async history(name: string): ReturnType<Registry["history"]> {
    checkAliasName(name);
    return this.#database.run((query) => readHistory(query, name));
  }

  async resolve(name: string): ReturnType<Registry["resolve"]> {
    const reference = parseAliasReference(name);
    const { earlier: _, ...found } = await this.#database.run((query) => lookUpAlias(query, reference));
    return found;
  }

  lookUp(name: string): AliasLookUp | Promise<AliasLookUp> {
    if (this.#closed)
      return Promise.reject(new KeyrailError("Closed", "The registry was closed.", { what: "registry" }));
    return this.#cache.lookUp(name);
  }

  aliases(filter: Parameters<Registry["aliases"]>[0] = {}): AsyncIterable<Alias> {
    return listAliases(this.#database, filter);
  }

  async aliasesOf(key: string): Promise<readonly Alias[]> {
    const { uri } = checkKeyUri(key);
    return this.#database.run((query) => aliasesOfKey(query, uri));
  }

  async adopt(
    records: Parameters<Registry["adopt"]>[0],
    options: Parameters<Registry["adopt"]>[1] = {},
  ): ReturnType<Registry["adopt"]> {
    return adopt(this.#database, records, options, () => beginChange("adopt", options, this.#actor));
  }

  async forget(key: string, context?: ChangeContext): Promise<void> {
    const { uri } = checkKeyUri(key);
    await this.#change("forget", context, (transaction, change) => forgetKey(transaction, uri, change));
  }

  async setTags(key: string, tags: readonly string[], context?: ChangeContext): ReturnType<Registry["setTags"]> {
    const { uri } = checkKeyUri(key);
    const checked = checkTags(tags);
    return this.#change("tag", context, (transaction, change) => setTags(transaction, uri, checked, change));
  }

  async key(key: string): ReturnType<Registry["key"]> {
    const { uri } = checkKeyUri(key);
    return this.#database.run((query) => readKey(query, uri));
  }

  keys(filter: Parameters<Registry["keys"]>[0] = {}): ReturnType<Registry["keys"]> {
    return listKeys(this.#database, filter);
  }

  async cutOver(switches: readonly AliasSwitch[], context?: ChangeContext): Promise<AuditRecord> {
    const checked = checkSwitches(switches);
    return this.#changeAliases("cut-over", context, (transaction, change) => cutOver(transaction, checked, change));
  }

  async rollBack(id: string, options: Parameters<Registry["rollBack"]>[1] = {}): Promise<AuditRecord> {
    checkText("cutOver", id, 1, 64);
    const names = options.aliases?.map(checkAliasName);
    if (names?.length === 0) throw invalid("aliases", "Name the aliases to roll back, or leave `aliases` out for all.");
    return this.#changeAliases("roll-back", options, (transaction, change) =>
      rollBack(transaction, id, names, change, checkKeyUri),
    );
  }

  audit(filter: Parameters<Registry["audit"]>[0] = {}): AsyncIterable<AuditRecord> {
    return listAudit(this.#database, filter);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#database.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #change<Result>(
    action: AuditRecord["action"],
    context: ChangeContext | undefined,
    work: (transaction: Transaction<RegistryTables>, change: Change) => Promise<Result>,
  ): Promise<Result> {
    const change = beginChange(action, context, this.#actor);
    return this.#database.transaction((transaction) => work(transaction, change), { exclusive: true });
  }

  /** A change that `lookUp` must see, here at once, and in other processes as soon as they hear of it. */
  async #changeAliases<Result>(
    action: AuditRecord["action"],
    context: ChangeContext | undefined,
    work: (transaction: Transaction<RegistryTables>, change: Change) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await this.#change(action, context, async (transaction, change) => {
        const result = await work(transaction, change);
        await this.#database.announce(transaction, ALIAS_CHANNEL);
        return result;
      });
    } finally {
      this.#cache.clear();
    }
  }
}

function checkSwitches(switches: readonly AliasSwitch[]): readonly CheckedSwitch[] {
  const names = new Set<string>();
  const checked = switches.map(({ alias, from, to }) => {
    if (names.has(checkAliasName(alias))) throw invalid("switches", `The alias ${alias} is to be switched twice.`);
    names.add(alias);
    const result = { alias, from: checkKeyUri(from), to: checkKeyUri(to) };
    if (result.from.uri === result.to.uri) throw invalid("switches", `The alias ${alias} is to be switched to itself.`);
    return result;
  });
  if (checked.length === 0) throw invalid("switches", "There is no alias to switch.");
  return checked;
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  const reason: unknown = signal.reason;
  throw new KeyrailError("Aborted", "Opening the registry was aborted.", { operation: "open" }, { cause: reason });
}
