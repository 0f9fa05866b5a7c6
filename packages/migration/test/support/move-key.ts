/** Does by hand what a plan says of one key: direct calls of both ports, as the executor's opposite number in tests. */

import {
  ASYMMETRIC_KEY_TYPES,
  type ImportRequest,
  type KeyRecord,
  type PrivateKeyMaterial,
  type Provider,
  type PublicKey,
  wipe,
} from "@keyrail/core";
import { decodePublicKey, type PlannedKey, type TargetRequest } from "../../src/index.ts";

/** Makes the key at the target as the plan's request says. */
export async function moveKey(planned: PlannedKey, source: Provider, target: Provider): Promise<KeyRecord> {
  const { target: request, operationKey } = planned;
  if (request === undefined) throw new Error("The plan makes no key for this one.");
  const { operation, keyType, hierarchical, ...attributes } = request;
  const options = { idempotencyKey: operationKey };
  if (operation === "create") {
    return target.keys.create(
      { keyType, ...attributes, ...(hierarchical === undefined ? {} : { hierarchical }) },
      options,
    );
  }
  return target.keys.import(await importRequest(planned, source, request), options);
}

async function importRequest(planned: PlannedKey, source: Provider, request: TargetRequest): Promise<ImportRequest> {
  const { operation, keyType: _type, hierarchical, ...attributes } = request;
  if (operation === "import:public") return { kind: "public", publicKey: publicKeyOf(planned), ...attributes };
  const exported = await source.keyExport?.export(planned.source.uri);
  if (exported === undefined) throw new Error("The source has no export.");
  if (exported.kind === "secret") return { ...exported, ...attributes };
  const master = hierarchical === undefined ? {} : { hierarchical };
  return { kind: "private", privateKey: withChainCode(exported.privateKey, hierarchical), ...attributes, ...master };
}

/** A chain code goes over with a master key alone. */
function withChainCode(material: PrivateKeyMaterial, hierarchical: string | undefined): PrivateKeyMaterial {
  if (hierarchical !== undefined) return material;
  const { chainCode, ...rest } = material;
  wipe(chainCode);
  return rest;
}

/** The public key as the plan has it. */
export function publicKeyOf({ source: { keyType, publicKey } }: PlannedKey): PublicKey {
  const type = ASYMMETRIC_KEY_TYPES.find((name) => name === keyType);
  if (type === undefined || publicKey === undefined) throw new Error("The plan has no public key of it.");
  return decodePublicKey(type, publicKey);
}
