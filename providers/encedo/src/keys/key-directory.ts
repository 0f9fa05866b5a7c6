/** What earlier answers told of keys: bounded, in memory, never the last word (the device enforces everything). */

import type { KeyHalf, KeyOrigin, KnownKey, PublicKey, Usage } from "@keyrail/core";
import type { KeyEntry } from "../client/key-endpoints.ts";
import { decodeDescription } from "../description.ts";
import { type DeviceKeyType, halfOf, originOf, parseType, TYPE_USAGES, usagesOf, usagesOfBits } from "../mapping.ts";

/** What is known of one key. Only the type is always there. */
export interface KeyKnowledge {
  readonly keyType: DeviceKeyType;
  /** Absent while only `get` has spoken of a key pair: it does not tell. */
  readonly half?: KeyHalf;
  readonly usages?: readonly Usage[];
  readonly origin?: KeyOrigin;
  /** The device's type string. */
  readonly type?: string;
  /** Tokens of the type string that are not understood. */
  readonly unknownFlags?: readonly string[];
  readonly names?: { readonly label: string; readonly description: Uint8Array | undefined };
  /** Seconds since the epoch by the device's clock. */
  readonly created?: number;
  /** When the names were current; absent after a change of our own, whose time the device does not tell. */
  readonly updated?: number;
  readonly publicKey?: PublicKey;
}

/** Keys remembered; the one spoken of least recently goes first. */
const MAXIMUM_KEYS = 10_000;

/** The keys of one device, as far as known. */
export class KeyDirectory {
  readonly #keys = new Map<string, KeyKnowledge>();

  get(kid: string): KeyKnowledge | undefined {
    return this.#keys.get(kid);
  }

  /** Adds to what is known; what is told anew replaces the old. A key of another type is another key. */
  learn(kid: string, told: KeyKnowledge): KeyKnowledge {
    const before = this.#keys.get(kid);
    const knowledge = before?.keyType === told.keyType ? { ...before, ...told } : told;
    this.#put(kid, knowledge);
    return knowledge;
  }

  /** As {@link learn}, from a record of a list; undefined when its type is not one of ours. */
  learnEntry(entry: KeyEntry): KeyKnowledge | undefined {
    const told = knowledgeOf(entry);
    return told === undefined ? undefined : this.learn(entry.kid, told);
  }

  /** After a rename of our own: the names are known, the time of the change is not. */
  renamed(kid: string, names: NonNullable<KeyKnowledge["names"]>): void {
    const before = this.#keys.get(kid);
    if (before === undefined) return;
    const { updated: _outdated, ...rest } = before;
    this.#put(kid, { ...rest, names });
  }

  forget(kid: string): void {
    this.#keys.delete(kid);
  }

  clear(): void {
    this.#keys.clear();
  }

  /** For the gate of core; undefined while too little is known. */
  describe(id: string): KnownKey | undefined {
    const known = this.#keys.get(id.toLowerCase());
    if (known?.half === undefined) return undefined;
    const { keyType, half, publicKey } = known;
    return {
      keyType,
      half,
      usages: known.usages ?? TYPE_USAGES[keyType],
      ...(publicKey === undefined ? {} : { publicKey }),
    };
  }

  #put(kid: string, knowledge: KeyKnowledge): void {
    this.#keys.delete(kid);
    this.#keys.set(kid, knowledge);
    const [oldest] = this.#keys.keys();
    if (this.#keys.size > MAXIMUM_KEYS && oldest !== undefined) this.#keys.delete(oldest);
  }
}

function knowledgeOf(entry: KeyEntry): KeyKnowledge | undefined {
  const { keyType, flags, unknown } = parseType(entry.type);
  if (keyType === undefined) return undefined;
  const half = halfOf(keyType, flags);
  const allowed = usagesOf(keyType, half, flags);
  const { usages: bits } = decodeDescription(entry.description);
  return {
    keyType,
    half,
    usages: bits === undefined ? allowed : usagesOfBits(keyType, bits).filter((usage) => allowed.includes(usage)),
    origin: originOf(keyType, flags),
    type: entry.type,
    unknownFlags: unknown,
    names: { label: entry.label, description: entry.description },
    ...(entry.created === undefined ? {} : { created: entry.created }),
    ...(entry.updated === undefined ? {} : { updated: entry.updated }),
  };
}
