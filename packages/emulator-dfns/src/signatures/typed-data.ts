/** The digest of typed structured data (EIP-712). */

import { decodeHex } from "@keyrail/core";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { badRequest } from "../api-error.ts";
import { scalarToBytes } from "../threshold/scalar-bytes.ts";
import type { TypedDataBody } from "./chain-bodies.ts";

type Types = TypedDataBody["types"];
type Struct = Readonly<Record<string, unknown>>;

const DOMAIN = "EIP712Domain";
/** Members of a domain in the order of the standard, for bodies that do not give its type. */
const DOMAIN_MEMBERS: readonly { readonly name: keyof TypedDataBody["domain"]; readonly type: string }[] = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
  { name: "salt", type: "bytes32" },
];
const DEEPEST = 64;

/**
 * keccak256(0x1901 || hash of the domain || hash of the message). The struct that no other one refers to is the one to
 * sign, since the API has no member that names it.
 * @throws ApiError 400 for types, a domain or a message that do not fit each other.
 */
export function typedDataDigest({ types, domain, message }: TypedDataBody): Uint8Array {
  const domainType = DOMAIN_MEMBERS.filter(({ name }) => domain[name] !== undefined);
  const all: Types = { [DOMAIN]: domainType, ...types };
  return keccak_256(
    Buffer.concat([
      Buffer.of(0x19, 0x01),
      hashStruct(all, DOMAIN, { ...domain }, 0),
      hashStruct(all, primaryTypeOf(types), message, 0),
    ]),
  );
}

function primaryTypeOf(types: Types): string {
  const names = Object.keys(types).filter((name) => name !== DOMAIN);
  const isNamed = (name: string): boolean =>
    names.some((other) => other !== name && types[other]?.some(({ type }) => baseOf(type) === name));
  const [root, second] = names.filter((name) => !isNamed(name));
  if (root === undefined || second !== undefined) throw malformed("types must have one struct that no other names");
  return root;
}

function hashStruct(types: Types, name: string, value: Struct, depth: number): Uint8Array {
  if (depth > DEEPEST) throw malformed("the message is too deep");
  const members = types[name] ?? [];
  const known = new Set(members.map((member) => member.name));
  const stranger = Object.keys(value).find((member) => !known.has(member));
  if (stranger !== undefined) throw malformed(`${name} has no member of the name ${stranger}`);
  return keccak_256(
    Buffer.concat([
      keccak_256(Buffer.from(encodeType(types, name))),
      ...members.map((member) => encodeValue(types, member.type, value[member.name], depth)),
    ]),
  );
}

/** `Mail(Person from,uint256 amount)Person(string name)`: the struct first, then what it needs by name. */
function encodeType(types: Types, name: string): string {
  const needed = new Set<string>();
  const visit = (struct: string): void => {
    if (types[struct] === undefined || needed.has(struct)) return;
    needed.add(struct);
    for (const { type } of types[struct]) visit(baseOf(type));
  };
  visit(name);
  needed.delete(name);
  return [name, ...[...needed].toSorted()]
    .map((struct) => `${struct}(${(types[struct] ?? []).map(({ type, name }) => `${type} ${name}`).join(",")})`)
    .join("");
}

/** The 32 bytes of a member. */
function encodeValue(types: Types, type: string, value: unknown, depth: number): Uint8Array {
  const array = /^(.*)\[(\d*)\]$/.exec(type);
  if (array !== null) {
    const [, item = "", length = ""] = array;
    if (!Array.isArray(value) || (length !== "" && value.length !== Number(length))) throw unfit(type);
    return keccak_256(Buffer.concat(value.map((element) => encodeValue(types, item, element, depth + 1))));
  }
  if (types[type] !== undefined) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw unfit(type);
    return hashStruct(types, type, { ...value }, depth + 1);
  }
  return encodeAtom(type, value);
}

function encodeAtom(type: string, value: unknown): Uint8Array {
  if (type === "string") {
    if (typeof value !== "string") throw unfit(type);
    return keccak_256(Buffer.from(value));
  }
  if (type === "bool") {
    if (typeof value !== "boolean") throw unfit(type);
    return scalarToBytes(value ? 1n : 0n);
  }
  if (type === "bytes") return keccak_256(bytesOf(type, value));
  if (type === "address") return leftPadded(bytesOf(type, value, 20));
  const fixed = /^bytes([1-9]|[12]\d|3[0-2])$/.exec(type);
  if (fixed !== null) return rightPadded(bytesOf(type, value, Number(fixed[1])));
  const integer = /^(u?)int(\d{1,3})$/.exec(type);
  if (integer === null) throw malformed(`there is no type ${type}`);
  return encodeInteger(type, value, integer[1] === "", Number(integer[2]));
}

function encodeInteger(type: string, value: unknown, signed: boolean, bits: number): Uint8Array {
  const isInteger = typeof value === "number" ? Number.isSafeInteger(value) : isIntegerText(value);
  if (bits < 8 || bits > 256 || bits % 8 !== 0 || !isInteger) throw unfit(type);
  const number = BigInt(String(value));
  const [least, most] = signed
    ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n]
    : [0n, 2n ** BigInt(bits) - 1n];
  if (number < least || number > most) throw unfit(type);
  return scalarToBytes(BigInt.asUintN(256, number));
}

function isIntegerText(value: unknown): boolean {
  return typeof value === "string" && /^(?:-?\d{1,78}|0x[0-9a-fA-F]{1,64})$/.test(value);
}

function bytesOf(type: string, value: unknown, length?: number): Uint8Array {
  if (typeof value !== "string" || !/^0x(?:[0-9a-fA-F]{2})*$/.test(value)) throw unfit(type);
  const bytes = decodeHex(value.slice(2));
  if (length !== undefined && bytes.length !== length) throw unfit(type);
  return bytes;
}

function leftPadded(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.alloc(32 - bytes.length), bytes]);
}

function rightPadded(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, Buffer.alloc(32 - bytes.length)]);
}

function baseOf(type: string): string {
  return type.split("[")[0] ?? type;
}

const unfit = (type: string): Error => malformed(`a member is no ${type}`);
const malformed = (why: string): Error => badRequest(`Eip712: ${why}`);
