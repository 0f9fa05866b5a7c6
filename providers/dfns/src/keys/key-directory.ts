/** What is known of the organisation's keys: facts that never change, kept; records, made from the vendor's objects. */

import {
  decodeHex,
  type KeyRecord,
  type KnownKey,
  KeyrailError,
  printable,
  PublicKey,
  type PublicKey as PublicKeyType,
} from "@keyrail/core";
import type { ApiClient } from "../client/api-client.ts";
import type { CallBudget } from "../client/call-budget.ts";
import { getKey } from "../client/requests.ts";
import type { DfnsKey } from "../client/schemas.ts";
import { type KeyKind, kindOf, PROVIDER_NAME, usagesOf } from "../mapping.ts";
import { type Marker, partsOfName } from "./name-marker.ts";

/** What is kept of a key: nothing here can change at Dfns. */
export class KeyFacts implements KnownKey {
  readonly id: string;
  readonly kind: KeyKind;
  readonly keyType: KeyKind["keyType"];
  readonly half = "private" as const;
  readonly usages: KnownKey["usages"];
  readonly algorithms?: NonNullable<KnownKey["algorithms"]>;
  readonly master: boolean;
  /** Of the intent that made it, if it has one. */
  readonly marker: Marker | undefined;
  readonly #hex: string;
  #publicKey: PublicKeyType | undefined;

  constructor(key: DfnsKey, kind: KeyKind) {
    this.id = key.id;
    this.kind = kind;
    this.keyType = kind.keyType;
    this.master = key.masterKey === true;
    this.marker = partsOfName(key.name ?? "").marker;
    this.usages = usagesOf(kind, this.master);
    if (kind.algorithms !== undefined) this.algorithms = kind.algorithms;
    this.#hex = key.publicKey;
  }

  /**
   * The public half, checked when first asked for: it costs a square root in the field.
   * @throws KeyrailError `UnexpectedResponse` when what Dfns gave is no key of the type.
   */
  get publicKey(): PublicKeyType {
    this.#publicKey ??= readPublicKey(this.#hex, this.kind, this.id);
    return this.#publicKey;
  }
}

/** Reads a public key as the service writes it: compressed SEC 1 or RFC 8032, hexadecimal. */
export function readPublicKey(hex: string, kind: KeyKind, id: string): PublicKeyType {
  try {
    return PublicKey.fromRaw(kind.keyType, decodeHex(hex.replace(/^0x/, "")));
  } catch (cause) {
    throw new KeyrailError(
      "UnexpectedResponse",
      `Dfns says that the key ${id} has a public key that is no ${kind.keyType} public key.`,
      { provider: PROVIDER_NAME, reason: "not a public key" },
      { cause },
    );
  }
}

/** Ids of keys (dfns.md, section 1), read generously. */
const KEY_ID = /^key-[A-Za-z0-9-]{1,60}$/;

/** @throws KeyrailError `KeyNotFound` for what can't be the id of a Dfns key; nothing is sent for it. */
export function checkId(id: string): void {
  if (!KEY_ID.test(id))
    throw new KeyrailError("KeyNotFound", `${printable(id, 64)} is no id of a Dfns key.`, { key: id });
}

/** How records are made. */
export interface RecordOptions {
  /** The provider URI. */
  readonly uri: string;
  /** Whether the organisation may export its keys. */
  readonly exportable: boolean;
}

const MAXIMUM_FACTS = 10_000;

/** The keys of an organisation as this provider sees them. */
export class KeyDirectory {
  readonly #api: ApiClient;
  readonly #options: RecordOptions;
  /** Oldest first. */
  readonly #facts = new Map<string, KeyFacts>();

  constructor(api: ApiClient, options: RecordOptions) {
    this.#api = api;
    this.#options = options;
  }

  /** What is known of a key without a request. */
  known(id: string): KeyFacts | undefined {
    return this.#facts.get(id);
  }

  /** What is known of a key, asked for once. */
  async facts(id: string, call: CallBudget): Promise<KeyFacts> {
    return this.#facts.get(id) ?? this.remember(await this.read(id, call));
  }

  /** The vendor's object, read now. @throws KeyrailError `KeyNotFound`, and those of the client. */
  async read(id: string, call: CallBudget): Promise<DfnsKey> {
    checkId(id);
    return this.#api.read(getKey(id), call);
  }

  forget(id: string): void {
    this.#facts.delete(id);
  }

  /** Keeps the facts of a key. @throws KeyrailError `UnexpectedResponse` for a kind of key this version does not know. */
  remember(key: DfnsKey): KeyFacts {
    const known = this.#facts.get(key.id);
    if (known !== undefined) return known;
    const kind = kindOf(key.scheme, key.curve);
    if (kind === undefined) throw unknownKind(key);
    const facts = new KeyFacts(key, kind);
    this.#facts.set(key.id, facts);
    if (this.#facts.size > MAXIMUM_FACTS) {
      const oldest = this.#facts.keys().next();
      if (oldest.done !== true) this.#facts.delete(oldest.value);
    }
    return facts;
  }

  /** The record of a key; its facts are kept. @throws as {@link remember}. */
  record(key: DfnsKey): KeyRecord {
    const facts = this.remember(key);
    const { uri, exportable } = this.#options;
    const { kind } = facts;
    const archived = isArchived(key);
    const createdAt = Math.floor(Date.parse(key.dateCreated ?? "") / 1000);
    return {
      uri: `${uri}/${key.id}`,
      id: key.id,
      keyType: kind.keyType,
      // An archived key may do nothing any more: a plan that counts on one would fail.
      usages: archived ? [] : facts.usages,
      ...(kind.algorithms === undefined ? {} : { algorithms: kind.algorithms }),
      label: partsOfName(key.name ?? "").label,
      custody: "mpc",
      half: "private",
      origin: key.imported === true ? "imported" : key.derivedFrom ? "derived" : "generated",
      extractable: exportable && kind.portable && !archived,
      ...this.#hierarchical(key, facts),
      ...(Number.isNaN(createdAt) ? {} : { createdAt }),
      vendor: key,
    };
  }

  #hierarchical(key: DfnsKey, { kind, master }: KeyFacts): Pick<KeyRecord, "hierarchical"> {
    const scheme = kind.hierarchical;
    if (scheme === undefined) return {};
    if (master) return { hierarchical: { scheme, master: true } };
    if (!key.derivedFrom) return {};
    const { keyId, path } = key.derivedFrom;
    return { hierarchical: { scheme, master: false, path, parent: `${this.#options.uri}/${keyId}` } };
  }
}

/** The text for a kind of key that no table has: the values as they stand, nothing guessed. */
export function unknownKind({ id, scheme, curve }: DfnsKey): KeyrailError<"UnexpectedResponse"> {
  return new KeyrailError(
    "UnexpectedResponse",
    `The Dfns key ${id} is of scheme "${printable(scheme, 40)}" on curve "${printable(curve, 40)}", which this version of Keyrail does not know.`,
    { provider: PROVIDER_NAME, reason: "unknown kind of key" },
  );
}

/** Whether a key is archived, which is as near to deleted as Dfns comes. */
export function isArchived(key: DfnsKey): boolean {
  return key.status === "Archived";
}
