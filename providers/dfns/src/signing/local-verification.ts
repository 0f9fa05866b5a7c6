/** Checks every signature that comes from outside before anybody sees it. */

import type { PublicKey, Signature, SignRequest } from "@keyrail/core";
import { openPublicKey, type OpenedPublicKey, prepareEngines, verifyAsync } from "@keyrail/crypto";

/** Opened once per key: opening checks the point. Entries go when the public key does. */
const opened = new WeakMap<PublicKey, OpenedPublicKey>();

/** Whether the signature is valid for the request under the key (BIP341: under its output key). */
export async function isSignedBy(
  publicKey: PublicKey,
  request: SignRequest,
  { signature }: Signature,
): Promise<boolean> {
  const { algorithm, format, merkleRoot } = request;
  await prepareEngines(publicKey.keyType, { algorithm });
  let key = opened.get(publicKey);
  if (key === undefined) opened.set(publicKey, (key = openPublicKey(publicKey.keyType, publicKey.toRaw())));
  return verifyAsync(key, {
    algorithm,
    signature,
    ...("message" in request ? { message: request.message } : { digest: request.digest }),
    ...(format === undefined ? {} : { format }),
    ...(merkleRoot === undefined ? {} : { merkleRoot }),
  });
}
