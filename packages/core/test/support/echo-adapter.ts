/** A tiny adapter of known behaviour, to test what core's wrapper adds. It does no cryptography. */

import {
  type CallOptions,
  type CapabilityDeclaration,
  KeyrailError,
  type KeyRecord,
  type ProviderAdapter,
  PublicKey,
} from "../../src/index.ts";

const evidence = { tier: "observed", reference: "test" } as const;

export const declaration: CapabilityDeclaration = {
  provider: "echo",
  title: "Echo",
  custody: "software",
  label: { minimumBytes: 1, maximumBytes: 8, charset: "printable-ascii" },
  idempotency: "native",
  catalog: { get: true, list: true, search: ["label"], rename: ["label"], remove: "destroyed", evidence },
  rows: [
    { keyTypes: ["Ed25519"], operation: "create", usages: [["sign", "verify"]], evidence },
    { keyTypes: ["HMAC-SHA-256"], operation: "create", usages: [["mac"]], evidence },
    {
      keyTypes: ["Ed25519"],
      operation: "sign",
      algorithms: ["Ed25519"],
      inputs: ["message"],
      limits: { message: { minimum: 1, maximum: 4 } },
      evidence,
    },
    { keyTypes: ["HMAC-SHA-256"], operation: "mac", algorithms: ["HS256"], evidence },
  ],
  refusals: [
    {
      operation: "sign",
      input: "digest",
      reason: "it hashes the message itself.",
      alternative: "Give the message.",
    },
  ],
};

export interface EchoAdapter extends ProviderAdapter {
  /** Names of the adapter methods called, in order. */
  readonly calls: string[];
  /** What `sign` does instead of answering at once. */
  onSign: (options: CallOptions | undefined) => Promise<Uint8Array>;
}

const PUBLIC_KEY = PublicKey.fromRaw(
  "Ed25519",
  Buffer.from("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "hex"),
);

export function echoAdapter(): EchoAdapter {
  const calls: string[] = [];
  const records = new Map<string, KeyRecord>();
  const find = (id: string): KeyRecord => {
    const record = records.get(id);
    if (record === undefined) throw new KeyrailError("KeyNotFound", `No key ${id}.`, { key: id });
    return record;
  };
  const adapter: EchoAdapter = {
    calls,
    onSign: () => Promise.resolve(new Uint8Array(64)),
    name: "echo",
    uri: "echo://host",
    capabilities: declaration,
    keys: {
      async create(request) {
        calls.push("create");
        const id = `k${records.size}`;
        const record: KeyRecord = {
          uri: `echo://host/${id}`,
          id,
          keyType: request.keyType,
          usages: request.usages,
          label: request.label,
          custody: "software",
          half: request.keyType === "HMAC-SHA-256" ? "secret" : "private",
          origin: "generated",
          extractable: false,
        };
        records.set(id, record);
        return record;
      },
      async import() {
        calls.push("import");
        throw new TypeError("secret 0102030405");
      },
      async derive() {
        calls.push("derive");
        throw new Error("unreachable");
      },
      async getPublic(key) {
        calls.push("getPublic");
        find(key);
        return PUBLIC_KEY;
      },
    },
    catalog: {
      async get(key) {
        calls.push("get");
        return find(key);
      },
      async *list() {
        calls.push("list");
        yield* records.values();
      },
      async *search(request) {
        calls.push("search");
        for (const record of records.values()) if (record.label === request.label) yield record;
      },
      async rename(request) {
        calls.push("rename");
        const record = { ...find(request.key), ...(request.label === undefined ? {} : { label: request.label }) };
        records.set(request.key, record);
        return record;
      },
      async remove(key) {
        calls.push("remove");
        find(key);
        records.delete(key);
      },
    },
    signer: {
      async sign(_request, options) {
        calls.push("sign");
        return { signature: await adapter.onSign(options) };
      },
    },
    mac: {
      async mac() {
        calls.push("mac");
        return new Uint8Array(32);
      },
      async verifyMac() {
        calls.push("verifyMac");
        return true;
      },
    },
    async close() {
      calls.push("close");
    },
  };
  return adapter;
}
