/** Bodies of `POST /keys/{id}/signatures` (fact sheet, section 5): one schema per kind, unknown members refused. */

import { z } from "zod";
import {
  type AuthorizationBody,
  authorizationMembers,
  type PsbtBody,
  psbtMembers,
  type TransactionBody,
  transactionMembers,
  type TypedDataBody,
  typedDataMembers,
} from "./chain-bodies.ts";
import { hexMessage } from "../http/hex-fields.ts";
import { blockchainKinds, networks } from "./networks.ts";

interface Hints {
  readonly network?: string;
  readonly blockchainKind?: string;
  readonly externalId?: string;
}

interface HashBody extends Hints {
  readonly kind: "Hash";
  readonly hash: string;
  readonly taprootMerkleRoot?: string;
}

interface MessageBody extends Hints {
  readonly kind: "Message" | "Eip191";
  readonly message: string;
}

/** Kinds that are part of the API but not emulated. */
export const notEmulatedKinds = [
  "Snip12",
  "Bip322",
  "SignDocDirect",
  "SignerPayload",
  "Cip8",
  "DfnsSmartAccountTransaction",
  "StellarFeeBumpTransaction",
] as const;

interface NotEmulatedBody extends Hints {
  readonly kind: (typeof notEmulatedKinds)[number];
}

export type SignatureBody =
  | HashBody
  | MessageBody
  | (Hints & TypedDataBody & { readonly kind: "Eip712" })
  | (Hints & AuthorizationBody & { readonly kind: "Eip7702" })
  | (Hints & TransactionBody & { readonly kind: "Transaction" })
  | (Hints & PsbtBody & { readonly kind: "Psbt" })
  | NotEmulatedBody;

const hints = {
  network: z.enum(networks).exactOptional(),
  blockchainKind: z.enum(blockchainKinds).exactOptional(),
  externalId: z.string().min(1).max(50).exactOptional(),
};

export const signatureBodySchema: z.ZodType<SignatureBody> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("Hash"),
    hash: z.string().regex(/^(0x)?[0-9a-fA-F]{64}$/),
    taprootMerkleRoot: z
      .string()
      .regex(/^(0x)?([0-9A-Fa-f]{64})?$/)
      .exactOptional(),
    ...hints,
  }),
  z.strictObject({ kind: z.literal("Message"), message: hexMessage, ...hints }),
  z.strictObject({ kind: z.literal("Eip191"), message: hexMessage, ...hints }),
  z.strictObject({ kind: z.literal("Eip712"), ...typedDataMembers, ...hints }),
  z.strictObject({ kind: z.literal("Eip7702"), ...authorizationMembers, ...hints }),
  z.strictObject({ kind: z.literal("Transaction"), ...transactionMembers, ...hints }),
  z.strictObject({ kind: z.literal("Psbt"), ...psbtMembers, ...hints }),
  // Their members are not checked: every one of them is refused with the reason.
  z.looseObject({ kind: z.enum(notEmulatedKinds), ...hints }),
]);
