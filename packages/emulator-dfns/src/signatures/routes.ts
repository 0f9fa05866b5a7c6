import { z } from "zod";
import { type PageQuery, pageQueryFields } from "../http/pagination.ts";
import { type Route, defineRoute, noBody, noQuery } from "../http/route.ts";
import { generateSignature } from "./generate-signature.ts";
import { signatureBodySchema } from "./signature-body.ts";
import { signatureObject } from "./signature-repository.ts";

const pageQuery: z.ZodType<PageQuery> = z.strictObject(pageQueryFields);

/** The `/keys/{id}/signatures` rows of the endpoint table (fact sheet, sections 3 and 5). */
export const signatureRoutes: readonly Route[] = [
  defineRoute({
    operation: "GenerateSignature",
    method: "POST",
    path: "/keys/:keyId/signatures",
    permissions: () => ["Keys:Signatures:Create"],
    endUser: true,
    userAction: true,
    body: signatureBodySchema,
    query: noQuery,
    run: (request, services) =>
      signatureObject(generateSignature(request.param("keyId"), request.body, request, services)),
  }),
  defineRoute({
    operation: "ListSignatures",
    method: "GET",
    path: "/keys/:keyId/signatures",
    permissions: () => ["Keys:Signatures:Read"],
    endUser: true,
    userAction: false,
    body: noBody,
    query: pageQuery,
    run: ({ caller, query, param }, { keys, signatures }) => {
      const keyId = keys.visible(param("keyId"), caller).id;
      const { items, ...rest } = signatures.list(keyId, query);
      return { keyId, items: items.map(signatureObject), ...rest };
    },
  }),
  defineRoute({
    operation: "GetSignature",
    method: "GET",
    path: "/keys/:keyId/signatures/:signatureId",
    permissions: () => ["Keys:Signatures:Read"],
    endUser: true,
    userAction: false,
    body: noBody,
    query: noQuery,
    run: ({ caller, param }, { keys, signatures }) => {
      const entity = signatures.get(keys.visible(param("keyId"), caller).id, param("signatureId"));
      entity.onRead?.();
      return signatureObject(entity);
    },
  }),
];
