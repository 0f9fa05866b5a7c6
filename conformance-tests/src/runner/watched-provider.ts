/** A provider that is watched: the keys it makes are noted, its errors are kept, and it ends with its check. */

import {
  type CallOptions,
  isKeyrailError,
  type KeyCatalog,
  type KeyRecord,
  type ListOptions,
  type OpenedKey,
  type Ports,
  type Provider,
  type SearchRequest,
} from "@keyrail/core";
import { Blocked, ExpectationFailed, RawProviderError, RunEnded } from "../outcome.ts";
import type { SecretWatch } from "../secrets/secret-watch.ts";
import type { KeyLedger } from "./key-ledger.ts";

/** What the watching needs of the run. */
export interface Watch {
  readonly ledger: KeyLedger;
  readonly secrets: SecretWatch;
  readonly maximumKeys: number;
  /** Nothing that could make, change or remove a key is called, not even to see it refused. */
  readonly readOnly: boolean;
  /** Why no further call may be made, once that is so. */
  ended(): string | undefined;
  /** Calls that were made and have not come back. */
  readonly inFlight: Set<Promise<unknown>>;
}

/** Wraps every port of a provider; ports it does not have stay missing. */
export function watchedProvider(provider: Provider, watch: Watch): Provider {
  const wrap =
    <Arguments extends unknown[], Result>(operation: string, call: (...given: Arguments) => Promise<Result>) =>
    (...given: Arguments): Promise<Result> =>
      watchedCall(operation, () => call(...given), watch);
  const making =
    <Request>(operation: string, call: (request: Request, options?: CallOptions) => Promise<KeyRecord>) =>
    async (request: Request, options?: CallOptions): Promise<KeyRecord> => {
      refuseWhenReadOnly(watch);
      if (watch.ledger.made >= watch.maximumKeys) {
        throw new Blocked(`The run may make ${watch.maximumKeys} keys, and has.`);
      }
      watch.ledger.countCall();
      const made = watchedCall(operation, () => freshKey(() => call(request, options), watch.ledger), watch);
      // Also when nobody waits for it any more, the key is to be removed.
      const noted = made.then((record) => watch.ledger.add(record));
      watch.inFlight.add(noted);
      noted.then(
        () => watch.inFlight.delete(noted),
        () => watch.inFlight.delete(noted),
      );
      const record = await made;
      watch.secrets.inspect(`the record of ${operation}`, record);
      return record;
    };
  const { keys, signer, verifier, agreement, mac, cipher, keyWrap, kem, keyExport, opener, approvals } = provider;
  const { deterministicDerivation, catalog } = provider;
  const ports: Ports = {
    keys: {
      create: making("create", (request, options) => keys.create(request, options)),
      import: making("import", (request, options) => keys.import(request, options)),
      derive: making("derive", (request, options) => keys.derive(request, options)),
      getPublic: wrap("getPublic", (key, options) => keys.getPublic(key, options)),
    },
    ...(catalog && { catalog: watchedCatalog(catalog, watch) }),
    ...(signer && { signer: { sign: wrap("sign", (request, options) => signer.sign(request, options)) } }),
    ...(verifier && { verifier: { verify: wrap("verify", (request, options) => verifier.verify(request, options)) } }),
    ...(agreement && {
      agreement: { agree: wrap("agree", (request, options) => agreement.agree(request, options)) },
    }),
    ...(mac && {
      mac: {
        mac: wrap("mac", (request, options) => mac.mac(request, options)),
        verifyMac: wrap("verifyMac", (request, options) => mac.verifyMac(request, options)),
      },
    }),
    ...(cipher && {
      cipher: {
        encrypt: wrap("encrypt", (request, options) => cipher.encrypt(request, options)),
        decrypt: wrap("decrypt", (request, options) => cipher.decrypt(request, options)),
      },
    }),
    ...(keyWrap && {
      keyWrap: {
        wrap: wrap("wrap", (request, options) => keyWrap.wrap(request, options)),
        unwrap: wrap("unwrap", (request, options) => keyWrap.unwrap(request, options)),
      },
    }),
    ...(kem && {
      kem: {
        encapsulate: wrap("encapsulate", (request, options) => kem.encapsulate(request, options)),
        decapsulate: wrap("decapsulate", (request, options) => kem.decapsulate(request, options)),
      },
    }),
    ...(keyExport && { keyExport: { export: wrap("export", (key, options) => keyExport.export(key, options)) } }),
    ...(deterministicDerivation && {
      deterministicDerivation: {
        deriveOutput: wrap("deriveOutput", (request, options) =>
          deterministicDerivation.deriveOutput(request, options),
        ),
      },
    }),
    ...(opener && {
      opener: {
        open: wrap("open", async (key, options) => watchedOpenedKey(await opener.open(key, options), watch)),
      },
    }),
    ...(approvals && {
      approvals: {
        requestSignature: wrap("requestSignature", (request, options) => approvals.requestSignature(request, options)),
        resume: wrap("resume", (ticket, options) => approvals.resume(ticket, options)),
      },
    }),
  };
  return {
    ...ports,
    name: provider.name,
    uri: provider.uri,
    custody: provider.custody,
    capabilities: provider.capabilities,
    owns: (key) => provider.owns(key),
    explain: (descriptor) => provider.explain(descriptor),
    health: (options) => provider.health(options),
    close: () => provider.close(),
    [Symbol.asyncDispose]: () => provider[Symbol.asyncDispose](),
  };
}

function refuseWhenReadOnly({ readOnly }: Watch): void {
  if (readOnly) throw new Blocked("The read-only profile makes, changes and removes no key, so it is not tried.");
}

/** A record whose URI another key of the run has, under another label, is never right. */
async function freshKey(call: () => Promise<KeyRecord>, ledger: KeyLedger): Promise<KeyRecord> {
  const record = await call();
  const other = ledger.find(record.uri);
  if (other !== undefined && other.label !== record.label) {
    throw new ExpectationFailed(`the URI ${record.uri} is given to a second key`);
  }
  return record;
}

async function watchedCall<Result>(operation: string, call: () => Promise<Result>, watch: Watch): Promise<Result> {
  const ended = watch.ended();
  if (ended !== undefined) throw new RunEnded(ended);
  const pending = settle(operation, call, watch);
  watch.inFlight.add(pending);
  try {
    return await pending;
  } finally {
    watch.inFlight.delete(pending);
  }
}

async function settle<Result>(operation: string, call: () => Promise<Result>, watch: Watch): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof ExpectationFailed ? error : watchedError(operation, error, watch);
  }
}

function watchedError(operation: string, error: unknown, watch: Watch): unknown {
  watch.secrets.inspect(`an error of ${operation}`, error);
  return isKeyrailError(error) ? error : new RawProviderError(operation, error);
}

function watchedCatalog(catalog: KeyCatalog, watch: Watch): KeyCatalog {
  async function* pages(
    operation: string,
    start: () => AsyncIterable<KeyRecord>,
  ): AsyncGenerator<KeyRecord, void, undefined> {
    const iterator = await watchedCall(operation, async () => start()[Symbol.asyncIterator](), watch);
    let finished = false;
    try {
      for (;;) {
        const next = await watchedCall(operation, () => iterator.next(), watch);
        if (next.done === true) {
          finished = true;
          return;
        }
        yield next.value;
      }
    } finally {
      if (!finished) await iterator.return?.();
    }
  }
  return {
    get: (key, options) => watchedCall("get", () => catalog.get(key, options), watch),
    list: (options?: ListOptions) => pages("list", () => catalog.list(options)),
    search: (request: SearchRequest, options?: ListOptions) => pages("search", () => catalog.search(request, options)),
    async rename(request, options) {
      refuseWhenReadOnly(watch);
      return watchedCall("rename", () => catalog.rename(request, options), watch);
    },
    async remove(key, options) {
      refuseWhenReadOnly(watch);
      await watchedCall("remove", () => catalog.remove(key, options), watch);
      watch.ledger.forget(key);
    },
  };
}

function watchedOpenedKey(opened: OpenedKey, watch: Watch): OpenedKey {
  const wrap =
    <Arguments extends unknown[], Result>(operation: string, call: (...given: Arguments) => Result) =>
    (...given: Arguments): Result => {
      try {
        return call(...given);
      } catch (error) {
        throw watchedError(operation, error, watch);
      }
    };
  return {
    keyType: opened.keyType,
    ...(opened.publicKey === undefined ? {} : { publicKey: opened.publicKey }),
    sign: wrap("opened sign", (request) => opened.sign(request)),
    verify: wrap("opened verify", (request) => opened.verify(request)),
    mac: wrap("opened mac", (request) => opened.mac(request)),
    verifyMac: wrap("opened verifyMac", (request) => opened.verifyMac(request)),
    encrypt: wrap("opened encrypt", (request) => opened.encrypt(request)),
    decrypt: wrap("opened decrypt", (request) => opened.decrypt(request)),
    encapsulate: wrap("opened encapsulate", (request) => opened.encapsulate(request)),
    decapsulate: wrap("opened decapsulate", (request) => opened.decapsulate(request)),
    close: () => opened.close(),
    [Symbol.dispose]: () => opened[Symbol.dispose](),
  };
}
