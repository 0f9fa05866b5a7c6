/** The device of the fact sheet's worked vector, and clients for it. */

import { startEncedoEmulator, type EncedoEmulator, type EncedoEmulatorOptions } from "../src/index.ts";
import { DeviceClient, rawPublic, x25519Private } from "./device-client.ts";

/** `count` bytes that count up from `first`. */
export function counting(first: number, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => first + index);
}

/** Identity of the worked vector. */
export const VECTOR_EID = "NYBy1jZYgNGu6jKa35EhODhR7SGijjt16WXQ0s0WYlQ=";
/** Passphrase of the worked vector. */
export const VECTOR_PASSPHRASE = "Zażółć gęślą jaźń 42";
/** Passphrase of role M in the tests. */
export const MASTER_PASSPHRASE = "master of the tests";

/** Seed of role U: that of the worked vector, which the login tests derive. */
export const userSeed: Uint8Array = new Uint8Array(
  Buffer.from("0bc1f3143a5c1faec5780f5b7b555904421d0e35987030641acc51179225fc78", "hex"),
);
/** Seed of role M; random in content, so that tests need no second PBKDF2. */
export const masterSeed: Uint8Array = counting(1, 32);

/** A running device and a client for it. */
export interface Fixture {
  readonly emulator: EncedoEmulator;
  readonly client: DeviceClient;
  /** A bearer of role U for a scope; cached. */
  user(scope: string): Promise<string>;
  /** A bearer of role M for a scope; cached. */
  master(scope: string): Promise<string>;
}

/** Starts the device of the worked vector, without waiting times. */
export async function startFixture(options: EncedoEmulatorOptions = {}): Promise<Fixture> {
  const emulator = await startEncedoEmulator({
    timeScale: 0,
    ...options,
    fixtures: {
      identityPrivateKey: counting(0x20, 32),
      sessionPrivateKey: counting(0x40, 32),
      userPassphrase: VECTOR_PASSPHRASE,
      masterPassphrase: MASTER_PASSPHRASE,
      userPublicKey: new Uint8Array(rawPublic(x25519Private(userSeed))),
      masterPublicKey: new Uint8Array(rawPublic(x25519Private(masterSeed))),
      ...options.fixtures,
    },
  });
  const client = new DeviceClient(emulator);
  const cached = (seed: Uint8Array): ((scope: string) => Promise<string>) => {
    const tokens = new Map<string, Promise<string>>();
    return (scope) => {
      const token = tokens.get(scope) ?? client.logIn(seed, scope);
      tokens.set(scope, token);
      return token;
    };
  };
  return { emulator, client, user: cached(userSeed), master: cached(masterSeed) };
}

/** Standard base64 of bytes or of a text. */
export function base64(data: Uint8Array | string): string {
  return Buffer.from(data as Uint8Array).toString("base64");
}
