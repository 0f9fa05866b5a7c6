/** A small right provider over node:crypto: P-256, Ed25519, HMAC-SHA-256 and AES-256 in memory. */

import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  randomUUID,
  sign,
  timingSafeEqual,
  verify,
} from "node:crypto";
import {
  type CallOptions,
  type CapabilityDeclaration,
  type CreateRequest,
  createProvider,
  type ImportRequest,
  type KeyAttributes,
  KeyrailError,
  type KeyRecord,
  type Provider,
  type ProviderAdapter,
  PublicKey,
} from "@keyrail/core";

const evidence = { tier: "observed", reference: "this file" } as const;
const making = { usages: [["sign", "verify", "agree"]], extractable: true, evidence } as const;

export const declaration: CapabilityDeclaration = {
  provider: "sample",
  title: "Sample",
  custody: "software",
  label: { minimumBytes: 1, maximumBytes: 64, charset: "unicode" },
  description: { minimumBytes: 0, maximumBytes: 32, charset: "printable-ascii" },
  idempotency: "native",
  catalog: {
    get: true,
    list: true,
    search: ["label", "descriptionPrefix"],
    rename: ["label", "description"],
    remove: "destroyed",
    evidence,
  },
  rows: [
    { operation: "create", keyTypes: ["P-256"], ...making },
    { operation: "create", keyTypes: ["Ed25519"], usages: [["sign", "verify"]], evidence },
    { operation: "create", keyTypes: ["HMAC-SHA-256"], usages: [["mac"]], evidence },
    { operation: "create", keyTypes: ["AES-256"], usages: [["encrypt"]], evidence },
    { operation: "import:private", keyTypes: ["P-256"], privateFormats: ["scalar"], ...making },
    { operation: "import:public", keyTypes: ["P-256"], usages: [["verify"]], evidence },
    {
      operation: "import:secret",
      keyTypes: ["HMAC-SHA-256"],
      usages: [["mac"]],
      limits: { secret: { minimum: 1, maximum: 1024 } },
      evidence,
    },
    {
      operation: "import:secret",
      keyTypes: ["AES-256"],
      usages: [["encrypt"]],
      limits: { secret: { minimum: 32, maximum: 32 } },
      evidence,
    },
    {
      operation: "sign",
      keyTypes: ["P-256"],
      algorithms: ["ES256"],
      inputs: ["message"],
      formats: ["p1363", "der"],
      halves: ["private"],
      limits: { message: { minimum: 0, maximum: 2048 } },
      evidence,
    },
    {
      operation: "sign",
      keyTypes: ["Ed25519"],
      algorithms: ["Ed25519"],
      inputs: ["message"],
      halves: ["private"],
      evidence,
    },
    {
      operation: "verify",
      keyTypes: ["P-256"],
      algorithms: ["ES256"],
      inputs: ["message"],
      formats: ["p1363", "der"],
      evidence,
    },
    { operation: "verify", keyTypes: ["Ed25519"], algorithms: ["Ed25519"], inputs: ["message"], evidence },
    { operation: "agree", keyTypes: ["P-256"], algorithms: ["ECDH"], halves: ["private"], evidence },
    { operation: "mac", keyTypes: ["HMAC-SHA-256"], algorithms: ["HS256"], evidence },
    {
      operation: "verify-mac",
      keyTypes: ["HMAC-SHA-256"],
      algorithms: ["HS256"],
      limits: { tag: { minimum: 32, maximum: 32 } },
      evidence,
    },
    { operation: "encrypt", keyTypes: ["AES-256"], algorithms: ["A256GCM"], parameters: ["additionalData"], evidence },
    { operation: "decrypt", keyTypes: ["AES-256"], algorithms: ["A256GCM"], parameters: ["additionalData"], evidence },
    { operation: "export", keyTypes: ["P-256"], halves: ["private"], evidence },
  ],
};

export interface Held {
  record: KeyRecord;
  readonly privateKey?: KeyObject;
  readonly publicKey?: KeyObject;
  readonly secret?: Uint8Array;
}

/** The adapter; keys live in the map, so that another adapter on the same map has the same keys. */
export function sampleAdapter(keys: Map<string, Held> = new Map()): ProviderAdapter {
  const intents = new Map<string, { readonly request: string; readonly id: string }>();
  const held = (id: string): Held => {
    const found = keys.get(id);
    if (found === undefined) throw new KeyrailError("KeyNotFound", `There is no key ${id}.`, { key: id });
    return found;
  };
  const store = (
    request: KeyAttributes,
    keyType: KeyRecord["keyType"],
    origin: KeyRecord["origin"],
    material: Omit<Held, "record">,
  ): KeyRecord => {
    const id = randomUUID();
    const now = Math.floor(Date.now() / 1000);
    const record: KeyRecord = {
      uri: `sample:memory/${id}`,
      id,
      keyType,
      usages: request.usages,
      label: request.label,
      ...(request.description === undefined ? {} : { description: request.description }),
      custody: "software",
      half: material.secret !== undefined ? "secret" : material.privateKey !== undefined ? "private" : "public",
      origin,
      extractable: request.extractable ?? false,
      createdAt: now,
      updatedAt: now,
    };
    keys.set(id, { record, ...material });
    return record;
  };
  const once = (name: string, request: object, options: CallOptions | undefined, make: () => KeyRecord): KeyRecord => {
    const { idempotencyKey } = options ?? {};
    if (idempotencyKey === undefined) return make();
    const text = `${name} ${JSON.stringify(request)}`;
    const earlier = intents.get(idempotencyKey);
    if (earlier === undefined) {
      const record = make();
      intents.set(idempotencyKey, { request: text, id: record.id });
      return record;
    }
    if (earlier.request === text) return held(earlier.id).record;
    throw new KeyrailError(
      "IdempotencyConflict",
      `The idempotency key ${idempotencyKey} was used for another request.`,
      { idempotencyKey },
    );
  };
  const create = (request: CreateRequest): KeyRecord => {
    if (request.keyType === "P-256")
      return store(request, "P-256", "generated", generateKeyPairSync("ec", { namedCurve: "P-256" }));
    if (request.keyType === "Ed25519") return store(request, "Ed25519", "generated", generateKeyPairSync("ed25519"));
    return store(request, request.keyType, "generated", { secret: randomBytes(32) });
  };
  const bringIn = (request: ImportRequest): KeyRecord => {
    if (request.kind === "secret") {
      return store(request, request.keyType, "imported", { secret: new Uint8Array(request.secret) });
    }
    if (request.kind === "public") {
      const publicKey = publicObject(request.publicKey);
      return store(request, request.publicKey.keyType, "imported", { publicKey });
    }
    if (request.kind !== "private") throw new Error("not declared");
    return store(request, "P-256", "imported", p256(request.privateKey.bytes));
  };
  const cipherParts = (id: string): Uint8Array => held(id).secret ?? new Uint8Array();
  const text = (bytes: object): object => ({ ...bytes });
  return {
    name: "sample",
    uri: "sample:memory",
    capabilities: declaration,
    keys: {
      create: async (request, options) => once("create", text(request), options, () => create(request)),
      import: async (request, options) => once("import", text(request), options, () => bringIn(request)),
      derive: async () => {
        throw new Error("not declared");
      },
      async getPublic(id) {
        const { record, publicKey } = held(id);
        if (publicKey === undefined) {
          throw new KeyrailError("UnsupportedCapability", `A ${record.keyType} key has no public half.`, {
            provider: "sample",
            operation: "get-public",
          });
        }
        return publicOf(publicKey);
      },
    },
    catalog: {
      get: async (id) => held(id).record,
      async *list() {
        for (const { record } of keys.values()) yield record;
      },
      async *search(request) {
        for (const { record } of keys.values()) {
          if (request.label !== undefined && record.label !== request.label) continue;
          if (
            request.descriptionPrefix !== undefined &&
            record.description?.startsWith(request.descriptionPrefix) !== true
          )
            continue;
          yield record;
        }
      },
      async rename({ key, label, description }) {
        const found = held(key);
        const { description: old, ...rest } = found.record;
        const kept = description === undefined ? old : (description ?? undefined);
        found.record = { ...rest, ...(kept === undefined ? {} : { description: kept }), label: label ?? rest.label };
        return found.record;
      },
      async remove(id) {
        held(id);
        keys.delete(id);
      },
    },
    signer: {
      async sign(request) {
        const { privateKey } = held(request.key);
        if (privateKey === undefined || !("message" in request)) throw new Error("not declared");
        const hash = request.algorithm === "ES256" ? "sha256" : undefined;
        const dsaEncoding = request.format === "der" ? "der" : "ieee-p1363";
        return { signature: new Uint8Array(sign(hash, request.message, { key: privateKey, dsaEncoding })) };
      },
    },
    verifier: {
      async verify(request) {
        const { publicKey } = held(request.key);
        if (publicKey === undefined || !("message" in request)) throw new Error("not declared");
        const hash = request.algorithm === "ES256" ? "sha256" : undefined;
        const dsaEncoding = request.format === "der" ? "der" : "ieee-p1363";
        return verify(hash, request.message, { key: publicKey, dsaEncoding }, request.signature);
      },
    },
    agreement: {
      async agree(request) {
        const { privateKey } = held(request.key);
        if (privateKey === undefined || !("publicKey" in request.peer)) throw new Error("not declared");
        const publicKey = publicObject(request.peer.publicKey);
        return new Uint8Array(diffieHellman({ privateKey, publicKey }));
      },
    },
    mac: {
      mac: async ({ key, message }) => new Uint8Array(createHmac("sha256", cipherParts(key)).update(message).digest()),
      verifyMac: async ({ key, message, tag }) =>
        timingSafeEqual(createHmac("sha256", cipherParts(key)).update(message).digest(), tag),
    },
    cipher: {
      async encrypt({ key, plaintext, additionalData }) {
        const iv = randomBytes(12);
        const cipher = createCipheriv("aes-256-gcm", cipherParts(key), iv);
        if (additionalData !== undefined) cipher.setAAD(additionalData);
        const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
        return {
          ciphertext: new Uint8Array(ciphertext),
          iv: new Uint8Array(iv),
          tag: new Uint8Array(cipher.getAuthTag()),
        };
      },
      async decrypt({ key, ciphertext, iv, tag, additionalData }) {
        const secret = cipherParts(key);
        try {
          const decipher = createDecipheriv("aes-256-gcm", secret, iv, { authTagLength: 16 });
          if (additionalData !== undefined) decipher.setAAD(additionalData);
          decipher.setAuthTag(tag ?? new Uint8Array());
          return new Uint8Array(Buffer.concat([decipher.update(ciphertext), decipher.final()]));
        } catch {
          throw new KeyrailError("DecryptionFailed", "The ciphertext does not belong to this key.", {
            algorithm: "A256GCM",
          });
        }
      },
    },
    keyExport: {
      async export(id) {
        const { record, privateKey } = held(id);
        if (!record.extractable || privateKey === undefined) {
          throw new KeyrailError("NotExtractable", `The key ${id} was not made extractable.`, { key: id });
        }
        const bytes = new Uint8Array(Buffer.from(privateKey.export({ format: "jwk" }).d ?? "", "base64url"));
        return { kind: "private", privateKey: { keyType: "P-256", format: "scalar", bytes } };
      },
    },
  };
}

function p256(scalar: Uint8Array): { privateKey: KeyObject; publicKey: KeyObject } {
  try {
    createECDH("prime256v1").setPrivateKey(scalar);
    const sec1 = Buffer.concat([
      Buffer.from("30310201010420", "hex"),
      scalar,
      Buffer.from("a00a06082a8648ce3d030107", "hex"),
    ]);
    const privateKey = createPrivateKey({ key: sec1, format: "der", type: "sec1" });
    return { privateKey, publicKey: createPublicKey(privateKey) };
  } catch {
    throw new KeyrailError("InvalidKeyMaterial", "The scalar is not in the range of P-256.", {
      reason: "scalar out of range",
    });
  }
}

function publicObject(publicKey: PublicKey): KeyObject {
  // Read again from its bytes: whoever made it may have skipped the checks.
  const checked = PublicKey.fromRaw(publicKey.keyType, publicKey.toRaw());
  if (checked.keyType !== "P-256") {
    throw new KeyrailError("InvalidKeyMaterial", `A ${checked.keyType} key is no P-256 key.`, {
      reason: "wrong key type",
    });
  }
  return createPublicKey({ key: Buffer.from(checked.toSpki()), format: "der", type: "spki" });
}

function publicOf(publicKey: KeyObject): PublicKey {
  return PublicKey.fromSpki(new Uint8Array(publicKey.export({ format: "der", type: "spki" })));
}

/** The right provider. */
export function sampleProvider(keys?: Map<string, Held>): Provider {
  return createProvider(sampleAdapter(keys));
}
