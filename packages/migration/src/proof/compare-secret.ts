/** Whether two providers hold the same secret key: one operation on one random input, the same result. */

import { createHash, randomBytes } from "node:crypto";
import {
  type CapabilityDeclaration,
  CIPHER_ALGORITHMS,
  type CipherAlgorithm,
  explain,
  isKeyrailError,
  KeyrailError,
  MAC_ALGORITHMS,
  type MacAlgorithm,
  type Operation,
  type Provider,
  wipe,
  WRAP_ALGORITHMS,
  type WrapAlgorithm,
} from "@keyrail/core";
import type { KeyPermissions } from "./succession-algorithms.ts";

/** The operation two secret keys are compared by. */
export type Comparison =
  | { readonly by: "mac"; readonly algorithm: MacAlgorithm }
  | { readonly by: "cipher"; readonly algorithm: CipherAlgorithm }
  | { readonly by: "wrap"; readonly algorithm: WrapAlgorithm };

/** One of two keys. */
export interface ComparedKey {
  readonly provider: Provider;
  /** Key URI. */
  readonly key: string;
}

/** The ways to use such a key at a provider, one per usage. */
export function secretOperations(capabilities: CapabilityDeclaration, key: KeyPermissions): readonly Comparison[] {
  const can = (
    usage: (typeof key.usages)[number],
    operations: readonly Operation[],
    algorithm: Comparison["algorithm"],
  ) =>
    key.usages.includes(usage) &&
    key.algorithms?.includes(algorithm) !== false &&
    operations.every((operation) => explain(capabilities, { operation, keyType: key.keyType, algorithm }).supported);
  const ways: Comparison[] = [];
  const mac = MAC_ALGORITHMS.find((algorithm) => can("mac", ["mac"], algorithm));
  if (mac !== undefined) ways.push({ by: "mac", algorithm: mac });
  const cipher = CIPHER_ALGORITHMS.find((algorithm) => can("encrypt", ["encrypt", "decrypt"], algorithm));
  if (cipher !== undefined) ways.push({ by: "cipher", algorithm: cipher });
  const wrap = WRAP_ALGORITHMS.find((algorithm) => can("wrap", ["wrap", "unwrap"], algorithm));
  if (wrap !== undefined) ways.push({ by: "wrap", algorithm: wrap });
  return ways;
}

/** The ways that both ends have. */
export function comparisonsOf(
  source: CapabilityDeclaration,
  sourceKey: KeyPermissions,
  target: CapabilityDeclaration,
  targetKey: KeyPermissions,
): readonly Comparison[] {
  const there = secretOperations(target, targetKey);
  return secretOperations(source, sourceKey).filter((way) => there.some((other) => other.algorithm === way.algorithm));
}

/**
 * Compares two keys on 32 random bytes.
 *
 * @returns the SHA-256 digest of what came out the same at both ends; undefined when it did not.
 */
export async function compareSecrets(
  way: Comparison,
  one: ComparedKey,
  other: ComparedKey,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  const input = new Uint8Array(randomBytes(32));
  let results: readonly Uint8Array[] = [];
  try {
    results =
      way.by === "mac"
        ? await macs(way.algorithm, one, other, input, signal)
        : [input, await there(way, one, other, input, signal)];
    const [left, right] = results.map((result) => createHash("sha256").update(result).digest());
    return left !== undefined && right !== undefined && left.equals(right) ? new Uint8Array(left) : undefined;
  } catch (error) {
    // Another key's ciphertext does not open.
    if (isKeyrailError(error, "DecryptionFailed")) return undefined;
    throw error;
  } finally {
    wipe(input, ...results);
  }
}

async function macs(
  algorithm: MacAlgorithm,
  one: ComparedKey,
  other: ComparedKey,
  message: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<readonly Uint8Array[]> {
  const options = signal === undefined ? {} : { signal };
  return Promise.all(
    [one, other].map(({ provider, key }) =>
      port(provider.mac, provider, "mac").mac({ key, algorithm, message }, options),
    ),
  );
}

/** The input, closed at one end and opened at the other. */
async function there(
  way: Exclude<Comparison, { by: "mac" }>,
  one: ComparedKey,
  other: ComparedKey,
  plaintext: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const options = signal === undefined ? {} : { signal };
  if (way.by === "cipher") {
    const { algorithm } = way;
    const closed = await port(one.provider.cipher, one.provider, "encrypt").encrypt(
      { key: one.key, algorithm, plaintext },
      options,
    );
    const { ciphertext, iv, tag } = closed;
    const opened = { key: other.key, algorithm, ciphertext, iv, ...(tag === undefined ? {} : { tag }) };
    return port(other.provider.cipher, other.provider, "decrypt").decrypt(opened, options);
  }
  const { algorithm } = way;
  const wrapped = await port(one.provider.keyWrap, one.provider, "wrap").wrap(
    { key: one.key, algorithm, plaintext },
    options,
  );
  return port(other.provider.keyWrap, other.provider, "unwrap").unwrap({ key: other.key, algorithm, wrapped }, options);
}

function port<Port>(found: Port | undefined, provider: Provider, operation: Operation): Port {
  if (found !== undefined) return found;
  throw new KeyrailError("UnsupportedCapability", `${provider.capabilities.title} can't ${operation}.`, {
    provider: provider.name,
    operation,
  });
}
