import { z } from "zod";
import { badRequest } from "../api-error.ts";
import { newId } from "../ids.ts";
import { type Route, defineRoute, noBody, noQuery } from "../http/route.ts";
import type { Permission } from "../organisation/permissions.ts";

const clusterId = newId("cl");
const anyBody = z.looseObject({});

/**
 * The offline-signer ceremonies: permissions by the names of the official SDK's list. They are not emulated: the one store
 * here is of kind Mpc, so every call that is otherwise in order answers 400.
 */
const ceremonies: readonly (readonly [operation: string, path: string, permission: Permission])[] = [
  ["CreateGenesisInput", "genesis/input", "KeyStores:Fleets:Create"],
  ["SubmitGenesisOutput", "genesis/output", "KeyStores:Fleets:Create"],
  ["CreateCloneInput", "clone/input", "KeyStores:Fleets:Clone"],
  ["SubmitCloneOutput", "clone/output", "KeyStores:Fleets:Clone"],
  ["CreateProofOfControlInput", "proof-of-control/input", "KeyStores:ProofOfControl:Create"],
  ["SubmitProofOfControlOutput", "proof-of-control/output", "KeyStores:ProofOfControl:Create"],
  ["CreateOnchainSignInput", "onchain-sign/input", "KeyStores:OnchainSignatures:Create"],
  ["SubmitOnchainSignOutput", "onchain-sign/output", "KeyStores:OnchainSignatures:Create"],
];

/** `/signers` and `/key-stores` (fact sheet, sections 3 and 4). */
export const signerRoutes: readonly Route[] = [
  defineRoute({
    operation: "ListSigners",
    method: "GET",
    path: "/signers",
    permissions: () => ["Signers:ListSigners"],
    endUser: true,
    userAction: false,
    body: noBody,
    query: noQuery,
    run: (_request, { signers }) => ({
      clusters: [{ clusterId, signers: signers.map(({ signerId, encryptionKey }) => ({ signerId, encryptionKey })) }],
    }),
  }),
  defineRoute({
    operation: "ListKeyStores",
    method: "GET",
    path: "/key-stores",
    permissions: () => ["KeyStores:Read"],
    endUser: false,
    userAction: false,
    body: noBody,
    query: noQuery,
    run: (_request, { keyStores }) => ({ items: keyStores.list() }),
  }),
  ...ceremonies.map(([operation, path, permission]) =>
    defineRoute({
      operation,
      method: "POST",
      path: `/key-stores/:storeId/${path}`,
      permissions: () => [permission],
      endUser: false,
      userAction: true,
      body: anyBody,
      query: noQuery,
      run: ({ param }, { keyStores }) => {
        const { kind } = keyStores.get(param("storeId"));
        throw badRequest(`Key store is of kind ${kind}; this needs an OfflineSigner store, which is not emulated`);
      },
    }),
  ),
];
