import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect } from "vitest";
import { type ErrorCode, isKeyrailError, type KeyrailError } from "@keyrail/core";
import {
  type KeyEncryptionKey,
  openSoftwareProvider,
  type SoftwareProvider,
  type SoftwareProviderOptions,
} from "../../src/index.ts";

const opened: SoftwareProvider[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const provider of opened.splice(0)) await provider.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Bytes that open the stores of tests. */
export const KEY_BYTES: KeyEncryptionKey = { bytes: new Uint8Array(32).fill(7) };

/** A cheap passphrase. */
export function passphrase(text: string): KeyEncryptionKey {
  return { passphrase: Buffer.from(text), argon2id: { memory: 64, passes: 1, parallelism: 1 } };
}

/** A folder that goes after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "keyrail-software-"));
  folders.push(folder);
  return folder;
}

/** A path for a new store. */
export function storePath(): string {
  return join(temporaryFolder(), "keys.sqlite");
}

/** A provider that is closed after the test. */
export async function open(options: SoftwareProviderOptions): Promise<SoftwareProvider> {
  const provider = await openSoftwareProvider(options);
  opened.push(provider);
  return provider;
}

/** A provider over a memory store. */
export function openMemory(options: Omit<SoftwareProviderOptions, "store"> = {}): Promise<SoftwareProvider> {
  return open({ ...options, store: { kind: "memory" } });
}

/** A provider over a SQLite file. */
export function openFile(
  path: string,
  keyEncryptionKey: KeyEncryptionKey = KEY_BYTES,
  options: Omit<SoftwareProviderOptions, "store"> = {},
): Promise<SoftwareProvider> {
  return open({ ...options, store: { kind: "sqlite", path, keyEncryptionKey } });
}

/** The two kinds of stores, for tests that hold for both. */
export const STORES: readonly (readonly [string, () => Promise<SoftwareProvider>])[] = [
  ["memory", () => openMemory()],
  ["sqlite", () => openFile(storePath())],
];

/** The error a call rejects with; fails when it does not, or with another code. */
export async function rejection<C extends ErrorCode>(call: Promise<unknown>, code: C): Promise<KeyrailError<C>> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (isKeyrailError(error, code)) return error;
  expect(error).toMatchObject({ code });
  throw new Error(`The call did not reject with ${code}.`);
}

/** A member that a provider has, or the test fails. */
export function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("The provider lacks a port.");
  return value;
}

/** Bytes of a text. */
export function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "utf8"));
}
