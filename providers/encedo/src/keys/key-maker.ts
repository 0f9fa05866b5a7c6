/** Making keys exactly once: the way from a request to one key, also when answers get lost. */

import {
  type CallOptions,
  isKeyrailError,
  type KeyHalf,
  KeyrailError,
  type KeyRecord,
  type Usage,
} from "@keyrail/core";
import type { NewKey } from "../client/key-endpoints.ts";
import { type CallLimits, limitsOf, remaining, type Timing } from "../client/limits.ts";
import { decodeDescription, encodeDescription, type Marker, markerOf } from "../description.ts";
import { isOutcomeUnknown, unexpected } from "../errors.ts";
import {
  DEVICE_TYPES,
  type DeviceKeyType,
  flagsOf,
  formatType,
  halfOf,
  modeOf,
  usageBits,
  usagesOf,
  usagesOfBits,
} from "../mapping.ts";
import { exclusively } from "./intents.ts";
import type { KeyDirectory } from "./key-directory.ts";
import { recordOf } from "./key-record.ts";
import type { KeyReader } from "./key-reader.ts";

/** One key to be made. */
export interface KeyToMake {
  readonly origin: "generated" | "imported" | "derived";
  readonly keyType: DeviceKeyType;
  readonly usages: readonly Usage[];
  readonly label: string;
  readonly description: string | undefined;
  /** What else tells this request from others with the same names: material, source and peer. */
  readonly particulars: readonly string[];
  /** Sends the request; undefined for a 406. */
  send(key: NewKey, limits: CallLimits): Promise<string | undefined>;
  /** What a 406 means. */
  refused(limits: CallLimits): Promise<KeyrailError>;
}

/** What the maker is made of. */
export interface KeyMakerOptions {
  readonly uri: string;
  readonly directory: KeyDirectory;
  readonly reader: KeyReader;
  readonly timing: Timing;
}

/** Pauses before looking for a key whose answer was lost, milliseconds: the device may be rebooting. */
const LOOKING_PAUSES = [0, 500, 2000];

/** Makes keys on one device. */
export class KeyMaker {
  readonly #options: KeyMakerOptions;

  constructor(options: KeyMakerOptions) {
    this.#options = options;
  }

  /**
   * Makes one key. With an idempotency key: looks first whether it was made before, unless the caller knows that it was
   * not, and when the answer gets lost looks again and repeats the request only when there is no key.
   */
  async make(wanted: KeyToMake, options: CallOptions | undefined): Promise<KeyRecord> {
    const limits = limitsOf(options, this.#options.timing);
    const idempotencyKey = options?.idempotencyKey;
    if (idempotencyKey === undefined) {
      const id = await wanted.send(newKey(wanted, undefined), limits);
      if (id === undefined) throw await wanted.refused(limits);
      return this.#made(id, wanted, undefined);
    }
    const marker = markerOf(idempotencyKey, canonicalText(wanted));
    return exclusively(
      this.#options.uri,
      marker.intent,
      () => this.#makeOnce(wanted, marker, idempotencyKey, limits, options?.earlierAttempt !== "none"),
      limits.signal,
    );
  }

  async #makeOnce(
    wanted: KeyToMake,
    marker: Marker,
    idempotencyKey: string,
    limits: CallLimits,
    lookFirst: boolean,
  ): Promise<KeyRecord> {
    const look = (): Promise<KeyRecord | undefined> => this.#look(marker, idempotencyKey, limits);
    const earlier = lookFirst ? await look() : undefined;
    if (earlier !== undefined) return earlier;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const id = await wanted.send(newKey(wanted, marker), limits);
        if (id !== undefined) return this.#made(id, wanted, marker);
      } catch (error) {
        if (!isOutcomeUnknown(error) || isOver(limits, this.#options.timing)) throw error;
        const made = await this.#lookPatiently(look, error, limits);
        if (made !== undefined) return made;
        if (attempt === 2) throw error;
        continue;
      }
      // 406: a duplicate, perhaps of what an earlier attempt of this call made.
      const duplicate = attempt === 1 ? undefined : await look();
      if (duplicate !== undefined) return duplicate;
      throw await wanted.refused(limits);
    }
  }

  /** The record of the key that carries the marker. @throws `IdempotencyConflict` when it was another request's. */
  async #look(marker: Marker, idempotencyKey: string, limits: CallLimits): Promise<KeyRecord | undefined> {
    const entry = await this.#options.reader.findIntent(marker.intent, limits);
    if (entry === undefined) return undefined;
    if (decodeDescription(entry.description).marker?.request !== marker.request) {
      throw new KeyrailError(
        "IdempotencyConflict",
        `This idempotency key made the key ${this.#options.uri}/${entry.kid} for another request.`,
        { idempotencyKey },
      );
    }
    const record = this.#options.reader.record(entry);
    if (record === undefined) throw unexpected(`the key it made has the type ${entry.type}`, { mutates: false });
    return record;
  }

  /** Looks a few times; when looking itself fails, the first error stands: nobody knows whether there is a key. */
  async #lookPatiently(
    look: () => Promise<KeyRecord | undefined>,
    lost: unknown,
    limits: CallLimits,
  ): Promise<KeyRecord | undefined> {
    const { timing } = this.#options;
    for (const pause of LOOKING_PAUSES) {
      try {
        if (pause > 0) await timing.sleep(remaining(limits, pause, timing), limits.signal);
        return await look();
      } catch (error) {
        const mayPass = isKeyrailError(error) && error.retry !== "never" && !isOver(limits, timing);
        if (isKeyrailError(error, "IdempotencyConflict")) throw error;
        if (!mayPass) break;
      }
    }
    throw lost;
  }

  #made(id: string, wanted: KeyToMake, marker: Marker | undefined): KeyRecord {
    const { keyType, origin, usages } = wanted;
    const { flags, half } = deviceView(wanted);
    const { label, description } = newKey(wanted, marker);
    const known = {
      keyType,
      half,
      usages: usagesOfBits(keyType, usageBits(keyType, usages)),
      origin,
      type: formatType(flags, DEVICE_TYPES[keyType]),
      names: { label, description },
    };
    // A key of the same id was here before and is gone: nothing of it counts any more.
    this.#options.directory.forget(id);
    this.#options.directory.learn(id, known);
    return recordOf(this.#options.uri, id, known);
  }
}

/** How the device will list the key. */
function deviceView({ keyType, origin, usages }: KeyToMake): {
  readonly flags: ReturnType<typeof flagsOf>;
  readonly half: KeyHalf;
} {
  const flags = flagsOf(keyType, origin, modeOf(keyType, usages));
  return { flags, half: halfOf(keyType, flags) };
}

function newKey(wanted: KeyToMake, marker: Marker | undefined): NewKey {
  const { keyType, usages, label, description } = wanted;
  const { flags, half } = deviceView(wanted);
  const allowed = usagesOf(keyType, half, flags);
  const narrower = allowed.some((usage) => !usages.includes(usage));
  return {
    type: DEVICE_TYPES[keyType],
    mode: modeOf(keyType, usages),
    label,
    description: encodeDescription(description, {
      usages: narrower ? usageBits(keyType, usages) : undefined,
      marker,
    }),
  };
}

function canonicalText(wanted: KeyToMake): string {
  const { origin, keyType, usages, label, description, particulars } = wanted;
  return JSON.stringify([origin, keyType, [...usages].sort(), label, description ?? null, ...particulars]);
}

function isOver(limits: CallLimits, timing: Timing): boolean {
  return limits.signal?.aborted === true || (limits.deadline !== undefined && limits.deadline <= timing.now());
}
