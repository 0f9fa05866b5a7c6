/** What the self-tests of the suite are made of: a right provider with one thing wrong. */

import type { KeyCatalog, KeyRecord, KeyStore, Provider, Signer, SignRequest, VerifyRequest } from "@keyrail/core";
import type { HarnessInstance } from "../../src/index.ts";

/** A deliberately wrong provider, and the checks that must catch it. */
export interface WrongProvider {
  readonly name: string;
  readonly caughtBy: readonly string[];
  /** Makes the right provider wrong. */
  make(right: Provider): Provider | Partial<HarnessInstance>;
}

/** The right provider with some ports replaced. */
export function changed(right: Provider, changes: Partial<Provider>): Provider {
  return { ...right, ...changes };
}

/** With some methods of the key store replaced. */
export function withKeys(right: Provider, changes: Partial<KeyStore>): Provider {
  return changed(right, { keys: { ...right.keys, ...changes } });
}

/** With some methods of the catalog replaced. */
export function withCatalog(right: Provider, changes: (port: KeyCatalog) => Partial<KeyCatalog>): Provider {
  const port = present(right.catalog);
  return changed(right, { catalog: { ...port, ...changes(port) } });
}

/** With `sign` replaced. */
export function withSign(right: Provider, sign: (port: Signer) => Signer["sign"]): Provider {
  return changed(right, { signer: { sign: sign(present(right.signer)) } });
}

/** With the request of `verify` changed before it is checked. */
export function withVerify(right: Provider, change: (request: VerifyRequest) => VerifyRequest): Provider {
  const port = present(right.verifier);
  return changed(right, { verifier: { verify: (request, options) => port.verify(change(request), options) } });
}

/** With every record of a new key changed. */
export function withRecords(right: Provider, change: (record: KeyRecord) => KeyRecord): Provider {
  const { keys } = right;
  return withKeys(right, {
    create: async (request, options) => change(await keys.create(request, options)),
    import: async (request, options) => change(await keys.import(request, options)),
    derive: async (request, options) => change(await keys.derive(request, options)),
  });
}

/** The value, which the right provider has. */
export function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("The right provider lacks something the test needs.");
  return value;
}

/** The request without a member. */
export function without<Request extends SignRequest | VerifyRequest>(request: Request, member: string): Request {
  return Object.fromEntries(Object.entries(request).filter(([name]) => name !== member)) as Request;
}
