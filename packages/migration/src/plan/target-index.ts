/** Which public keys the target holds already, in about 150 bytes a key. */

import {
  type Algorithm,
  type CallOptions,
  type KeyHalf,
  type KeyRecord,
  type KeyType,
  type Provider,
  type PublicKey,
  type Usage,
} from "@keyrail/core";
import { CompactMultimap } from "../compact/compact-multimap.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { isAsymmetric } from "../proof/key-types.ts";

/** What is known of a key of the target. */
export interface HeldKey {
  readonly uri: string;
  readonly half: KeyHalf;
  readonly usages: readonly Usage[];
  readonly algorithms?: readonly Algorithm[];
  readonly master: boolean;
}

type Attributes = Omit<HeldKey, "uri">;

/** How an index is read. */
export interface IndexOptions extends CallOptions {
  /** Called for every record of the target's list. */
  readonly onRecord?: () => void;
}

/**
 * The public keys of a provider. Reading the list costs no more than the list where public keys come with it, or at once
 * after it; otherwise (a request for each key) those of a type are read when the first key of that type is looked for.
 */
export class TargetIndex {
  readonly #provider: Provider;
  readonly #options: IndexOptions;
  readonly #keys = new CompactMultimap();
  /** Attributes that occur, so that an entry holds a number and an id. */
  readonly #attributes: Attributes[] = [];
  readonly #attributeNumbers = new Map<string, number>();
  /** Keys whose public halves cost a request each and were not read yet. */
  readonly #unread = new Map<KeyType, { readonly uri: string; readonly attributes: number }[]>();

  private constructor(provider: Provider, options: IndexOptions) {
    this.#provider = provider;
    this.#options = options;
  }

  /** Lists the provider's keys. Without a list there is nothing to find. */
  static async read(provider: Provider, options: IndexOptions = {}): Promise<TargetIndex> {
    const index = new TargetIndex(provider, options);
    const { catalog, capabilities } = provider;
    if (catalog === undefined || capabilities.catalog?.list !== true) return index;
    const { onRecord, ...callOptions } = options;
    const free = costOfPublicKey(provider) === 0;
    for await (const record of catalog.list(callOptions)) {
      onRecord?.();
      await index.#add(record, free);
    }
    return index;
  }

  /** The keys with this public half. */
  async find(publicKey: PublicKey): Promise<readonly HeldKey[]> {
    await this.#readType(publicKey.keyType);
    return [...this.#keys.get(fingerprintOf(publicKey))].map((value) => this.#heldKey(value));
  }

  async #add(record: KeyRecord, free: boolean): Promise<void> {
    const { keyType, uri, half, usages, algorithms, hierarchical } = record;
    if (!isAsymmetric(keyType)) return;
    const attributes = this.#numberOf({
      half,
      usages,
      ...(algorithms === undefined ? {} : { algorithms }),
      master: hierarchical?.master === true,
    });
    const publicKey = record.publicKey ?? (free ? await this.#provider.keys.getPublic(uri, this.#call) : undefined);
    if (publicKey !== undefined) this.#put(publicKey, uri, attributes);
    else this.#unread.set(keyType, [...(this.#unread.get(keyType) ?? []), { uri, attributes }]);
  }

  async #readType(keyType: KeyType): Promise<void> {
    const unread = this.#unread.get(keyType) ?? [];
    this.#unread.delete(keyType);
    for (const { uri, attributes } of unread) {
      this.#put(await this.#provider.keys.getPublic(uri, this.#call), uri, attributes);
    }
  }

  #put(publicKey: PublicKey, uri: string, attributes: number): void {
    const id = Buffer.from(uri.slice(this.#provider.uri.length), "utf8");
    const value = Buffer.alloc(2 + id.length);
    value.writeUInt16LE(attributes, 0);
    value.set(id, 2);
    this.#keys.add(fingerprintOf(publicKey), value);
  }

  #heldKey(value: Buffer): HeldKey {
    const attributes = this.#attributes[value.readUInt16LE(0)];
    if (attributes === undefined) throw new TypeError("An entry names attributes that occurred.");
    return { uri: `${this.#provider.uri}${value.toString("utf8", 2)}`, ...attributes };
  }

  #numberOf(attributes: Attributes): number {
    const text = JSON.stringify(attributes);
    const known = this.#attributeNumbers.get(text);
    if (known !== undefined) return known;
    this.#attributes.push(attributes);
    this.#attributeNumbers.set(text, this.#attributes.length - 1);
    return this.#attributes.length - 1;
  }

  get #call(): CallOptions {
    const { onRecord: _listener, ...options } = this.#options;
    return options;
  }
}

/** Requests that the public half of a key costs that was just listed. */
export function costOfPublicKey({ capabilities }: Provider): number {
  const costs = capabilities.pace?.requests;
  return costs?.operations?.["get-public"] ?? costs?.each ?? 0;
}
