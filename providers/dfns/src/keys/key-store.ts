/** `KeyStore` over `POST /keys` (dfns.md, sections 4 and 7). */

import {
  type CallOptions,
  type CreateRequest,
  type DeriveRequest,
  type ImportRequest,
  type KeyRecord,
  isKeyrailError,
  KeyrailError,
  type KeyStore,
  type PublicKey,
} from "@keyrail/core";
import type { ApiClient } from "../client/api-client.ts";
import { CallBudget } from "../client/call-budget.ts";
import type { ChangeRequestDescription } from "../client/request-description.ts";
import { createKey } from "../client/requests.ts";
import type { DfnsKey } from "../client/schemas.ts";
import type { IdempotentMaking } from "./idempotency.ts";
import { isArchived, type KeyDirectory } from "./key-directory.ts";
import { type HolderWords, namingHolder } from "./key-holder.ts";
import { KeyImport } from "./key-import.ts";
import type { KeyPages } from "./key-pages.ts";
import type { Fingerprint } from "./name-marker.ts";
import { settleByFacts } from "./settlement.ts";
import { isMaster, requiredKind, unsupported } from "./wanted-kind.ts";

/** What the key store is made of. */
export interface DfnsKeyStoreOptions {
  readonly api: ApiClient;
  readonly directory: KeyDirectory;
  readonly pages: KeyPages;
  readonly making: IdempotentMaking;
  /** Where new keys are kept; the organisation's primary store when absent. */
  readonly keyStoreId: string | undefined;
}

const NON_HARDENED = /^m(?:\/(?:0|[1-9][0-9]{0,9}))+$/;

const CHILD: HolderWords = {
  already: "The master key has a child at this path already,",
  ifArchived: "It is archived, and Dfns makes no second one there. Take another path.",
  otherwise: "Use it, or take another path.",
};

/** Makes keys. */
export class DfnsKeyStore implements KeyStore {
  readonly #options: DfnsKeyStoreOptions;
  readonly #importing: KeyImport;

  constructor(options: DfnsKeyStoreOptions) {
    this.#options = options;
    this.#importing = new KeyImport(options);
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
      making.byMarker(options, fingerprint, request.label, body, call),
    );
    return directory.record(key);
  }

  import(request: ImportRequest, options?: CallOptions): Promise<KeyRecord> {
    return this.#importing.import(request, options);
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
    const isThere = (key: DfnsKey): boolean => key.derivedFrom?.keyId === keyId && key.derivedFrom.path === path;
    const isChild = (key: DfnsKey): boolean => isThere(key) && !isArchived(key);
    const key = await making
      .once(idempotencyKey, ["derive", keyId, path, label], call, () =>
        idempotencyKey === undefined
          ? api.changeUnsettled(description, call)
          : settleByFacts(api, description, call, label, () => pages.find(isChild, call)),
      )
      .catch(async (error: unknown) => {
        if (!isKeyrailError(error, "KeyExists")) throw error;
        throw await namingHolder(error, () => pages.find(isThere, call), directory, CHILD);
      });
    return directory.record(key);
  }

  async getPublic(id: string, options?: CallOptions): Promise<PublicKey> {
    return (await this.#options.directory.facts(id, new CallBudget("read a public key", options))).publicKey;
  }
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
