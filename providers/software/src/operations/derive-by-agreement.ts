import { type DeriveEcdhRequest, KeyrailError, type Peer, type PublicKey, wipe } from "@keyrail/core";
import {
  agreeAsync,
  areEnginesReady,
  type EngineName,
  hkdf,
  openPrivateKey,
  type OpenedPrivateKey,
  type OpenedPublicKey,
  openPublicKey,
  openSecretKey,
  type OpenOptions,
  prepareEngines,
} from "@keyrail/crypto";
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

/** Opened public keys of peers: kept as long as the caller keeps its own, so that repeated agreements import it once. */
const openedPeers = new WeakMap<PublicKey, Map<EngineName | undefined, OpenedPublicKey>>();

/** The other side of an agreement: a public key in hand, or one that this provider holds. Waits only for an engine. */
export function openPeer(
  keys: KeyAccess,
  peer: Peer,
  open: OpenOptions,
): OpenedPrivateKey | OpenedPublicKey | Promise<OpenedPrivateKey | OpenedPublicKey> {
  if ("publicKey" in peer) {
    const { publicKey } = peer;
    if (areEnginesReady(publicKey.keyType, open)) return openPublicPeer(publicKey, open);
    return prepareEngines(publicKey.keyType, open).then(() => openPublicPeer(publicKey, open));
  }
  const held = keys.get(peer.key);
  const loading = keys.ready(held);
  return loading === undefined ? held.publicKey("agree") : loading.then(() => held.publicKey("agree"));
}

function openPublicPeer(publicKey: PublicKey, open: OpenOptions): OpenedPublicKey {
  let byEngine = openedPeers.get(publicKey);
  if (byEngine === undefined) {
    byEngine = new Map<EngineName | undefined, OpenedPublicKey>();
    openedPeers.set(publicKey, byEngine);
  }
  let opened = byEngine.get(open.engine);
  if (opened === undefined) {
    opened = openPublicKey(publicKey.keyType, publicKey.toRaw(), open);
    byEngine.set(open.engine, opened);
  }
  return opened;
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
