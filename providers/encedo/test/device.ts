/** An emulated device and a provider for it, over real sockets. */

import { isKeyrailError, type KeyrailError, type Ports, type Provider } from "@keyrail/core";
import { type EncedoEmulator, type EncedoEmulatorOptions, startEncedoEmulator } from "@keyrail/emulator-encedo";
import { type EncedoProviderOptions, openEncedoProvider } from "@keyrail/encedo";

/** The ports this provider has. */
export type EncedoProvider = Provider &
  Required<Pick<Ports, "catalog" | "signer" | "verifier" | "agreement" | "mac" | "cipher" | "keyWrap" | "kem">>;

/** A device, and how to open providers of it. */
export interface TestDevice extends AsyncDisposable {
  readonly emulator: EncedoEmulator;
  /** `encedo://127.0.0.1:port`. */
  readonly uri: string;
  /** Opens a provider; it is closed with the device. */
  open(options?: Partial<EncedoProviderOptions>): Promise<EncedoProvider>;
}

/** Starts a device that never waits. */
export async function startDevice(options: EncedoEmulatorOptions = {}): Promise<TestDevice> {
  const emulator = await startEncedoEmulator({ timeScale: 0, ...options });
  const providers: Provider[] = [];
  const uri = emulator.url.replace("https:", "encedo:");
  return {
    emulator,
    uri,
    async open(given = {}) {
      const withLogin =
        given.externalAuthenticator === undefined ? { passphrase: () => passphraseBytes(emulator) } : {};
      const provider = await openEncedoProvider({
        uri,
        tls: { ca: emulator.caPem },
        checkin: { url: emulator.checkinUrl, tls: { ca: emulator.caPem } },
        ...withLogin,
        ...given,
      });
      providers.push(provider);
      if (!hasPorts(provider)) throw new Error("The provider lacks a port.");
      return provider;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(providers.map((provider) => provider.close()));
      await emulator.close();
    },
  };
}

function hasPorts(provider: Provider): provider is EncedoProvider {
  const { catalog, signer, verifier, agreement, mac, cipher, keyWrap, kem } = provider;
  return [catalog, signer, verifier, agreement, mac, cipher, keyWrap, kem].every((port) => port !== undefined);
}

/** The user's passphrase as bytes. */
export function passphraseBytes(emulator: EncedoEmulator): Uint8Array {
  return new TextEncoder().encode(emulator.userPassphrase);
}

/** All of an async iterable. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** UTF-8. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** What a call rejects with. */
export async function rejection(call: Promise<unknown>): Promise<KeyrailError> {
  try {
    await call;
  } catch (error) {
    if (isKeyrailError(error)) return error;
    throw error;
  }
  throw new Error("The call did not reject.");
}
