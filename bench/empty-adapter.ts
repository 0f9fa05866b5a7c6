import { type CapabilityDeclaration, type KeyRecord, type ProviderAdapter, PublicKey } from "@keyrail/core";

const evidence = { tier: "observed", reference: "bench" } as const;

const capabilities: CapabilityDeclaration = {
  provider: "empty",
  title: "Empty",
  custody: "software",
  label: { minimumBytes: 0, maximumBytes: 64, charset: "printable-ascii" },
  idempotency: "none",
  rows: [
    { keyTypes: ["Ed25519"], operation: "create", usages: [["sign", "verify"]], evidence },
    { keyTypes: ["Ed25519"], operation: "sign", algorithms: ["Ed25519"], inputs: ["message"], evidence },
  ],
};

const record: KeyRecord = {
  uri: "empty://host/key",
  id: "key",
  keyType: "Ed25519",
  usages: ["sign", "verify"],
  label: "bench",
  custody: "software",
  half: "private",
  origin: "generated",
  extractable: false,
};

/** An adapter whose operations do nothing, so that what is left is the facade. */
export function emptyAdapter(): ProviderAdapter {
  const answer = { signature: new Uint8Array(64) };
  const refuse = (): Promise<never> => Promise.reject(new Error("not part of the measurement"));
  return {
    name: "empty",
    uri: "empty://host",
    capabilities,
    keys: {
      create: async () => record,
      import: refuse,
      derive: refuse,
      getPublic: async () => PublicKey.fromRaw("Ed25519", new Uint8Array(32)),
    },
    signer: { sign: async () => answer },
  };
}
