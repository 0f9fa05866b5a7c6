/** The `keymgmt` endpoints (encedo-hem.md, section 5). Each method is one request; undefined stands for 406. */

import { encodeBase64, tryDecodeBase64 } from "@keyrail/core";
import * as z from "zod/mini";
import { unexpected } from "../errors.ts";
import type { DeviceMode, DeviceType } from "../mapping.ts";
import { base64Bytes, kid, readAnswer, seconds } from "./answers.ts";
import type { DeviceClient } from "./device-client.ts";
import type { CallLimits } from "./limits.ts";
import * as scopes from "./scopes.ts";

/** Records per page at most; more is clamped by the device. */
export const PAGE_SIZE = 15;
/** Longest needle of a search, bytes. */
export const NEEDLE_BYTES = 64;
/** Making a post-quantum key takes the device long. */
const SLOW_KEYGEN = /^ML/;

const entrySchema = z.looseObject({
  kid,
  created: z.exactOptional(seconds),
  updated: z.exactOptional(seconds),
  type: z.string().check(z.minLength(1), z.maxLength(256)),
  label: z.exactOptional(z.string()),
  descr: z.exactOptional(z.string()),
});
const pageSchema = z.looseObject({
  total: z.int().check(z.minimum(0)),
  listed: z.int().check(z.minimum(0)),
  deleted: z.exactOptional(z.int()),
  list: z.array(entrySchema).check(z.maxLength(1000)),
});
const keySchema = z.looseObject({
  type: z.exactOptional(z.string().check(z.minLength(1), z.maxLength(256))),
  pubkey: z.exactOptional(base64Bytes(1, 8192)),
  updated: z.exactOptional(seconds),
});
const createdSchema = z.looseObject({ kid });

/** One record of a list. */
export interface KeyEntry {
  readonly kid: string;
  readonly type: string;
  readonly label: string;
  readonly description: Uint8Array | undefined;
  /** Seconds since the epoch by the device's clock. */
  readonly created: number | undefined;
  readonly updated: number | undefined;
}

/** One page of a list or a search. */
export interface KeyPage {
  /** Records on the device, in a search too. */
  readonly total: number;
  /** Deletions so far; absent on older firmware. */
  readonly deleted: number | undefined;
  readonly entries: readonly KeyEntry[];
}

/** What `get` tells: neither label nor description. */
export interface KeyFacts {
  readonly type?: string;
  /** As the device sends it: compressed on the Weierstrass curves. */
  readonly pubkey?: Uint8Array;
  readonly updated?: number;
}

/** Names of a key. */
export interface KeyNames {
  readonly label: string;
  readonly description: Uint8Array | undefined;
}

/** What every new key is given. */
export interface NewKey extends KeyNames {
  readonly type: DeviceType;
  readonly mode: DeviceMode | undefined;
}

/** The other side of an agreement. */
export type DevicePeer = { readonly kid: string } | { readonly publicKey: Uint8Array };

/** Members of a request that name the peer. */
export function peerMembers(peer: DevicePeer): { ext_kid: string } | { pubkey: string } {
  return "kid" in peer ? { ext_kid: peer.kid } : { pubkey: encodeBase64(peer.publicKey) };
}

/** Key management of one device. */
export class KeyEndpoints {
  readonly #client: DeviceClient;
  readonly #keyGenerationTimeout: number;

  /** @param keyGenerationTimeout milliseconds making a post-quantum key may take. */
  constructor(client: DeviceClient, keyGenerationTimeout: number) {
    this.#client = client;
    this.#keyGenerationTimeout = keyGenerationTimeout;
  }

  /** @param offset valid records to skip. */
  async list(offset: number, count: number, limits: CallLimits): Promise<KeyPage | undefined> {
    const facts = { operation: "list keys", mutates: false };
    const path = `/api/keymgmt/list/${offset}/${count}`;
    const response = await this.#client.call({ method: "GET", path, ...facts, scopes: scopes.LISTING, limits });
    return response === undefined ? undefined : pageOf(readAnswer(pageSchema, response, facts));
  }

  /**
   * Keys whose description starts (`^`) or ends (`$`) with bytes.
   *
   * @param offset matches to skip.
   */
  async search(
    anchor: "prefix" | "suffix",
    needle: Uint8Array,
    offset: number,
    limits: CallLimits,
  ): Promise<KeyPage | undefined> {
    const facts = { operation: "search keys", mutates: false };
    const text = encodeBase64(needle);
    const response = await this.#client.call({
      method: "POST",
      path: "/api/keymgmt/search",
      body: { descr: anchor === "prefix" ? `^${text}` : `${text}$`, offset, limit: PAGE_SIZE },
      ...facts,
      scopes: scopes.SEARCH,
      limits,
    });
    return response === undefined ? undefined : pageOf(readAnswer(pageSchema, response, facts));
  }

  /** @param forUse true when the key is about to be used: the login then serves both. */
  async get(id: string, limits: CallLimits, forUse = false): Promise<KeyFacts | undefined> {
    const facts = { operation: "get a key", mutates: false };
    const response = await this.#client.call({
      method: "GET",
      path: `/api/keymgmt/get/${id}`,
      ...facts,
      scopes: forUse ? scopes.getForUse(id) : scopes.get(id),
      limits,
    });
    return response === undefined ? undefined : readAnswer(keySchema, response, facts);
  }

  /** The new key's id. */
  async create(key: NewKey, limits: CallLimits): Promise<string | undefined> {
    const facts = { operation: "create a key", mutates: true };
    const response = await this.#client.call({
      method: "POST",
      path: "/api/keymgmt/create",
      body: newKeyMembers(key),
      ...facts,
      scopes: scopes.CREATE,
      ...(SLOW_KEYGEN.test(key.type) ? { timeout: this.#keyGenerationTimeout } : {}),
      limits,
    });
    return response === undefined ? undefined : readAnswer(createdSchema, response, facts).kid;
  }

  /** @param publicKey as the device takes it: compressed on the Weierstrass curves. */
  async import(key: NewKey, publicKey: Uint8Array, limits: CallLimits): Promise<string | undefined> {
    const facts = { operation: "import a key", mutates: true };
    const response = await this.#client.call({
      method: "POST",
      path: "/api/keymgmt/import",
      body: { ...newKeyMembers(key), pubkey: encodeBase64(publicKey) },
      ...facts,
      scopes: scopes.IMPORT,
      limits,
    });
    return response === undefined ? undefined : readAnswer(createdSchema, response, facts).kid;
  }

  /** @throws `UnexpectedResponse` when the device echoes the source's id, which means that it made nothing. */
  async derive(source: string, peer: DevicePeer, key: NewKey, limits: CallLimits): Promise<string | undefined> {
    const facts = { operation: "derive a key", mutates: true };
    const response = await this.#client.call({
      method: "POST",
      path: "/api/keymgmt/derive",
      body: { kid: source, ...newKeyMembers(key), ...peerMembers(peer) },
      ...facts,
      scopes: scopes.DERIVE,
      limits,
    });
    if (response === undefined) return undefined;
    const made = readAnswer(createdSchema, response, facts).kid;
    if (made !== source) return made;
    throw unexpected("it named the source key as the derived one, so none was made", { mutates: false, status: 200 });
  }

  /** Rewrites the names: a description that is not given is erased. */
  async update(id: string, names: KeyNames, limits: CallLimits): Promise<true | undefined> {
    const response = await this.#client.call({
      method: "POST",
      path: "/api/keymgmt/update",
      body: { kid: id, ...nameMembers(names) },
      operation: "rename a key",
      mutates: true,
      scopes: scopes.UPDATE,
      limits,
    });
    return response === undefined ? undefined : true;
  }

  async delete(id: string, limits: CallLimits): Promise<true | undefined> {
    const response = await this.#client.call({
      method: "DELETE",
      path: `/api/keymgmt/delete/${id}`,
      operation: "remove a key",
      mutates: true,
      scopes: scopes.DELETE,
      limits,
    });
    return response === undefined ? undefined : true;
  }
}

function newKeyMembers(key: NewKey): Record<string, string> {
  return { ...nameMembers(key), type: key.type, ...(key.mode === undefined ? {} : { mode: key.mode }) };
}

function nameMembers({ label, description }: KeyNames): Record<string, string> {
  return { label, ...(description === undefined ? {} : { descr: encodeBase64(description) }) };
}

function pageOf(page: z.infer<typeof pageSchema>): KeyPage {
  return {
    total: page.total,
    deleted: page.deleted,
    // `listed` of 0 ends a walk whatever else stands there.
    entries: page.listed === 0 ? [] : page.list.map(entryOf),
  };
}

function entryOf(entry: z.infer<typeof entrySchema>): KeyEntry {
  return {
    kid: entry.kid,
    type: entry.type,
    label: entry.label ?? "",
    description: entry.descr === undefined ? undefined : tryDecodeBase64(entry.descr),
    created: entry.created,
    updated: entry.updated,
  };
}
