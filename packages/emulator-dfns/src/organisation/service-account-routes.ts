import { isKeyrailError } from "@keyrail/core";
import { z } from "zod";
import { ApiError, badRequest } from "../api-error.ts";
import { newServiceAccountPermissions } from "../assumptions.ts";
import { isoDate } from "../clock.ts";
import { type Route, defineRoute, noQuery } from "../http/route.ts";
import { newId } from "../ids.ts";
import type { AddedUser, NewUser, Organisation } from "./organisation.ts";

interface CreateServiceAccountBody {
  readonly name: string;
  /** PEM SubjectPublicKeyInfo. */
  readonly publicKey: string;
  readonly permissionId?: string;
  readonly externalId?: string;
  readonly daysValid?: number;
}

const bodySchema: z.ZodType<CreateServiceAccountBody> = z.strictObject({
  name: z.string().min(1),
  publicKey: z.string().regex(/-----BEGIN (RSA )?PUBLIC KEY-----/),
  permissionId: z.string().min(1).exactOptional(),
  externalId: z.string().min(1).exactOptional(),
  daysValid: z.int().min(1).max(730).exactOptional(),
});

/** `POST /auth/service-accounts` (fact sheet, section 1); the members of the answer are those of the official SDK. */
export const serviceAccountRoutes: readonly Route[] = [
  defineRoute({
    operation: "CreateServiceAccount",
    method: "POST",
    path: "/auth/service-accounts",
    permissions: () => ["Auth:ServiceAccounts:Create"],
    endUser: false,
    userAction: true,
    body: bodySchema,
    query: noQuery,
    run: ({ body, caller: { user } }, { organisation, clock }) => {
      if (user.isServiceAccount) {
        throw new ApiError(403, "A service account can't be made by a service account (Auth:ServiceAccounts:Create)");
      }
      if (body.permissionId !== undefined) throw badRequest("permissionId: permissions are not emulated");
      const added = addUser(organisation, {
        username: organisation.findUser(body.name) === undefined ? body.name : `${body.name} ${newId("sa")}`,
        isServiceAccount: true,
        permissions: newServiceAccountPermissions,
        credential: { publicKeyPem: body.publicKey },
        ...(body.daysValid === undefined ? {} : { daysValid: body.daysValid }),
      });
      return serviceAccountObject(added, body, organisation.id, isoDate(clock.now()));
    },
  }),
];

/** @throws ApiError 400 for a public key that can't be a credential's. */
function addUser(organisation: Organisation, request: NewUser): AddedUser {
  try {
    return organisation.addUser(request);
  } catch (error) {
    if (isKeyrailError(error, "InvalidKeyMaterial")) throw badRequest(`publicKey: ${error.message}`);
    throw error;
  }
}

function serviceAccountObject(
  { userId, username, authToken, tokenId, credId = "" }: AddedUser,
  { name, publicKey }: CreateServiceAccountBody,
  orgId: string,
  dateCreated: string,
): object {
  const credentialUuid = newId("cr");
  return {
    userInfo: {
      username,
      name,
      userId,
      kind: "CustomerEmployee",
      credentialUuid,
      orgId,
      isActive: true,
      isServiceAccount: true,
      isRegistered: true,
      permissionAssignments: [],
    },
    accessTokens: [
      {
        accessToken: authToken,
        dateCreated,
        credId,
        isActive: true,
        kind: "ServiceAccount",
        linkedUserId: userId,
        linkedAppId: "",
        name,
        orgId,
        permissionAssignments: [],
        publicKey,
        tokenId,
      },
    ],
  };
}
