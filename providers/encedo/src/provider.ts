/** The Encedo HEM as a provider: everything put together. */

import { createProvider, type Health, type Provider, type ProviderAdapter, wipe } from "@keyrail/core";
import { encedoCapabilities } from "./capabilities.ts";
import { CheckIn } from "./client/check-in.ts";
import { CryptoEndpoints } from "./client/crypto-endpoints.ts";
import { DeviceClient } from "./client/device-client.ts";
import { lastingReason } from "./client/device-status.ts";
import { ExternalLogin } from "./client/external-login.ts";
import { KeyEndpoints } from "./client/key-endpoints.ts";
import { limitsOf } from "./client/limits.ts";
import { DeviceIdentity, LocalLogin, type PassphraseSource } from "./client/local-login.ts";
import { type LoginMethod, Tokens } from "./client/tokens.ts";
import { DeviceTransport } from "./client/transport.ts";
import { PROVIDER } from "./errors.ts";
import { keyCatalog } from "./keys/key-catalog.ts";
import { KeyDirectory } from "./keys/key-directory.ts";
import { KeyReader } from "./keys/key-reader.ts";
import { keyStore } from "./keys/key-store.ts";
import { agreement } from "./operations/agreement.ts";
import { ciphers } from "./operations/cipher.ts";
import { kem } from "./operations/kem.ts";
import { keyWrap } from "./operations/key-wrap.ts";
import { macs } from "./operations/mac.ts";
import { SIGNATURE_CHECK, signer } from "./operations/signer.ts";
import { verifier } from "./operations/verifier.ts";
import { checkOptions, type EncedoProviderOptions, SYSTEM_TIMING } from "./options.ts";

const REQUEST_TIMEOUT = 30_000;
const KEY_GENERATION_TIMEOUT = 120_000;
const BUSY_TIMEOUT = 15_000;
const TOKEN_LIFETIME = 28_800;

/**
 * Opens one Encedo HEM. With a passphrase given as bytes the device is asked for its identity, which the key derivation
 * needs, and the passphrase is forgotten before this resolves; otherwise nothing is sent yet.
 *
 * All providers of one device in this process share one place in its queue: one request is in flight at a time.
 *
 * @throws `InvalidConfiguration`; with a passphrase as bytes also `ConnectionFailed`, `DeadlineExceeded`,
 * `ProviderUnavailable`, `IdentityMismatch`, `UnexpectedResponse`.
 */
export async function openEncedoProvider(options: EncedoProviderOptions): Promise<Provider> {
  const { origin, store } = checkOptions(options);
  const uri = `encedo://${store}`;
  const timing = options.timing ?? SYSTEM_TIMING;
  const transport = await DeviceTransport.open({
    origin,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    timeout: options.timeouts?.request ?? REQUEST_TIMEOUT,
    pacing: options.pacing ?? 0,
    timing,
  });
  const identity = new DeviceIdentity(options.eid, (eid) => transport.identify(eid));
  if (options.eid !== undefined) transport.identify(options.eid);
  const login = loginOf(options, { transport, identity, timing });
  try {
    await login.prepare();
  } catch (error) {
    login.close();
    await transport.close();
    throw error;
  }

  const tokens = new Tokens(login.method, timing);
  const client = new DeviceClient({
    transport,
    tokens,
    identity,
    timing,
    busyTimeout: options.timeouts?.busy ?? BUSY_TIMEOUT,
  });
  const directory = new KeyDirectory();
  const endpoints = new KeyEndpoints(client, options.timeouts?.keyGeneration ?? KEY_GENERATION_TIMEOUT);
  const reader = new KeyReader(uri, endpoints, directory, options.onSkippedRecord);
  const parts = { uri, endpoints, crypto: new CryptoEndpoints(client), directory, reader, timing };

  const adapter: ProviderAdapter = {
    name: PROVIDER,
    uri,
    capabilities: encedoCapabilities,
    ownsStore: (other) => other.replace(/:443$/, "") === store,
    describe: (id) => directory.describe(id),
    keys: keyStore(parts),
    catalog: keyCatalog(parts),
    signer: signer(parts),
    verifier: verifier(parts),
    agreement: agreement(parts),
    mac: macs(parts),
    cipher: ciphers(parts),
    keyWrap: keyWrap(parts),
    kem: kem(parts),
    localVerification: SIGNATURE_CHECK,
    async health(given): Promise<Health> {
      const reason = lastingReason(await client.status(limitsOf(given, timing)));
      return reason === undefined
        ? { healthy: true }
        : { healthy: false, reason: `The device can't serve: ${reason}.` };
    },
    async close() {
      tokens.clear();
      directory.clear();
      login.close();
      await transport.close();
    },
  };
  return createProvider(adapter, {
    ...(options.telemetry === undefined ? {} : { telemetry: options.telemetry }),
    ...(options.audit === undefined ? {} : { audit: options.audit }),
  });
}

interface Login {
  readonly method: LoginMethod;
  prepare(): Promise<void>;
  close(): void;
}

function loginOf(
  options: EncedoProviderOptions,
  parts: Pick<ConstructorParameters<typeof LocalLogin>[0], "transport" | "identity" | "timing">,
): Login {
  const checkIn = options.checkin === false ? undefined : new CheckIn(parts.transport, options.checkin ?? {});
  const { passphrase, externalAuthenticator } = options;
  if (externalAuthenticator !== undefined) {
    const method = new ExternalLogin({ ...parts, checkIn, authenticator: externalAuthenticator });
    return { method, prepare: () => Promise.resolve(), close: () => undefined };
  }
  // A copy: the login wipes what it is given, and the caller's bytes are the caller's.
  const copy = passphrase instanceof Uint8Array ? passphrase.slice() : undefined;
  const method = new LocalLogin({
    ...parts,
    checkIn,
    passphrase: typeof passphrase === "function" ? passphrase : once(copy),
    tokenLifetime: options.tokenLifetime ?? TOKEN_LIFETIME,
    maximumClockDrift: options.maximumClockDrift,
  });
  return {
    method,
    prepare: async () => {
      if (copy === undefined) return;
      try {
        await method.prepare();
      } finally {
        wipe(copy);
      }
    },
    close: () => method.close(),
  };
}

function once(bytes: Uint8Array | undefined): PassphraseSource {
  return () => bytes ?? new Uint8Array();
}
