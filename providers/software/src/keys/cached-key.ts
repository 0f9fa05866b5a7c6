import { type KeyRecord, type KnownKey, PublicKey, wipe } from "@keyrail/core";
import {
  type EngineName,
  type OpenedPrivateKey,
  type OpenedPublicKey,
  type OpenedSecretKey,
  openPublicKey,
  openStored,
} from "@keyrail/crypto";
import { isAsymmetric } from "../capabilities/abilities.ts";
import type { KeyEntry } from "../store/key-entry.ts";
import { notWithThisKey } from "./key-errors.ts";

/** About the memory of an entry, its record and its place in the cache, bytes. */
const ENTRY_MEMORY = 2000;

/** Any key as the engines hold it. */
export type EngineKey = OpenedPrivateKey | OpenedPublicKey | OpenedSecretKey;

/** A key in the cache: its facts, and once it was used its opened form. */
export class CachedKey {
  readonly uri: string;
  readonly #engine: EngineName | undefined;
  readonly #reload: () => Uint8Array;
  #entry: KeyEntry;
  #known: KnownKey | undefined;
  #record: KeyRecord | undefined;
  /** Unsealed when the facts were read; wiped at the end of that turn when no operation took it. */
  #secret: Uint8Array | undefined;
  #opened: EngineKey | undefined;
  /** Whether it was used since the cache last looked for something to let go. */
  recentlyUsed = false;
  /** What the cache counts it as, bytes. */
  countedBytes = 0;

  /** @param reload gives the stored secret again, in bytes that this takes over. */
  constructor(uri: string, entry: KeyEntry, engine: EngineName | undefined, reload: () => Uint8Array) {
    this.uri = uri;
    this.#engine = engine;
    this.#reload = reload;
    this.#entry = entry;
  }

  get entry(): KeyEntry {
    return this.#entry;
  }

  get known(): KnownKey {
    return (this.#known ??= knownOf(this.#entry));
  }

  get record(): KeyRecord {
    return (this.#record ??= recordOf(this.uri, this.#entry, this.known.publicKey));
  }

  /** About the memory it takes, bytes. */
  get memoryBytes(): number {
    return ENTRY_MEMORY + (this.#opened?.memoryBytes ?? 0);
  }

  get isOpen(): boolean {
    return this.#opened !== undefined;
  }

  /** Gives it the secret that was unsealed along with the facts. */
  hold(secret: Uint8Array): void {
    this.#secret = secret;
  }

  /** Wipes the secret if no operation took it. */
  dropSecret(): void {
    wipe(this.#secret);
    this.#secret = undefined;
  }

  /** Gives it the opened form of a key that was just made. */
  adopt(opened: EngineKey): void {
    this.#opened = opened;
  }

  /** After a change of names. */
  rename(entry: KeyEntry): void {
    this.#entry = entry;
    this.#known = undefined;
    this.#record = undefined;
  }

  /** The private key. @throws KeyrailError `UnsupportedCapability` when only the public half is here. */
  privateKey(operation: string): OpenedPrivateKey {
    const opened = this.open();
    if ("hasChainCode" in opened) return opened;
    throw notWithThisKey(operation, this.#entry.keyType, "It needs the private half.");
  }

  /** The key pair or the public key. @throws KeyrailError `UnsupportedCapability` for a symmetric key. */
  publicKey(operation: string): OpenedPrivateKey | OpenedPublicKey {
    const opened = this.open();
    if ("publicKey" in opened) return opened;
    throw notWithThisKey(operation, this.#entry.keyType, "It needs an asymmetric key.");
  }

  /** The secret key. @throws KeyrailError `UnsupportedCapability` for an asymmetric key. */
  secretKey(operation: string): OpenedSecretKey {
    const opened = this.open();
    if ("length" in opened) return opened;
    throw notWithThisKey(operation, this.#entry.keyType, "It needs a symmetric key.");
  }

  /** The opened form, made at first use and then kept. */
  open(): EngineKey {
    return (this.#opened ??= this.openAnew());
  }

  /** An opened form of its own, which the caller wipes. */
  openAnew(): EngineKey {
    const { keyType, half, publicKey } = this.#entry;
    const engine = this.#engine === undefined ? {} : { engine: this.#engine };
    if (half === "public" && publicKey !== undefined && isAsymmetric(keyType))
      return openPublicKey(keyType, publicKey, engine);
    const stored = this.#secret ?? this.#reload();
    this.#secret = undefined;
    return openStored(keyType, stored, publicKey === undefined ? engine : { ...engine, publicKey });
  }

  /** Wipes what it holds; operations in the thread pool go on with handles of their own. */
  wipe(): void {
    this.dropSecret();
    if (this.#opened !== undefined && "wipe" in this.#opened) this.#opened.wipe();
    this.#opened = undefined;
  }
}

function knownOf(entry: KeyEntry): KnownKey {
  const { keyType, half, usages, algorithms, publicKey } = entry;
  return {
    keyType,
    half,
    usages,
    ...(algorithms === undefined ? {} : { algorithms }),
    ...(publicKey === undefined || !isAsymmetric(keyType)
      ? {}
      : { publicKey: PublicKey.fromTrustedRaw(keyType, publicKey) }),
  };
}

/** The record of an entry, as users see it: frozen through and through, since its lists are those that are enforced. */
export function recordOf(
  uri: string,
  entry: KeyEntry,
  publicKey: PublicKey | undefined = knownOf(entry).publicKey,
): KeyRecord {
  const { hierarchical, publicKey: _raw, ...facts } = entry;
  Object.freeze(facts.usages);
  Object.freeze(facts.algorithms);
  return Object.freeze({
    uri,
    custody: "software",
    ...facts,
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(hierarchical === undefined
      ? {}
      : { hierarchical: Object.freeze({ ...hierarchicalFacts(uri, entry, hierarchical) }) }),
  });
}

function hierarchicalFacts(
  uri: string,
  entry: KeyEntry,
  { parent, ...facts }: NonNullable<KeyEntry["hierarchical"]>,
): NonNullable<KeyRecord["hierarchical"]> {
  return parent === undefined ? facts : { ...facts, parent: uri.slice(0, uri.length - entry.id.length) + parent };
}
