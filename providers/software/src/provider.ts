import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import {
  type Audit,
  createProvider,
  formatProviderUri,
  type Health,
  isKeyrailError,
  KeyrailError,
  type Provider,
  type ProviderAdapter,
  type Telemetry,
} from "@keyrail/core";
import { ENGINE_NAMES, type EngineName } from "@keyrail/crypto";
import { PROVIDER_NAME, SOFTWARE_CAPABILITIES } from "./capabilities/declaration.ts";
import { KeyAccess } from "./keys/key-access.ts";
import { deterministicDerivation } from "./operations/deterministic-derivation.ts";
import { SoftwareKeyCatalog } from "./operations/key-catalog.ts";
import { SoftwareKeyStore } from "./operations/key-store.ts";
import { opener } from "./operations/opened-key.ts";
import { agreement, cipher, kem, keyExport, keyWrap, macPort, signer, verifier } from "./operations/operation-ports.ts";
import type { KeyEncryptionKey } from "./sealing/key-encryption-key.ts";
import { ownKeyEncryptionKey } from "./sealing/own-key-encryption-key.ts";
import type { KeyEntryStore } from "./store/key-entry-store.ts";
import { MemoryStore } from "./store/memory-store.ts";
import type { SqliteStore } from "./store/sqlite/sqlite-store.ts";

/** Where the keys are kept. */
export type StoreOptions =
  | {
      /** In this process: gone when the provider is closed. */
      readonly kind: "memory";
    }
  | {
      /** In one encrypted SQLite file. */
      readonly kind: "sqlite";
      /** Relative to the working directory, or absolute. */
      readonly path: string;
      readonly keyEncryptionKey: KeyEncryptionKey;
      /** Whether a store is made when there is no file. Default true. */
      readonly create?: boolean;
    };

/** What {@link openSoftwareProvider} takes. */
export interface SoftwareProviderOptions {
  readonly store: StoreOptions;
  readonly telemetry?: Telemetry;
  readonly audit?: Audit;
  /** Bound of the cache of opened keys, bytes. Default 64 MiB. */
  readonly cacheBytes?: number;
  /** Prefers one implementation for every key, to compare implementations in tests. Default: the fastest of each. */
  readonly engine?: EngineName;
}

/** The software provider: every port, and what only a store of its own has. */
export interface SoftwareProvider extends Provider {
  /**
   * Opens the store by another key-encryption key from now on; keys and records stay as they are. The old one no longer
   * opens the file; copies of the file made before are still opened by the old one.
   *
   * @throws KeyrailError `UnsupportedCapability` for the memory store, `Closed`, `StoreUnavailable`, `InvalidConfiguration`.
   */
  rewrap(keyEncryptionKey: KeyEncryptionKey): Promise<void>;
}

const MEMORY_STORE = ":memory:";
const DEFAULT_CACHE_BYTES = 64 * 1024 * 1024;
/** A well-formed id that no key has. */
const NO_KEY = "00000000-0000-7000-8000-000000000000";

/**
 * Opens the software provider. Its URI is `software:<absolute path>`, or `software::memory:`.
 *
 * @throws KeyrailError `InvalidConfiguration`; `StoreUnavailable` (no file and `create` is false, not a store, newer format,
 *   permissions, disk full); `WrongPassphrase`; `IntegrityFailed` when the store's header is damaged.
 */
export async function openSoftwareProvider(options: SoftwareProviderOptions): Promise<SoftwareProvider> {
  checkOptions(options);
  const { store: where, telemetry, audit, engine, cacheBytes = DEFAULT_CACHE_BYTES } = options;
  const path = where.kind === "sqlite" ? resolve(where.path) : MEMORY_STORE;
  const sqlite = where.kind === "sqlite" ? await openSqlite(path, where) : undefined;
  const store: KeyEntryStore = sqlite ?? new MemoryStore();
  const uri = formatProviderUri({ provider: PROVIDER_NAME, network: false, store: path });
  const keys = new KeyAccess(store, uri, engine, cacheBytes);
  const names = new Set([path, where.kind === "sqlite" ? await realpath(path) : path]);
  const owns = (name: string): boolean => names.has(where.kind === "sqlite" ? resolve(name) : name);
  const provider = createProvider(adapter(keys, uri, owns), {
    ...(telemetry === undefined ? {} : { telemetry }),
    ...(audit === undefined ? {} : { audit }),
  });
  let closed = false;
  const close = (): Promise<void> => {
    closed = true;
    return provider.close();
  };
  return {
    ...provider,
    close,
    [Symbol.asyncDispose]: close,
    async rewrap(keyEncryptionKey) {
      if (closed) throw new KeyrailError("Closed", `The provider ${uri} is closed.`, { what: uri });
      if (sqlite === undefined) {
        throw new KeyrailError(
          "UnsupportedCapability",
          "A memory store is not encrypted, so there is nothing to rewrap.",
          {
            provider: PROVIDER_NAME,
            operation: "rewrap",
          },
        );
      }
      using own = ownKeyEncryptionKey(keyEncryptionKey);
      await sqlite.rewrap(own.key);
    },
  };
}

async function openSqlite(path: string, options: StoreOptions & { readonly kind: "sqlite" }): Promise<SqliteStore> {
  // First of all: the caller may wipe its bytes as soon as the call has begun.
  using own = ownKeyEncryptionKey(options.keyEncryptionKey);
  const { SqliteStore: Store } = await import("./store/sqlite/sqlite-store.ts");
  return await Store.open(path, own.key, options.create ?? true);
}

function adapter(keys: KeyAccess, uri: string, owns: (store: string) => boolean): ProviderAdapter {
  return {
    name: PROVIDER_NAME,
    uri,
    capabilities: SOFTWARE_CAPABILITIES,
    ownsStore: owns,
    describe: (id) => keys.describe(id),
    keys: new SoftwareKeyStore(keys),
    catalog: new SoftwareKeyCatalog(keys),
    signer: signer(keys),
    verifier: verifier(keys),
    agreement: agreement(keys),
    mac: macPort(keys),
    cipher: cipher(keys),
    keyWrap: keyWrap(keys),
    kem: kem(keys),
    keyExport: keyExport(keys),
    deterministicDerivation: deterministicDerivation(keys),
    opener: opener(keys),
    health: () => health(keys),
    close: () => keys.close(),
  };
}

async function health(keys: KeyAccess): Promise<Health> {
  try {
    keys.store.load(NO_KEY);
    return { healthy: true };
  } catch (error) {
    if (isKeyrailError(error)) return { healthy: false, reason: error.message };
    throw error;
  }
}

/** Types promise whole options; JavaScript callers may not keep the promise. */
function checkOptions(options: SoftwareProviderOptions): void {
  const given: { readonly store?: { readonly kind?: unknown; readonly path?: unknown } | null } | null | undefined =
    options;
  const store = given?.store;
  if (typeof store !== "object" || store === null || (store.kind !== "memory" && store.kind !== "sqlite")) {
    throw new KeyrailError("InvalidConfiguration", 'Give a store; its kind is "memory" or "sqlite".', {
      path: "store.kind",
    });
  }
  const { path } = store;
  if (store.kind === "sqlite" && (typeof path !== "string" || path === "" || path.includes("\0"))) {
    throw new KeyrailError("InvalidConfiguration", "A SQLite store has a path, a text without NUL characters.", {
      path: "store.path",
    });
  }
  const { engine, cacheBytes } = options;
  if (engine !== undefined && !ENGINE_NAMES.includes(engine)) {
    throw new KeyrailError("InvalidConfiguration", `The engine is one of ${ENGINE_NAMES.join(", ")}.`, {
      path: "engine",
    });
  }
  if (cacheBytes !== undefined && !(typeof cacheBytes === "number" && cacheBytes >= 0)) {
    throw new KeyrailError("InvalidConfiguration", "The cache bound is a number of bytes.", { path: "cacheBytes" });
  }
}
