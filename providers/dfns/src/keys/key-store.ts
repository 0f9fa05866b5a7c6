/** `KeyStore` over `POST /keys` and `POST /keys/import` (dfns.md, sections 4, 7 and 8). */

import { createHash } from "node:crypto";
import {
  type CallOptions,
  type CreateRequest,
  type DeriveRequest,
  encodeHex,
  type ImportEncryptedSharesRequest,
  type ImportPrivateRequest,
  type ImportRequest,
  encodeBase64,
  isKeyrailError,
    type KeyRecord,
  KeyrailError,
  type KeyStore,
  PublicKey,
  type PublicKey as PublicKeyType,
  wipe,
} from "@keyrail/core";
import type { ApiClient, ChangeRequestDescription } from "../client/api-client.ts";
import { CallBudget } from "../client/call-budget.ts";
import { createKey, getSigners, importKey } from "../client/requests.ts";
import type { DfnsKey } from "../client/schemas.ts";
import { encryptShares, THRESHOLD } from "../import/encrypt-shares.ts";
import { scalarOf } from "../import/private-scalar.ts";
import { rankSigners, type ShareSigner } from "../import/share-signers.ts";
import { type KeyKind, kindFor, PROVIDER_NAME, type WantedKind } from "../mapping.ts";
import type { IdempotentMaking } from "./idempotency.ts";
import { isArchived, type KeyDirectory, readPublicKey } from "./key-directory.ts";
import type { KeyPages } from "./key-pages.ts";
import { type Fingerprint, partsOfName } from "./name-marker.ts";
import { settle } from "./settlement.ts";

/** What the key store is made of. */
export interface DfnsKeyStoreOptions {
  readonly api: ApiClient;
  readonly directory: KeyDirectory;
  readonly pages: KeyPages;
  readonly making: IdempotentMaking;
  /** Where new keys are kept; the organisation's primary store when absent. */
  readonly keyStoreId: string | undefined;
}

/** How long the signers of an import are believed to be the same, milliseconds. */
const SIGNERS_LIFETIME = 300_000;
const NON_HARDENED = /^m(?:\/(?:0|[1-9][0-9]{0,9}))+$/;

/** Makes keys. */
export class DfnsKeyStore implements KeyStore {
  readonly #options: DfnsKeyStoreOptions;
  #signers: { readonly ranked: readonly ShareSigner[]; readonly until: number } | undefined;

  constructor(options: DfnsKeyStoreOptions) {
    this.#options = options;
  }

  async create(request: CreateRequest, options?: CallOptions): Promise<KeyRecord> {
    const kind = requiredKind(request, "create");
    const master = isMaster(kind, request);
    const { keyStoreId, making, directory } = this.#options;
    const call = new CallBudget("create a key", options, true);
    const fingerprint: Fingerprint = ["create", kind.scheme, kind.curve, master, request.label];
    const body = (name: string): ChangeRequestDescription<DfnsKey> =>
      createKey({
        scheme: kind.scheme,
        curve: kind.curve,
        ...(name === "" ? {} : { name }),
        ...(master ? { masterKey: true } : {}),
        ...(keyStoreId === undefined ? {} : { storeId: keyStoreId }),
      });
    const idempotencyKey = options?.idempotencyKey;
    const key = await making.once(idempotencyKey, fingerprint, call, () =>
      making.byMarker(idempotencyKey, fingerprint, request.label, body, call),
    );
    return directory.record(key);
  }

  async import(request: ImportRequest, options?: CallOptions): Promise<KeyRecord> {
    const call = new CallBudget("import a key", options, true);
    switch (request.kind) {
      case "private":
        return this.#importPrivate(request, call, options?.idempotencyKey);
      case "encrypted-shares":
        return this.#importShares(request, call, options?.idempotencyKey);
      default:
        // The gate refuses these: no row declares them.
        throw unsupported(`import:${request.kind}`, "Dfns holds private keys only.");
    }
  }

  async derive(request: DeriveRequest, options?: CallOptions): Promise<KeyRecord> {
    if (request.kind !== "hd") throw unsupported("derive:ecdh", "Dfns agrees on no secret with a peer.");
    const { api, directory, pages, making } = this.#options;
    const call = new CallBudget("derive a key", options, true);
    checkPath(request.path);
    const master = await directory.facts(request.key, call);
    if (!master.master) {
      throw new KeyrailError("UsageNotPermitted", `The Dfns key ${request.key} is no master key.`, {
        key: request.key,
        usage: "derive",
      });
    }
    const { kind } = master;
    const { path, label, key: keyId } = request;
    const idempotencyKey = options?.idempotencyKey;
    const description = createKey(
      { scheme: kind.scheme, curve: kind.curve, ...(label === "" ? {} : { name: label }), deriveFrom: { keyId, path } },
      "derive a key",
    );
    const isChild = (key: DfnsKey): boolean =>
      key.derivedFrom?.keyId === keyId && key.derivedFrom.path === path && !isArchived(key);
    const key = await making.once(idempotencyKey, ["derive", keyId, path, label], call, () =>
      idempotencyKey === undefined
        ? api.changeUnsettled(description, call)
        : this.#settleByFacts(description, call, label, () => pages.find(isChild, call)),
    );
    return directory.record(key);
  }

  async getPublic(id: string, options?: CallOptions): Promise<PublicKeyType> {
    return (await this.#options.directory.facts(id, new CallBudget("read a public key", options))).publicKey;
  }

  async #importPrivate(
    request: ImportPrivateRequest,
    call: CallBudget,
    idempotencyKey: string | undefined,
  ): Promise<KeyRecord> {
    const kind = requiredKind(
      { ...request, keyType: request.privateKey.keyType, portable: true },
      "import:private",
    );
    const { api, directory, pages, making } = this.#options;
    const { chainCode } = request.privateKey;
    if (chainCode === undefined && request.usages.includes("derive")) {
      throw new KeyrailError("InvalidRequest", "A key whose children are to be derived is imported with its chain code.", {
        path: "hierarchical",
      });
    }
    const scalar = await scalarOf(request.privateKey);
    try {
      const encrypted = await encryptShares(
        { curve: kind.curve, scalar, ...(chainCode === undefined ? {} : { chainCode }) },
        await this.#rankedSigners(call),
      );
      const expected = PublicKey.fromTrustedRaw(kind.keyType, encrypted.publicKey);
      const hex = publicKeyHex(expected);
      const description = importKey({
        curve: kind.curve,
        protocol: kind.protocol,
        minSigners: encrypted.threshold,
        encryptedKeyShares: encrypted.shares,
        ...(request.label === "" ? {} : { name: request.label }),
        ...(chainCode === undefined ? {} : { masterKey: true }),
      });
      const isIt = (key: DfnsKey): boolean =>
        key.scheme === kind.scheme && key.curve === kind.curve && key.publicKey.toLowerCase() === hex && !isArchived(key);
      const fingerprint: Fingerprint = ["import", kind.scheme, hex, chainCode !== undefined, request.label];
      const key = await making.once(idempotencyKey, fingerprint, call, () =>
        idempotencyKey === undefined
          ? api.changeUnsettled(description, call)
          : this.#settleByFacts(description, call, request.label, () => pages.find(isIt, call)),
      );
      checkImported(key, kind, expected);
      return directory.record(key);
    } finally {
      wipe(scalar);
    }
  }

  async #importShares(
    request: ImportEncryptedSharesRequest,
    call: CallBudget,
    idempotencyKey: string | undefined,
  ): Promise<KeyRecord> {
    const kind = requiredKind({ ...request, portable: true }, "import:encrypted-shares");
    if (request.threshold !== THRESHOLD) {
      throw new KeyrailError("InvalidRequest", `Dfns imports keys with a threshold of ${THRESHOLD} only.`, {
        path: "threshold",
        expected: String(THRESHOLD),
      });
    }
    const { directory, making } = this.#options;
    const shares = request.shares.map(({ holder, ciphertext }) => ({
      signerId: holder,
      encryptedKeyShare: encodeBase64(ciphertext),
    }));
    const master = isMaster(kind, request);
    const body = (name: string): ChangeRequestDescription<DfnsKey> =>
      importKey({
        curve: kind.curve,
        protocol: kind.protocol,
        minSigners: request.threshold,
        encryptedKeyShares: shares,
        ...(name === "" ? {} : { name }),
        ...(master ? { masterKey: true } : {}),
      });
    const digest = createHash("sha256").update(JSON.stringify(shares)).digest("base64url");
    const fingerprint: Fingerprint = ["import-shares", kind.scheme, kind.curve, master, request.label, digest];
    const key = await making.once(idempotencyKey, fingerprint, call, () =>
      making.byMarker(idempotencyKey, fingerprint, request.label, body, call),
    );
    return directory.record(key);
  }

  /**
   * A change whose result is found by facts of its own: a public key, or master and path. That Dfns refuses a second one
   * with 409 is assumed (dfns.md, section 12); then the first one is the answer if it has the same name.
   */
  async #settleByFacts(
    description: ChangeRequestDescription<DfnsKey>,
    call: CallBudget,
    label: string,
    find: () => Promise<DfnsKey | undefined>,
  ): Promise<DfnsKey> {
    try {
      return await settle(this.#options.api, description, call, find);
    } catch (error) {
      if (!isKeyrailError(error, "KeyExists")) throw error;
      const found = await find();
      if (found !== undefined && partsOfName(found.name ?? "").label === label) return found;
      throw error;
    }
  }

  async #rankedSigners(call: CallBudget): Promise<readonly ShareSigner[]> {
    const known = this.#signers;
    if (known !== undefined && performance.now() < known.until) return known.ranked;
    const ranked = rankSigners(await this.#options.api.read(getSigners(), call));
    this.#signers = { ranked, until: performance.now() + SIGNERS_LIFETIME };
    return ranked;
  }
}

/** The kind of key a request means. The gate has seen the rows; a part of a set of algorithms is refused here. */
function requiredKind(wanted: WantedKind, operation: string): KeyKind {
  const kind = kindFor(wanted);
  if (kind !== undefined) return kind;
  throw unsupported(
    operation,
    `A ${wanted.keyType} key can't be restricted to ${wanted.algorithms?.join(", ") ?? "nothing"} alone; name all algorithms of its kind.`,
  );
}

/** Whether a master key is asked for: by the derivation of its children, or by the usage `derive` on a key that signs. */
function isMaster(kind: KeyKind, request: CreateRequest | ImportEncryptedSharesRequest): boolean {
  return request.hierarchical !== undefined || (kind.hierarchical !== undefined && request.usages.includes("derive"));
}

function checkPath(path: string): void {
  const indexes = path.split("/").slice(1);
  if (NON_HARDENED.test(path) && indexes.every((index) => Number(index) < 0x8000_0000)) return;
  throw new KeyrailError(
    "InvalidRequest",
    "Dfns derives non-hardened children only: a path is m/0/1/…, decimal indexes below 2147483648 without ' or h.",
    { path: "path", expected: "non-hardened indexes" },
  );
}

function publicKeyHex(publicKey: PublicKeyType): string {
  return encodeHex(publicKey.keyType === "Ed25519" ? publicKey.toRaw() : publicKey.toCompressed());
}

function checkImported(key: DfnsKey, kind: KeyKind, expected: PublicKeyType): void {
  if (key.scheme === kind.scheme && key.curve === kind.curve && readPublicKey(key.publicKey, kind, key.id).equals(expected)) {
    return;
  }
  throw new KeyrailError(
    "UnexpectedResponse",
    `Dfns imported the key ${key.id} with another public key than the one that was sent; don't use it.`,
    { provider: PROVIDER_NAME, reason: "wrong public key" },
    { retry: "unknown-outcome" },
  );
}

function unsupported(operation: string, text: string): KeyrailError<"UnsupportedCapability"> {
  return new KeyrailError("UnsupportedCapability", text, { provider: PROVIDER_NAME, operation });
}
