/** For checks that are about keys as such: the cheapest kind of key the provider can make. */

import type { CallOptions, CapabilityRow, KeyRecord, KeyType, Operation, Provider } from "@keyrail/core";
import { usualAttributes } from "../attributes.ts";
import type { Need } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { Blocked } from "../outcome.ts";
import { anyOf } from "../needs.ts";
import {
  generateKeyPair,
  generateSecret,
  isAsymmetric,
  isSymmetric,
  privateMaterial,
} from "../reference/key-material.ts";

const CHEAPEST: readonly KeyType[] = ["Ed25519", "P-256", "secp256k1", "X25519", "HMAC-SHA-256", "AES-256"];
const WAYS: readonly Operation[] = ["create", "import:private", "import:secret", "import:public"];

/** Some way to make a key: create, or an import the suite can do by itself. */
export const someKey: Need = anyOf(
  "make a key",
  WAYS.map((operation) => ({ operation })),
);

/** One concrete way to make keys at this provider. */
export interface KeyMaker {
  readonly keyType: KeyType;
  /** Makes a key; the same arguments make the same request again. */
  make(provider: Provider, given: Attributes, options?: CallOptions): Promise<KeyRecord>;
}

/** What differs from key to key. */
export interface Attributes {
  readonly label: string;
  readonly description?: string;
}

/** The cheapest way to make keys. Every call gives a maker with key material of its own. */
export function keyMaker(context: CheckContext): KeyMaker {
  for (const way of WAYS) {
    const rows = context.capabilities.rows(way);
    const types = [...CHEAPEST, ...rows.flatMap((row) => row.keyTypes)];
    const keyType = types.find((type) => rows.some((row) => row.keyTypes.includes(type)));
    const row = rows.find((candidate) => keyType !== undefined && candidate.keyTypes.includes(keyType));
    if (keyType !== undefined && row !== undefined) return makerOf(context, way, keyType, row);
  }
  throw new Blocked("The provider has no way to make a key that the suite can use.");
}

function makerOf(context: CheckContext, way: Operation, keyType: KeyType, row: CapabilityRow): KeyMaker {
  const common = usualAttributes(context.capabilities, keyType, row);
  if (way === "create") {
    return { keyType, make: ({ keys }, given, options) => keys.create({ keyType, ...common, ...given }, options) };
  }
  if (isSymmetric(keyType)) {
    const secret = generateSecret(keyType);
    context.secrets.know(`an imported ${keyType} secret`, secret);
    return {
      keyType,
      make: ({ keys }, given, options) =>
        keys.import({ kind: "secret", keyType, secret: secret.slice(), ...common, ...given }, options),
    };
  }
  if (!isAsymmetric(keyType)) throw new TypeError("no key type");
  const pair = generateKeyPair(keyType);
  if (way === "import:public") {
    return {
      keyType,
      make: ({ keys }, given, options) =>
        keys.import({ kind: "public", publicKey: pair.publicKey, ...common, ...given }, options),
    };
  }
  const material = privateMaterial(pair, row.privateFormats);
  context.secrets.knowPrivateKey(`an imported ${keyType} private key`, material);
  return {
    keyType,
    make: ({ keys }, given, options) =>
      keys.import(
        { kind: "private", privateKey: { ...material, bytes: material.bytes.slice() }, ...common, ...given },
        options,
      ),
  };
}
