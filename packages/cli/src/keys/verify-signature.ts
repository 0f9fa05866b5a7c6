/** Checking a signature: at the provider, or here where the provider does not check any. */

import { type CallOptions, KeyrailError, type Provider, type VerifyRequest } from "@keyrail/core";

/**
 * Whether a signature is valid. A provider without a `verifier` is asked for the public key, and the signature is checked in
 * this process: it takes nothing secret.
 *
 * @throws KeyrailError `UnsupportedCapability` when a key of this type makes no such signatures; what the port throws.
 */
export async function verifySignature(
  provider: Provider,
  request: VerifyRequest,
  options: CallOptions,
): Promise<boolean> {
  if (provider.verifier !== undefined) return provider.verifier.verify(request, options);
  const { key, ...signed } = request;
  const { algorithm } = request;
  const publicKey = await provider.keys.getPublic(key, options);
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
