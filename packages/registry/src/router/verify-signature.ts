/** Checking a signature: at the provider, or here where the provider does not check any. */

import { type CallOptions, KeyrailError, type Provider, type PublicKey, type VerifyRequest } from "@keyrail/core";

/** Public keys remembered for each provider; a key's public half never changes. */
const REMEMBERED = 1000;

const publicKeys = new WeakMap<Provider, Map<string, PublicKey>>();

/**
 * Whether a signature is valid. A provider without a `verifier` is asked for the public key, once, and the signature is
 * checked in this process: it takes nothing secret. So an alias verifies at every provider that can sign.
 *
 * @throws KeyrailError `UnsupportedCapability` when a key of this type makes no such signatures; what the port throws.
 */
export async function verifySignature(
  provider: Provider,
  request: VerifyRequest,
  options?: CallOptions,
): Promise<boolean> {
  if (provider.verifier !== undefined) return provider.verifier.verify(request, options);
  const { key, ...signed } = request;
  const { algorithm } = request;
  const publicKey = await publicKeyOf(provider, key, options);
  const { keyType } = publicKey;
  const { openPublicKey, prepareEngines, signatureAlgorithms, verifyAsync } = await import("@keyrail/crypto");
  if (!signatureAlgorithms(keyType).includes(algorithm)) {
    throw new KeyrailError("UnsupportedCapability", `A ${keyType} key makes no signatures of ${algorithm}.`, {
      provider: provider.name,
      operation: "verify",
      keyType,
      algorithm,
    });
  }
  await prepareEngines(keyType, { algorithm });
  return verifyAsync(openPublicKey(keyType, publicKey.toRaw()), signed);
}

async function publicKeyOf(provider: Provider, key: string, options: CallOptions | undefined): Promise<PublicKey> {
  let known = publicKeys.get(provider);
  if (known === undefined) publicKeys.set(provider, (known = new Map<string, PublicKey>()));
  const remembered = known.get(key);
  if (remembered !== undefined) return remembered;
  const publicKey = await provider.keys.getPublic(key, options);
  known.set(key, publicKey);
  for (const oldest of known.keys()) {
    if (known.size <= REMEMBERED) break;
    known.delete(oldest);
  }
  return publicKey;
}
