import { z } from "zod";
import { ApiError } from "../api-error.ts";
import { delegationRefusedStatus } from "../assumptions.ts";
import { type PageQuery, pageQueryFields } from "../http/pagination.ts";
import { type Route, defineRoute, noBody, noQuery } from "../http/route.ts";
import { createKey, createKeyPermissions, createKeySchema } from "./create-key.ts";
import { deriveKeySchema, deriveOutput } from "./derive-output.ts";
import { exportKey, exportKeySchema } from "./export-key.ts";
import { importKey, importKeySchema } from "./import-key.ts";
import { keyObject } from "./key-entity.ts";
import { requireEndUser } from "./key-repository.ts";

interface ListKeysQuery extends PageQuery {
  readonly owner?: string;
}

const listKeysQuery: z.ZodType<ListKeysQuery> = z.strictObject({
  ...pageQueryFields,
  owner: z.string().min(1).exactOptional(),
});
const updateKeySchema: z.ZodType<{ readonly name: string | null }> = z.strictObject({
  name: z.string().max(100).nullable(),
});
const delegateKeySchema: z.ZodType<{ readonly delegateTo: string }> = z.strictObject({ delegateTo: z.string().min(1) });

/** The `/keys` rows of the endpoint table (fact sheet, sections 3 and 4). */
export const keyRoutes: readonly Route[] = [
  defineRoute({
    operation: "ImportKey",
    method: "POST",
    path: "/keys/import",
    permissions: () => ["Keys:Import"],
    endUser: true,
    userAction: true,
    body: importKeySchema,
    query: noQuery,
    run: ({ body, caller }, services) => keyObject(importKey(body, caller, services)),
  }),
  defineRoute({
    operation: "CreateKey",
    method: "POST",
    path: "/keys",
    permissions: createKeyPermissions,
    endUser: true,
    userAction: true,
    body: createKeySchema,
    query: noQuery,
    run: ({ body, caller }, services) => keyObject(createKey(body, caller, services)),
  }),
  defineRoute({
    operation: "ListKeys",
    method: "GET",
    path: "/keys",
    permissions: () => ["Keys:Read"],
    endUser: true,
    userAction: false,
    body: noBody,
    query: listKeysQuery,
    run: ({ caller, query: { owner, ...query } }, { keys, organisation }) => {
      // An owner who does not exist owns nothing.
      const ownerId = owner === undefined ? undefined : (organisation.findUser(owner)?.id ?? owner);
      const { items, ...rest } = keys.list(caller, query, ownerId);
      return { items: items.map(keyObject), ...rest };
    },
  }),
  defineRoute({
    operation: "GetKey",
    method: "GET",
    path: "/keys/:keyId",
    permissions: () => ["Keys:Read"],
    endUser: true,
    userAction: false,
    body: noBody,
    query: noQuery,
    run: ({ caller, param }, { keys, keyStores }) => {
      const key = keys.visible(param("keyId"), caller);
      const { id, kind } = keyStores.get(key.storeId);
      return { ...keyObject(key), wallets: [], store: { id, kind, keyId: key.id } };
    },
  }),
  defineRoute({
    operation: "UpdateKey",
    method: "PUT",
    path: "/keys/:keyId",
    permissions: () => ["Keys:Update"],
    endUser: true,
    userAction: true,
    body: updateKeySchema,
    query: noQuery,
    run: ({ body, caller, param }, { keys }) => {
      const key = keys.active(param("keyId"), caller);
      key.name = body.name ?? undefined;
      return keyObject(key);
    },
  }),
  defineRoute({
    operation: "DeleteKey",
    method: "DELETE",
    path: "/keys/:keyId",
    permissions: () => ["Keys:Delete"],
    endUser: false,
    userAction: true,
    body: noBody,
    query: noQuery,
    run: ({ caller, param }, { keys, clock }) => {
      const key = keys.active(param("keyId"), caller);
      key.dateDeleted = clock.now();
      return keyObject(key);
    },
  }),
  defineRoute({
    operation: "DelegateKey",
    method: "POST",
    path: "/keys/:keyId/delegate",
    permissions: () => ["Keys:Delegate"],
    endUser: false,
    userAction: true,
    body: delegateKeySchema,
    query: noQuery,
    run: ({ body, caller, param }, { keys, organisation }) => {
      const key = keys.active(param("keyId"), caller);
      const owner = requireEndUser(organisation.user(body.delegateTo));
      if (!key.delayDelegation || key.ownerId !== undefined) {
        throw new ApiError(
          delegationRefusedStatus,
          "Only a key created with delayDelegation can be delegated, and once",
        );
      }
      key.ownerId = owner.id;
      return { keyId: key.id, status: "Delegated" };
    },
  }),
  defineRoute({
    operation: "DeriveKey",
    method: "POST",
    path: "/keys/:keyId/derive",
    permissions: () => ["Keys:Derive"],
    endUser: true,
    userAction: true,
    body: deriveKeySchema,
    query: noQuery,
    run: ({ body, caller, param }, services) => deriveOutput(param("keyId"), body, caller, services),
  }),
  defineRoute({
    operation: "ExportKey",
    method: "POST",
    path: "/keys/:keyId/export",
    permissions: () => ["Keys:Export"],
    endUser: true,
    userAction: true,
    body: exportKeySchema,
    query: noQuery,
    run: ({ body, caller, param }, services) => exportKey(param("keyId"), body, caller, services),
  }),
];
