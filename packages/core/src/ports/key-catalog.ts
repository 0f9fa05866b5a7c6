import type { KeyRecord } from "../key-record.ts";
import type { CallOptions } from "./call-options.ts";

/** Options of `list` and `search`. */
export interface ListOptions extends CallOptions {
  /** Records per request to the provider, a hint; providers clamp it. The iterator gives single records. */
  readonly pageSize?: number;
}

/** What to look for. Given members must all match. */
export interface SearchRequest {
  /** The label, whole. */
  readonly label?: string;
  /** The description starts with this text. */
  readonly descriptionPrefix?: string;
}

/** New names for a key; what is absent stays as it is. */
export interface RenameRequest {
  readonly key: string;
  readonly label?: string;
  /** `null` takes the description away. */
  readonly description?: string | null;
}

/** Finds, names and removes the keys a provider holds. */
export interface KeyCatalog {
  /** The record of one key. Rejects with `KeyNotFound`. */
  get(key: string, options?: CallOptions): Promise<KeyRecord>;
  /** Every key this caller may see, page by page; a key that exists throughout is given exactly once. */
  list(options?: ListOptions): AsyncIterable<KeyRecord>;
  /** The keys that match, page by page. */
  search(request: SearchRequest, options?: ListOptions): AsyncIterable<KeyRecord>;
  /** Changes label or description and gives the new record. */
  rename(request: RenameRequest, options?: CallOptions): Promise<KeyRecord>;
  /**
   * Destroys the key (or does what the vendor has for it: the declaration says what). Rejects with `KeyNotFound` when
   * there is no such key.
   */
  remove(key: string, options?: CallOptions): Promise<void>;
}
