import { type DeriveEcdhRequest, KeyrailError, wipe } from "@keyrail/core";
import {
  agreeAsync,
  hkdf,
  openPrivateKey,
  type OpenedPrivateKey,
  type OpenedPublicKey,
  openPublicKey,
  openSecretKey,
  type OpenOptions,
  prepareEngines,
} from "@keyrail/crypto";
import type { Peer } from "@keyrail/core";
import { DERIVED_KEY_BYTES, ECDH_DERIVATION, isSymmetric } from "../capabilities/abilities.ts";
import type { EngineKey } from "../keys/cached-key.ts";
import type { KeyAccess } from "../keys/key-access.ts";
import { invalidRequest, notWithThisKey } from "../keys/key-errors.ts";
import type { MadeKey } from "./key-store.ts";

const MAXIMUM_PARAMETER_BYTES = 1024;

/** A key of HKDF-SHA-256 over the raw shared secret. Nothing of the secret outlives the call. */
export async function deriveByAgreement(
  keys: KeyAccess,
  request: DeriveEcdhRequest,
  open: OpenOptions,
): Promise<MadeKey> {
  const { salt, info, keyType } = request;
  requireLength("salt", salt);
  requireLength("info", info);
  const length = DERIVED_KEY_BYTES[keyType];
  if (length === undefined)
    throw notWithThisKey(`derive a ${keyType} key by agreement`, keyType, "Derive a symmetric key or one with a seed.");
  const own = keys.use(request.key, "derive", request.algorithm ?? ECDH_DERIVATION);
  await keys.ready(own);
  const peer = await openPeer(keys, request.peer, open);
  const secret = await agreeAsync(own.privateKey("derive"), peer);
  let output: Uint8Array | undefined;
  try {
    output = hkdf({
      hash: "SHA-256",
      inputKeyMaterial: secret,
      length,
      ...(salt === undefined ? {} : { salt }),
      ...(info === undefined ? {} : { info }),
    });
    await prepareEngines(keyType, open);
    return { opened: openOutput(request, output, open), keyType, origin: "derived" };
  } finally {
    wipe(secret, output);
  }
}

function openOutput({ keyType }: DeriveEcdhRequest, bytes: Uint8Array, open: OpenOptions): EngineKey {
  return isSymmetric(keyType)
    ? openSecretKey(keyType, bytes, open)
    : openPrivateKey({ keyType, format: "seed", bytes }, open);
}

/** The other side of an agreement: a public key in hand, or one that this provider holds. */
export async function openPeer(
  keys: KeyAccess,
  peer: Peer,
  open: OpenOptions,
): Promise<OpenedPrivateKey | OpenedPublicKey> {
  if ("publicKey" in peer) {
    const { keyType } = peer.publicKey;
    await prepareEngines(keyType, open);
    return openPublicKey(keyType, peer.publicKey.toRaw(), open);
  }
  const held = keys.get(peer.key);
  await keys.ready(held);
  return held.publicKey("agree");
}

function requireLength(name: "salt" | "info", bytes: Uint8Array | undefined): void {
  if (bytes === undefined || bytes.length <= MAXIMUM_PARAMETER_BYTES) return;
  throw new KeyrailError(
    "LimitExceeded",
    `The ${name} has ${bytes.length} bytes; allowed are 0 to ${MAXIMUM_PARAMETER_BYTES}.`,
    {
      limit: name,
      maximum: MAXIMUM_PARAMETER_BYTES,
      actual: bytes.length,
    },
  );
}

/** A peer's type must be the own key's. @throws KeyrailError `InvalidRequest`. */
export function requireSameType(own: string, peer: string): void {
  if (own !== peer) throw invalidRequest("peer", `A ${own} key can't agree with a ${peer} key.`);
}
