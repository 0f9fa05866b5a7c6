/** `KeyStore`: keys come into being. */

import { randomBytes } from "node:crypto";
import {
  type AsymmetricKeyType,
  type CallOptions,
  type CreateRequest,
  type DeriveRequest,
  type ImportRequest,
  type KeyAttributes,
  type KeyHalf,
  type KeyOrigin,
  type KeyRecord,
  type KeyStore,
  type KeyType,
  KeyrailError,
  PublicKey,
  wipe,
} from "@keyrail/core";
import {
  exportPrivateKey,
  generatePrivateKeyAsync,
  generateSecretKey,
  openPrivateKey,
  OpenedPrivateKey,
  openPublicKey,
  openSecretKey,
  type OpenOptions,
  prepareEngines,
  toStoredForm,
} from "@keyrail/crypto";
import { ABILITIES, isAsymmetric, isSymmetric } from "../capabilities/abilities.ts";
import type { EngineKey } from "../keys/cached-key.ts";
import type { KeyAccess } from "../keys/key-access.ts";
import { invalidRequest, notWithThisKey } from "../keys/key-errors.ts";
import { requestFingerprint } from "../keys/request-fingerprint.ts";
import type { KeyDraft, StoredHierarchy } from "../store/key-entry.ts";
import type { IdempotencyMark } from "../store/key-entry-store.ts";
import { deriveByAgreement } from "./derive-by-agreement.ts";
import { deriveHdChild } from "./derive-hd.ts";

const CHAIN_CODE_BYTES = 32;

/** A key that was made and is not stored yet. */
export interface MadeKey {
  readonly opened: EngineKey;
  readonly keyType: KeyType;
  readonly origin: KeyOrigin;
  readonly hierarchical?: StoredHierarchy;
}

/** The port. */
export class SoftwareKeyStore implements KeyStore {
  readonly #keys: KeyAccess;
  readonly #open: OpenOptions;

  constructor(keys: KeyAccess) {
    this.#keys = keys;
    this.#open = keys.engine === undefined ? {} : { engine: keys.engine };
  }

  create(request: CreateRequest, options?: CallOptions): Promise<KeyRecord> {
    return this.#make("create", request, options, async () => {
      const { keyType, hierarchical } = request;
      if (isSymmetric(keyType)) return { opened: generateSecretKey(keyType, this.#open), keyType, origin: "generated" };
      requireDeriveUsage(request, keyType);
      await this.#prepare(keyType);
      const opened = await generatePrivateKeyAsync(keyType, this.#open);
      if (hierarchical === undefined) return { opened, keyType, origin: "generated" };
      const master = this.#withChainCode(opened);
      return { opened: master, keyType, origin: "generated", hierarchical: { scheme: hierarchical, master: true } };
    });
  }

  import(request: ImportRequest, options?: CallOptions): Promise<KeyRecord> {
    return this.#make("import", request, options, async () => {
      const opened = await this.#openImported(request);
      const origin = "imported";
      if (request.kind !== "private" || request.hierarchical === undefined)
        return { opened, keyType: opened.keyType, origin };
      return { opened, keyType: opened.keyType, origin, hierarchical: { scheme: request.hierarchical, master: true } };
    });
  }

  derive(request: DeriveRequest, options?: CallOptions): Promise<KeyRecord> {
    return this.#make("derive", request, options, () =>
      request.kind === "ecdh"
        ? deriveByAgreement(this.#keys, request, this.#open)
        : deriveHdChild(this.#keys, request, this.#open),
    );
  }

  async getPublic(id: string): Promise<PublicKey> {
    const key = this.#keys.get(id);
    const { publicKey } = key.known;
    if (publicKey !== undefined) return publicKey;
    throw notWithThisKey(
      "give a public key",
      key.entry.keyType,
      "A symmetric key has none; getPublic is for asymmetric keys.",
    );
  }

  async #make(
    operation: string,
    request: KeyAttributes,
    options: CallOptions | undefined,
    make: () => Promise<MadeKey>,
  ): Promise<KeyRecord> {
    const mark = this.#markOf(operation, request, options);
    const earlier = mark === undefined ? undefined : this.#keys.store.settled(mark);
    if (earlier !== undefined) return this.#keys.get(earlier.id).record;
    const made = await make();
    let stored: Uint8Array | undefined;
    try {
      const draft = draftOf(request, made);
      stored = draft.half === "public" || isPublicOnly(made.opened) ? new Uint8Array(0) : toStoredForm(made.opened);
      const { entry, created } = await this.#keys.store.insert(draft, stored, mark, options?.signal);
      if (created) return this.#keys.adopt(entry, made.opened);
      // A call with the same idempotency key was faster: its key is the one.
      if ("wipe" in made.opened) made.opened.wipe();
      return this.#keys.get(entry.id).record;
    } catch (error) {
      if ("wipe" in made.opened) made.opened.wipe();
      throw error;
    } finally {
      wipe(stored);
    }
  }

  #markOf(operation: string, request: KeyAttributes, options: CallOptions | undefined): IdempotencyMark | undefined {
    const key = options?.idempotencyKey;
    if (key === undefined) return undefined;
    return { key, fingerprint: requestFingerprint(this.#keys.store.fingerprintKey, operation, request) };
  }

  async #openImported(request: ImportRequest): Promise<EngineKey> {
    switch (request.kind) {
      case "public": {
        const { keyType } = request.publicKey;
        await this.#prepare(keyType);
        // Read again: `fromTrustedRaw` may have skipped the checks, and the engines take Edwards bytes as they are.
        const checked = PublicKey.fromRaw(keyType, request.publicKey.toRaw());
        return openPublicKey(keyType, checked.toRaw(), this.#open);
      }
      case "private": {
        requireDeriveUsage(request, request.privateKey.keyType);
        await this.#prepare(request.privateKey.keyType);
        return openPrivateKey(request.privateKey, this.#open);
      }
      case "secret":
        await this.#prepare(request.keyType);
        return openSecretKey(request.keyType, request.secret, this.#open);
      case "encrypted-shares":
        throw new KeyrailError("UnsupportedCapability", "The software provider has no share holders.", {
          provider: "software",
          operation: "import:encrypted-shares",
        });
    }
  }

  async #prepare(keyType: KeyType): Promise<void> {
    await prepareEngines(keyType);
    if (this.#open.engine !== undefined) await prepareEngines(keyType, { engine: this.#open.engine });
  }

  /** The same private key with a fresh chain code. */
  #withChainCode(opened: OpenedPrivateKey): OpenedPrivateKey {
    const material = exportPrivateKey(opened);
    const chainCode = randomBytes(CHAIN_CODE_BYTES);
    try {
      return openPrivateKey({ ...material, chainCode }, this.#open);
    } finally {
      wipe(material.bytes, chainCode);
      opened.wipe();
    }
  }
}

function isPublicOnly(opened: EngineKey): opened is Exclude<EngineKey, { wipe(): void }> {
  return !("wipe" in opened);
}

function halfOf(opened: EngineKey): KeyHalf {
  if (isPublicOnly(opened)) return "public";
  return opened instanceof OpenedPrivateKey ? "private" : "secret";
}

function draftOf(request: KeyAttributes, made: MadeKey): KeyDraft {
  const now = Math.floor(Date.now() / 1000);
  const { opened, keyType, origin, hierarchical } = made;
  const { usages, algorithms, label, description, extractable } = request;
  return {
    keyType,
    half: halfOf(opened),
    usages,
    ...(algorithms === undefined ? {} : { algorithms }),
    label,
    ...(description === undefined ? {} : { description }),
    origin,
    extractable: extractable === true,
    ...(hierarchical === undefined ? {} : { hierarchical }),
    createdAt: now,
    updatedAt: now,
    ...("publicKey" in opened ? { publicKey: opened.publicKey } : {}),
  };
}

/** A master key without the usage, and the usage on a key that could never derive, are mistakes. */
function requireDeriveUsage(
  request: KeyAttributes & { readonly hierarchical?: StoredHierarchy["scheme"] },
  keyType: AsymmetricKeyType,
): void {
  const derives = request.usages.includes("derive");
  if (request.hierarchical !== undefined && !derives) {
    throw invalidRequest("usages", "A master key needs the usage derive: its children are made by it.");
  }
  const { derivesByAgreement, derivesOutputs } = ABILITIES[keyType];
  if (
    derives &&
    request.hierarchical === undefined &&
    !derivesByAgreement &&
    !derivesOutputs &&
    isAsymmetric(keyType)
  ) {
    throw invalidRequest(
      "hierarchical",
      `A ${keyType} key derives only as a master key: say by which scheme in "hierarchical".`,
    );
  }
}
