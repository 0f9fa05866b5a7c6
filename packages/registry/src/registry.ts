/** The registry: stable names of a service's own, and which key each stands for. */

import type { CallOptions, Health, KeyRecord, PublicKey } from "@keyrail/core";

/** How many earlier keys of an alias {@link Registry.lookUp} gives at most. */
export const EARLIER_VERSIONS = 16;

/**
 * One version of an alias: the key it stood for from one switch to the next. Versions count from 1, and a name that was
 * removed goes on counting when it is made again, so `NAME@VERSION` never means another key. A previous version stays
 * usable under `NAME@VERSION`, and for verifying, decrypting and unwrapping under the name alone.
 */
export interface AliasVersion {
  readonly version: number;
  /** Key URI. */
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Why the alias was switched to this key: the `reason` of the change. */
  readonly reason?: string;
}

/** An alias as it stands. */
export interface Alias {
  /** 1 to 128 characters: lower-case letters, digits and `. _ - /`; starts and ends with a letter or digit. */
  readonly name: string;
  readonly current: AliasVersion;
  /**
   * Free text pairs for finding aliases: at most 32, keys of 1 to 64 and values to 256 characters, no control
   * characters.
   */
  readonly labels: Readonly<Record<string, string>>;
}

/** Who changed something, and why; kept in the audit records. Texts of 1 to 1,024 characters, no control characters. */
export interface ChangeContext {
  /** A person or a program; default the actor the registry was opened with, else the operating system's user name. */
  readonly actor?: string;
  readonly reason?: string;
  /** The migration run that a cut-over belongs to. */
  readonly run?: string;
}

/** One alias to switch. Nothing is switched unless every alias of the change still names its `from`. */
export interface AliasSwitch {
  readonly alias: string;
  /** Key URI the alias must name now. */
  readonly from: string;
  /** Key URI it names afterwards. */
  readonly to: string;
}

/** What one atomic change did. Plain data. */
export interface AuditRecord {
  /** UUIDv7 (RFC 9562): sorts by time. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly action: "set" | "label" | "remove" | "adopt" | "forget" | "tag" | "cut-over" | "roll-back";
  readonly actor: string;
  readonly reason?: string;
  readonly run?: string;
  /** `roll-back`: the cut-over that was undone. */
  readonly undoes?: string;
  /**
   * Aliases that changed: the key before and after, absent where there was or is none, and the version it has since
   * (`remove`: the last one it had). `label` has the same key twice.
   */
  readonly switches: readonly {
    readonly alias: string;
    readonly from?: string;
    readonly to?: string;
    readonly version: number;
  }[];
  /** Key URIs that were adopted or brought up to date, forgotten or tagged. */
  readonly keys: readonly string[];
}

/** A key the registry knows of, whether or not an alias names it. */
export interface RegisteredKey {
  readonly uri: string;
  readonly keyType: KeyRecord["keyType"];
  readonly usages: KeyRecord["usages"];
  readonly label: string;
  readonly half: KeyRecord["half"];
  readonly publicKey?: PublicKey;
  readonly tags: readonly string[];
  /** Milliseconds since the epoch. */
  readonly adoptedAt: number;
}

/** Which aliases to give; given members must all match. */
export interface AliasFilter {
  /** The name starts so. */
  readonly prefix?: string;
  /** It has all these labels. */
  readonly labels?: Readonly<Record<string, string>>;
  /** It names a key at this provider URI now. */
  readonly provider?: string;
}

/** Which keys to give; given members must all match. */
export interface KeyFilter {
  /** It has this tag. */
  readonly tag?: string;
  /** It is at this provider URI. */
  readonly provider?: string;
}

/** Options of {@link Registry.adopt}. */
export interface AdoptOptions extends ChangeContext {
  /** Given to every key, beside the tags it has. */
  readonly tags?: readonly string[];
  /** Ends the adoption between two batches with `Aborted`. */
  readonly signal?: AbortSignal;
}

/** What {@link Registry.adopt} did. */
export interface Adoption {
  /** Keys that were not in the registry. */
  readonly adopted: number;
  /** Keys that were. */
  readonly known: number;
}

/** What {@link Registry.resolve} found. */
export interface ResolvedKey {
  readonly alias: string;
  readonly version: number;
  /** Key URI. */
  readonly key: string;
}

/** What {@link Registry.lookUp} found. */
export interface AliasLookUp extends ResolvedKey {
  /**
   * Of a name without a version: the other keys it named before, each once under the newest version that did, newest
   * first, {@link EARLIER_VERSIONS} at most.
   */
  readonly earlier: readonly ResolvedKey[];
}

/**
 * The registry. Every change is one transaction with its audit record: all of it happens, or nothing.
 *
 * Errors: `InvalidRequest` (names, URIs, texts), `KeyNotFound` (no such alias, with its name as the key; no such key),
 * `KeyExists` (an alias that was expected not to be there), `OperationRefused` (the alias names another key than the
 * change says), `StoreUnavailable`, `IntegrityFailed` (what is stored can't be read), `Closed`.
 */
export interface Registry extends AsyncDisposable {
  /** Where it is kept, for people; no user name, no password. */
  readonly location: string;
  /** Whether it can be read now; never rejects. */
  health(options?: CallOptions): Promise<Health>;
  /**
   * Makes an alias, or switches it to another key as a new version. `expect` is the key URI it must name now, `null`
   * for none. Naming the key it names already changes nothing.
   */
  setAlias(name: string, key: string, options?: ChangeContext & { readonly expect?: string | null }): Promise<Alias>;
  /** Replaces the labels of an alias. */
  setLabels(name: string, labels: Readonly<Record<string, string>>, context?: ChangeContext): Promise<Alias>;
  /** Takes the alias and its history away; the audit records stay. */
  removeAlias(name: string, context?: ChangeContext): Promise<void>;
  alias(name: string): Promise<Alias>;
  /** Newest version first. */
  history(name: string): Promise<readonly AliasVersion[]>;
  /** The key a name stands for now (`NAME`), or stood for (`NAME@VERSION`). Always reads what is committed. */
  resolve(name: string): Promise<ResolvedKey>;
  /**
   * As {@link Registry.resolve}, out of memory where that is still right, and then without a promise: for the path of
   * every operation. What this registry object committed is seen at once. What others committed is seen at once on
   * SQLite; on PostgreSQL as a rule within milliseconds, and at the latest `maximumAge` after the commit.
   */
  lookUp(name: string): AliasLookUp | Promise<AliasLookUp>;
  /** In the order of their names, page by page. */
  aliases(filter?: AliasFilter): AsyncIterable<Alias>;
  /** The aliases that name this key URI now. */
  aliasesOf(key: string): Promise<readonly Alias[]>;
  /**
   * Takes keys that exist at a provider into the registry, with their tags; a key that is there is brought up to date.
   * Nothing is made at the provider. The records are read as they come and committed in batches of 500, each with an
   * audit record when it changed something: after an abort or a failure, adopt again; what is there counts as `known`.
   */
  adopt(records: Iterable<KeyRecord> | AsyncIterable<KeyRecord>, options?: AdoptOptions): Promise<Adoption>;
  /** Takes a key out of the registry; aliases that name it go on naming it, and the provider is not asked. */
  forget(key: string, context?: ChangeContext): Promise<void>;
  /** Replaces the tags of a key: at most 32, 1 to 64 characters each, no control characters. */
  setTags(key: string, tags: readonly string[], context?: ChangeContext): Promise<RegisteredKey>;
  key(uri: string): Promise<RegisteredKey>;
  /** In the order of their URIs, page by page. */
  keys(filter?: KeyFilter): AsyncIterable<RegisteredKey>;
  /** Switches aliases, all or none. The record's id undoes it. */
  cutOver(switches: readonly AliasSwitch[], context?: ChangeContext): Promise<AuditRecord>;
  /**
   * Switches the aliases of a cut-over back, as new versions, all or none. `OperationRefused` when one of them was
   * switched again since; `aliases` takes only some of them.
   */
  rollBack(cutOver: string, options?: ChangeContext & { readonly aliases?: readonly string[] }): Promise<AuditRecord>;
  /** Newest first, page by page. */
  audit(filter?: { readonly alias?: string; readonly run?: string }): AsyncIterable<AuditRecord>;
  /** Every later call rejects with `Closed`. Safe to call twice. */
  close(): Promise<void>;
}
