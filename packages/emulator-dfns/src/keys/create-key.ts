import { z } from "zod";
import { ApiError, badRequest } from "../api-error.ts";
import {
  badDelegateStatus,
  badMasterStatus,
  duplicateKeyStatus,
  invalidSchemeCurveStatus,
  schemesWithoutMasterKeys,
} from "../assumptions.ts";
import type { Caller } from "../auth/bearer.ts";
import { deriveNode, parsePath } from "../hd/child-key.ts";
import type { Permission } from "../organisation/permissions.ts";
import type { Services } from "../services.ts";
import { type CurveName, curveNames } from "../threshold/groups.ts";
import { generateKeyMaterial, newChainCode, reconstructSecret, splitSecret } from "./generate.ts";
import { type KeyEntity, isArchived } from "./key-entity.ts";
import { requireEndUser } from "./key-repository.ts";
import { type Scheme, isPair, schemes } from "./schemes.ts";

/** Body of `POST /keys` (fact sheet, section 4). */
export interface CreateKeyBody {
  readonly scheme: Scheme;
  readonly curve: CurveName;
  readonly name?: string;
  readonly masterKey?: boolean;
  readonly deriveFrom?: { readonly keyId: string; readonly path?: string };
  readonly storeId?: string;
  readonly delegateTo?: string;
  readonly delayDelegation?: boolean;
}

export const createKeySchema: z.ZodType<CreateKeyBody> = z.strictObject({
  scheme: z.enum(schemes),
  curve: z.enum(curveNames),
  name: z.string().max(100).exactOptional(),
  masterKey: z.boolean().exactOptional(),
  deriveFrom: z.strictObject({ keyId: z.string().min(1), path: z.string().exactOptional() }).exactOptional(),
  storeId: z.string().min(1).max(64).exactOptional(),
  delegateTo: z.string().min(1).exactOptional(),
  delayDelegation: z.boolean().exactOptional(),
});

export function createKeyPermissions(body: CreateKeyBody): readonly Permission[] {
  return [
    "Keys:Create",
    ...(body.delegateTo === undefined ? [] : (["Keys:Delegate"] as const)),
    ...(body.deriveFrom === undefined ? [] : (["Keys:ChildKeys:Create"] as const)),
  ];
}

/** Makes a key: random, or the child of a master key. @throws ApiError 400, 404 (master), 409 (path used). */
export function createKey(body: CreateKeyBody, caller: Caller, services: Services): KeyEntity {
  checkScheme(body, services);
  const store = services.keyStores.choose(body.storeId);
  const ownerId = ownerOf(body, caller, services);
  const origin = body.deriveFrom === undefined ? randomKey(body) : childKey(body, body.deriveFrom, caller, services);
  return services.keys.add({
    ...origin,
    scheme: body.scheme,
    curve: body.curve,
    name: body.name,
    ownerId,
    storeId: store.id,
    imported: false,
    delayDelegation: body.delayDelegation === true,
  });
}

type Origin = Pick<KeyEntity, "shares" | "publicKey" | "chainCode" | "derivedFrom">;

function checkScheme({ scheme, curve, masterKey, deriveFrom }: CreateKeyBody, { features }: Services): void {
  if (!isPair(scheme, curve)) throw new ApiError(invalidSchemeCurveStatus, `${scheme} keys do not exist on ${curve}`);
  if (scheme === "DH" && !features.allowDiffieHellman) throw badRequest("scheme: DH is not available");
  if (masterKey === true && schemesWithoutMasterKeys.has(scheme)) {
    throw badRequest(`masterKey: not available for ${scheme}`);
  }
  if (masterKey === true && deriveFrom !== undefined)
    throw badRequest("masterKey: a derived key can't be a master key");
}

function ownerOf(
  { delegateTo, delayDelegation }: CreateKeyBody,
  { user }: Caller,
  services: Services,
): string | undefined {
  if (delegateTo !== undefined) {
    if (delayDelegation === true)
      throw new ApiError(badDelegateStatus, "delegateTo and delayDelegation exclude each other");
    return requireEndUser(services.organisation.user(delegateTo)).id;
  }
  return user.kind === "EndUser" ? user.id : undefined;
}

function randomKey({ curve, masterKey }: CreateKeyBody): Origin {
  return {
    ...generateKeyMaterial(curve),
    chainCode: masterKey === true ? newChainCode() : undefined,
    derivedFrom: undefined,
  };
}

function childKey(
  { scheme, curve }: CreateKeyBody,
  { keyId, path: wanted }: { readonly keyId: string; readonly path?: string },
  caller: Caller,
  { keys }: Services,
): Origin {
  const master = keys.visible(keyId, caller);
  const { chainCode } = master;
  if (isArchived(master) || chainCode === undefined || master.scheme !== scheme || master.curve !== curve) {
    throw new ApiError(badMasterStatus, "deriveFrom must name an Active master key of the same scheme and curve");
  }
  const used = keys.children(master.id);
  const path = wanted ?? used.next();
  const indices = parsePath(path);
  if (indices === undefined)
    throw badRequest("deriveFrom.path: expected m/<i>(/<i>)* with non-hardened decimal indices");
  if (used.has(path))
    throw new ApiError(duplicateKeyStatus, "deriveFrom.path: the master key already has a child there");
  const node = deriveNode(curve, { scalar: reconstructSecret(master), chainCode }, indices);
  return { ...splitSecret(curve, node.scalar), chainCode: undefined, derivedFrom: { keyId: master.id, path } };
}
