/** The registry: stable names of a service's own, and which key each stands for. */

import type { KeyRecord, PublicKey } from "@keyrail/core";

/**
 * One version of an alias: the key it stood for from one switch to the next. Versions count from 1. A previous version
 * stays usable under `NAME@VERSION`, and for verifying, decrypting and unwrapping under the name alone.
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
  /** Free text pairs for finding aliases: at most 32, keys to 64 and values to 256 characters. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Who changed something, and why; kept in the audit records. */
export interface ChangeContext {
  /** A person or a program; default the operating system's user name. */
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
  /** Time-ordered. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly action: "set" | "label" | "remove" | "adopt" | "forget" | "tag" | "cut-over" | "roll-back";
  readonly actor: string;
  readonly reason?: string;
  readonly run?: string;
  /** `roll-back`: the cut-over that was undone. */
  readonly undoes?: string;
  /** Aliases that changed: the key before and after; absent where there was or is none. */
  readonly switches: readonly { readonly alias: string; readonly from?: string; readonly to?: string }[];
  /** Key URIs that were adopted, forgotten or tagged. */
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

/** Which keys or aliases to give. */
export interface RegistryFilter {
  /** Aliases whose name starts so. */
  readonly prefix?: string;
  /** Aliases that have all these labels. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Keys that have this tag. */
  readonly tag?: string;
  /** Aliases of, or keys at, this provider URI. */
  readonly provider?: string;
}

/** What {@link Registry.resolve} found. */
export interface ResolvedKey {
  readonly alias: string;
  readonly version: number;
  /** Key URI. */
  readonly key: string;
}

/**
 * The registry. Every change is one transaction with its audit record: all of it happens, or nothing.
 *
 * Errors: `InvalidRequest` (names, URIs), `KeyNotFound` (no such alias, with its name as the key), `KeyExists`,
 * `OperationRefused` (the alias names another key than the change says), `StoreUnavailable`, `Closed`.
 */
export interface Registry extends AsyncDisposable {
  /** Where it is kept, for people; no user name, no password. */
  readonly location: string;
  /**
   * Makes an alias, or switches it to another key as a new version. `expect` is the key URI it must name now, `null`
   * for none. Naming the key it names already changes nothing.
   */
  setAlias(name: string, key: string, options?: ChangeContext & { readonly expect?: string | null }): Promise<Alias>;
  setLabels(name: string, labels: Readonly<Record<string, string>>, context?: ChangeContext): Promise<Alias>;
  /** Takes the alias and its history away; the audit records stay. */
  removeAlias(name: string, context?: ChangeContext): Promise<void>;
  alias(name: string): Promise<Alias>;
  /** Newest version first. */
  history(name: string): Promise<readonly AliasVersion[]>;
  /** The key a name stands for now (`NAME`), or stood for (`NAME@VERSION`). Always reads what is committed. */
  resolve(name: string): Promise<ResolvedKey>;
  /** In the order of their names, page by page. */
  aliases(filter?: RegistryFilter): AsyncIterable<Alias>;
  /** The aliases that name this key URI now. */
  aliasesOf(key: string): Promise<readonly Alias[]>;
  /** Takes keys that exist at a provider into the registry; a key that is there is brought up to date. */
  adopt(
    records: Iterable<KeyRecord> | AsyncIterable<KeyRecord>,
    options?: ChangeContext & { readonly tags?: readonly string[] },
  ): Promise<{ readonly adopted: number; readonly known: number }>;
  forget(key: string, context?: ChangeContext): Promise<void>;
  setTags(key: string, tags: readonly string[], context?: ChangeContext): Promise<RegisteredKey>;
  key(uri: string): Promise<RegisteredKey>;
  keys(filter?: RegistryFilter): AsyncIterable<RegisteredKey>;
  /** Switches aliases, all or none. The record's id undoes it. */
  cutOver(switches: readonly AliasSwitch[], context?: ChangeContext): Promise<AuditRecord>;
  /**
   * Switches the aliases of a cut-over back, as new versions, all or none. `OperationRefused` when one of them was
   * switched again since; `aliases` takes only some of them.
   */
  rollBack(cutOver: string, options?: ChangeContext & { readonly aliases?: readonly string[] }): Promise<AuditRecord>;
  /** Newest first. */
  audit(filter?: { readonly alias?: string; readonly run?: string }): AsyncIterable<AuditRecord>;
  close(): Promise<void>;
}
