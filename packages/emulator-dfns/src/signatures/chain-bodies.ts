/** Members of the chain formats that are emulated (fact sheet, section 5). */

import { z } from "zod";
import { hexMessage } from "../http/hex-fields.ts";

/** Members of `Eip712`. */
export interface TypedDataBody {
  readonly types: Readonly<Record<string, readonly { readonly name: string; readonly type: string }[]>>;
  readonly domain: {
    readonly name?: string;
    readonly version?: string;
    readonly chainId?: number | string;
    readonly verifyingContract?: string;
    readonly salt?: string;
  };
  readonly message: Readonly<Record<string, unknown>>;
}

export const typedDataMembers: {
  readonly types: z.ZodType<TypedDataBody["types"]>;
  readonly domain: z.ZodType<TypedDataBody["domain"]>;
  readonly message: z.ZodType<TypedDataBody["message"]>;
} = {
  types: z.record(z.string(), z.array(z.strictObject({ name: z.string(), type: z.string() }))),
  domain: z.strictObject({
    name: z.string().exactOptional(),
    version: z.string().exactOptional(),
    chainId: z.union([z.int().min(0), z.string()]).exactOptional(),
    verifyingContract: z.string().exactOptional(),
    salt: z.string().exactOptional(),
  }),
  message: z.record(z.string(), z.unknown()),
};

/** Members of `Eip7702`. */
export interface AuthorizationBody {
  readonly address: string;
  readonly nonce: number;
  readonly chainId: number;
}

export const authorizationMembers: {
  readonly address: z.ZodString;
  readonly nonce: z.ZodInt;
  readonly chainId: z.ZodInt;
} = {
  address: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
  nonce: z.int().min(0),
  chainId: z.int().min(0),
};

/** Members of `Transaction`. */
export interface TransactionBody {
  /** Serialized, in hexadecimal; or the chain's JSON form. */
  readonly transaction: string | Readonly<Record<string, unknown>>;
}

export const transactionMembers: { readonly transaction: z.ZodType<TransactionBody["transaction"]> } = {
  transaction: z.union([hexMessage, z.record(z.string(), z.unknown())]),
};

/** Members of `Psbt`. */
export interface PsbtBody {
  readonly psbt: string;
}

export const psbtMembers: { readonly psbt: z.ZodString } = { psbt: hexMessage };
