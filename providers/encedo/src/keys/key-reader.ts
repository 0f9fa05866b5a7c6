/** Finding out about keys: by id, by page, by search. Keeps the directory up to date. */

import { type KeyRecord, KeyrailError, PublicKey } from "@keyrail/core";
import { type KeyEndpoints, type KeyEntry, type KeyFacts, NEEDLE_BYTES, PAGE_SIZE } from "../client/key-endpoints.ts";
import type { CallLimits } from "../client/limits.ts";
import { decodeDescription, intentSuffix } from "../description.ts";
import { keyNotFound, PROVIDER, unavailable, unexpected } from "../errors.ts";
import { type DeviceKeyType, isAsymmetric, parseType } from "../mapping.ts";
import type { KeyDirectory, KeyKnowledge } from "./key-directory.ts";
import { isNamed, type NamedKey, recordOf, unknownType } from "./key-record.ts";
import { walk } from "./key-walk.ts";
import { transportBytes } from "./peer.ts";

/** Told of records that are no keys of the vocabulary and therefore not listed. */
export type SkippedRecordListener = (record: {
  readonly id: string;
  readonly type: string;
  readonly label: string;
  readonly reason: "unknown type" | "pairing of an authenticator";
}) => void;

/** Reads the keys of one device. */
export class KeyReader {
  readonly #uri: string;
  readonly #endpoints: KeyEndpoints;
  readonly #directory: KeyDirectory;
  readonly #onSkipped: SkippedRecordListener | undefined;

  constructor(
    uri: string,
    endpoints: KeyEndpoints,
    directory: KeyDirectory,
    onSkipped: SkippedRecordListener | undefined,
  ) {
    this.#uri = uri;
    this.#endpoints = endpoints;
    this.#directory = directory;
    this.#onSkipped = onSkipped;
  }

  /**
   * Everything about one key. One request when its names are known and were not changed since; otherwise the list is
   * walked as far as the key, since the device tells names nowhere else.
   */
  async find(kid: string, limits: CallLimits): Promise<NamedKey> {
    const facts = await this.#endpoints.get(kid, limits);
    if (facts === undefined) throw this.#gone(kid);
    const known = this.#learnFacts(kid, facts);
    if (isNamed(known) && (known.updated === undefined || known.updated === facts.updated)) {
      const current = facts.updated === undefined ? known : { ...known, updated: facts.updated };
      this.#directory.learn(kid, current);
      return current;
    }
    for await (const entry of this.#pages(PAGE_SIZE, limits)) {
      const told = this.#directory.learnEntry(entry);
      if (entry.kid !== kid) continue;
      if (!isNamed(told)) throw unknownType(`${this.#uri}/${kid}`, entry.type);
      return told;
    }
    throw this.#gone(kid);
  }

  /** Type and public half of a key; one request. Rejects with `KeyNotFound`. */
  async facts(kid: string, limits: CallLimits, forUse = false): Promise<KeyKnowledge | undefined> {
    const facts = await this.#endpoints.get(kid, limits, forUse);
    if (facts === undefined) throw this.#gone(kid);
    return this.#learnFacts(kid, facts);
  }

  /** The public half; one request unless it is known. */
  async publicKey(kid: string, limits: CallLimits, forUse = false): Promise<PublicKey> {
    const known = this.#directory.get(kid);
    if (known?.publicKey !== undefined) return known.publicKey;
    if (known !== undefined && !isAsymmetric(known.keyType)) throw this.#noPublicHalf(kid, known.keyType);
    const told = await this.facts(kid, limits, forUse);
    if (told?.publicKey !== undefined) return told.publicKey;
    if (told === undefined) throw unavailable(`it did not give the public key of ${kid}`, "safe");
    if (!isAsymmetric(told.keyType)) throw this.#noPublicHalf(kid, told.keyType);
    throw unavailable(`it did not give the public key of ${kid}`, "safe");
  }

  /** Every key of the vocabulary, page by page. */
  async *list(pageSize: number, limits: CallLimits): AsyncGenerator<KeyRecord, void, undefined> {
    for await (const entry of this.#pages(pageSize, limits)) {
      const record = this.#record(entry);
      if (record !== undefined) yield record;
    }
  }

  /** Every key whose description starts so. */
  async *search(prefix: string, limits: CallLimits): AsyncGenerator<KeyRecord, void, undefined> {
    const needle = new TextEncoder().encode(prefix);
    if (needle.length > NEEDLE_BYTES) return;
    const entries =
      needle.length === 0
        ? this.#pages(PAGE_SIZE, limits)
        : walk((offset) => this.#endpoints.search("prefix", needle, offset, limits), false);
    for await (const entry of entries) {
      const record = this.#record(entry);
      // A marker of ours may match as well as a description.
      if (record?.description?.startsWith(prefix) === true || (record !== undefined && prefix === "")) yield record;
    }
  }

  /** The entry that carries the marker of an intent; one request. */
  async findIntent(intent: string, limits: CallLimits): Promise<KeyEntry | undefined> {
    const page = await this.#endpoints.search("suffix", intentSuffix(intent), 0, limits);
    // 406 is what a search for something absent is not: it answers with an empty list.
    if (page === undefined) throw unavailable("its key repository is busy (406)", { after: 1000 });
    return page.entries.find((entry) => decodeDescription(entry.description).marker?.intent === intent);
  }

  /** Ids of the derived keys of a type: the whole list is walked. */
  async derivedKeys(keyType: DeviceKeyType, limits: CallLimits): Promise<string[]> {
    const derived: string[] = [];
    for await (const entry of this.#pages(PAGE_SIZE, limits)) {
      const told = this.#directory.learnEntry(entry);
      if (told?.keyType === keyType && told.origin === "derived") derived.push(entry.kid);
    }
    return derived;
  }

  /** The record of an entry; undefined when it is no key of the vocabulary. */
  record(entry: KeyEntry): KeyRecord | undefined {
    const known = this.#directory.learnEntry(entry);
    return isNamed(known) ? recordOf(this.#uri, entry.kid, known) : undefined;
  }

  #pages(pageSize: number, limits: CallLimits): AsyncGenerator<KeyEntry, void, undefined> {
    const count = Math.min(pageSize, PAGE_SIZE);
    return walk((offset) => this.#endpoints.list(offset, count, limits), true);
  }

  #record(entry: KeyEntry): KeyRecord | undefined {
    const pairing = isPairing(entry);
    const record = pairing ? undefined : this.record(entry);
    if (record === undefined) {
      this.#onSkipped?.({
        id: entry.kid,
        type: entry.type,
        label: entry.label,
        reason: pairing ? "pairing of an authenticator" : "unknown type",
      });
    }
    return record;
  }

  #learnFacts(kid: string, facts: KeyFacts): KeyKnowledge | undefined {
    const parsed = facts.type === undefined ? undefined : parseType(facts.type);
    const keyType = parsed?.keyType ?? (parsed === undefined ? this.#directory.get(kid)?.keyType : undefined);
    if (keyType === undefined) {
      if (facts.type !== undefined) throw unknownType(`${this.#uri}/${kid}`, facts.type);
      return undefined;
    }
    const publicKey =
      facts.pubkey === undefined
        ? undefined
        : readPublicKey(keyType, facts.pubkey, this.#directory.get(kid)?.publicKey);
    return this.#directory.learn(kid, {
      keyType,
      ...(isAsymmetric(keyType) ? {} : { half: "secret" as const }),
      ...(publicKey === undefined ? {} : { publicKey }),
    });
  }

  #gone(kid: string): KeyrailError {
    this.#directory.forget(kid);
    return keyNotFound(`${this.#uri}/${kid}`);
  }

  #noPublicHalf(kid: string, keyType: DeviceKeyType): KeyrailError {
    return new KeyrailError(
      "UnsupportedCapability",
      `The key ${this.#uri}/${kid} is a ${keyType} key: a symmetric key has no public half.`,
      { provider: PROVIDER, operation: "get-public", keyType },
    );
  }
}

/**
 * The device's public key; the one we have when it is that, since checking a point again costs more than the rest.
 *
 * @throws `UnexpectedResponse` when the device's bytes are no key of the type it names.
 */
function readPublicKey(keyType: DeviceKeyType, bytes: Uint8Array, known: PublicKey | undefined): PublicKey | undefined {
  if (!isAsymmetric(keyType)) return undefined;
  if (known?.keyType === keyType && Buffer.compare(transportBytes(known), bytes) === 0) return known;
  try {
    return PublicKey.fromRaw(keyType, bytes);
  } catch (cause) {
    throw unexpected(`its public key is not one of ${keyType}`, { mutates: false, cause });
  }
}

const PAIRING = new TextEncoder().encode("EXTAID");

/** A paired authenticator is kept among the keys (section 3): removing it would unpair somebody's phone. */
function isPairing({ type, description }: KeyEntry): boolean {
  const { keyType, flags } = parseType(type);
  return (
    keyType === "X25519" &&
    !flags.has("PKEY") &&
    description !== undefined &&
    PAIRING.every((byte, index) => description[index] === byte)
  );
}
