/** The port `KeyStore`. */

import { createHash } from "node:crypto";
import {
  type CreateRequest,
  type DeriveRequest,
  encodeBase64,
  type ImportRequest,
  KeyrailError,
  type KeyStore,
  type KeyType,
  type PublicKey,
} from "@keyrail/core";
import { formatKid } from "../client/answers.ts";
import type { KeyEndpoints } from "../client/key-endpoints.ts";
import { type CallLimits, limitsOf } from "../client/limits.ts";
import { keyNotFound, PROVIDER, refused, unavailable } from "../errors.ts";
import { type DeviceKeyType, deviceTypeOf, hasMode, keyTypeOf } from "../mapping.ts";
import { checkedPublicKey, checkSameCurve, peerOf, sourceType, transportBytes } from "./peer.ts";
import { KeyMaker, type KeyMakerOptions, type KeyToMake } from "./key-maker.ts";
import { normaliseKid } from "./key-record.ts";

/** What the key store is made of. */
export interface KeyStoreParts extends KeyMakerOptions {
  readonly endpoints: KeyEndpoints;
}

/** The key store of one device. */
export function keyStore(parts: KeyStoreParts): KeyStore {
  const { uri, endpoints, reader, timing } = parts;
  const maker = new KeyMaker(parts);

  async function exists(kid: string, limits: CallLimits): Promise<boolean> {
    return (await endpoints.get(kid, limits)) !== undefined;
  }

  function toCreate(request: CreateRequest): KeyToMake {
    const { usages, label, description } = request;
    const keyType = known(request.keyType);
    return {
      origin: "generated",
      keyType,
      usages,
      label,
      description,
      particulars: [],
      send: (key, limits) => endpoints.create(key, limits),
      refused: () =>
        Promise.resolve(unavailable("it did not make the key (406); most likely its key memory is full", "never")),
    };
  }

  function toImport(request: ImportRequest): KeyToMake {
    if (request.kind !== "public") throw notImportable(request.kind);
    const { usages, label, description, publicKey } = request;
    const bytes = transportBytes(checkedPublicKey(publicKey));
    return {
      origin: "imported",
      keyType: known(publicKey.keyType),
      usages,
      label,
      description,
      particulars: [encodeBase64(bytes)],
      send: (key, limits) => endpoints.import(key, bytes, limits),
      refused: async (limits) => {
        // The id is the hash of the key: whether it is there already costs one request.
        const kid = formatKid(createHash("sha1").update(bytes).digest());
        if (await exists(kid, limits)) {
          const key = `${uri}/${kid}`;
          return new KeyrailError("KeyExists", `The device already holds this public key as ${key}.`, { key });
        }
        return refused(
          "import the key",
          "it answered 406 and does not hold the key; its memory is full, or the key was deleted before a reboot",
        );
      },
    };
  }

  async function toDerive(request: DeriveRequest, limits: CallLimits): Promise<KeyToMake> {
    if (request.kind !== "ecdh") throw notImportable(request.kind);
    const { usages, label, description, peer } = request;
    const source = normaliseKid(uri, request.key);
    if ("publicKey" in peer) checkSameCurve(await sourceType(parts, source, limits), peer);
    const devicePeer = peerOf(uri, peer);
    return {
      origin: "derived",
      keyType: known(request.keyType),
      usages,
      label,
      description,
      particulars: [source, "kid" in devicePeer ? devicePeer.kid : encodeBase64(devicePeer.publicKey)],
      send: (key, limits) => endpoints.derive(source, devicePeer, key, limits),
      refused: async (limits) => {
        if (!(await exists(source, limits))) return keyNotFound(`${uri}/${source}`);
        if ("kid" in devicePeer && !(await exists(devicePeer.kid, limits)))
          return keyNotFound(`${uri}/${devicePeer.kid}`);
        return derivationRefused(uri, known(request.keyType), await reader.derivedKeys(known(request.keyType), limits));
      },
    };
  }

  return {
    create: async (request, options) => maker.make(toCreate(request), options),
    import: async (request, options) => maker.make(toImport(request), options),
    derive: async (request, options) => maker.make(await toDerive(request, limitsOf(options, timing)), options),
    getPublic: async (key, options): Promise<PublicKey> =>
      reader.publicKey(normaliseKid(uri, key), limitsOf(options, timing)),
  };
}

/**
 * A derivation that the device refused although both keys are there. Derivations are deterministic: the same source,
 * peer and type always give the same key, so the same 406 means that it is there already, or, on the Weierstrass curves,
 * that what the pair gives is no valid scalar. Which one, the derived keys on the device tell: where there is none of the
 * type, nothing is there already.
 */
function derivationRefused(uri: string, target: DeviceKeyType, derived: readonly string[]): KeyrailError {
  const [only, ...others] = derived;
  if (only === undefined) {
    return refused(
      "derive the key",
      hasMode(target)
        ? "it answered 406 and holds no such key: what this source and this peer give is no valid scalar, and always will be; use another peer"
        : "it answered 406 and holds no such key; most likely its key memory is full",
    );
  }
  const key = others.length === 0 && !hasMode(target) ? `${uri}/${only}` : undefined;
  const which = key ?? `one of the derived ${target} keys in its list`;
  return new KeyrailError(
    "KeyExists",
    `The device refused the derivation (406): it already holds the key that this source and this peer give, ${which}. ` +
      "Use that one, or derive with another peer.",
    key === undefined ? {} : { key },
  );
}

function known(keyType: KeyType): DeviceKeyType {
  const type = deviceTypeOf(keyType);
  const back = type === undefined ? undefined : keyTypeOf(type);
  if (back !== undefined) return back;
  throw new KeyrailError("UnsupportedCapability", `The Encedo HEM has no ${keyType} keys.`, {
    provider: PROVIDER,
    operation: "create",
    keyType,
  });
}

/** The gate has refused these before; this is for types alone. */
function notImportable(kind: string): KeyrailError {
  return new KeyrailError("UnsupportedCapability", `The Encedo HEM does not take "${kind}".`, {
    provider: PROVIDER,
    operation: kind,
  });
}
