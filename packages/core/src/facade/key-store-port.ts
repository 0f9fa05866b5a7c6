import { wipe } from "../bytes.ts";
import { KeyrailError } from "../errors.ts";
import type { KeyRecord } from "../key-record.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { CreateRequest, DeriveRequest, ImportRequest, KeyAttributes, KeyStore, Peer } from "../ports/key-store.ts";
import type { ProviderAdapter } from "../provider.ts";
import { parseRequest } from "../requests/parse.ts";
import { createSchema, deriveSchema, importSchema, keySchema } from "../requests/schemas.ts";
import type { OperationDescriptor } from "../capabilities/descriptor.ts";
import { describeCreate, describeDerive, describeImport } from "./describe-request.ts";
import { frozenRecord } from "./frozen-record.ts";
import { checkText } from "./gate.ts";
import type { Invoker } from "./invoker.ts";

/** The wrapped `KeyStore`. */
export function keyStorePort(adapter: ProviderAdapter, invoker: Invoker): KeyStore {
  const { keys } = adapter;

  async function make(
    request: KeyAttributes,
    descriptor: OperationDescriptor,
    source: string | undefined,
    call: (options: CallOptions | undefined) => Promise<KeyRecord>,
    options: CallOptions | undefined,
  ): Promise<KeyRecord> {
    checkAttributes(request, invoker);
    checkIdempotencyKey(options, descriptor, invoker);
    const made = await invoker.invoke(
      {
        operation: descriptor.operation,
        descriptor,
        mutates: true,
        ...(source === undefined ? {} : { id: source, known: invoker.describe(source) }),
        call,
      },
      options,
    );
    const record = frozenRecord(made);
    invoker.known.remember(record);
    return record;
  }

  return {
    async create(raw: CreateRequest, rawOptions?: CallOptions): Promise<KeyRecord> {
      const options = invoker.begin(rawOptions, "create");
      const request = parseRequest(createSchema, raw);
      return make(request, describeCreate(request), undefined, (given) => keys.create(request, given), options);
    },

    async import(raw: ImportRequest, rawOptions?: CallOptions): Promise<KeyRecord> {
      const options = invoker.begin(rawOptions, "import");
      const { request, secrets } = withOwnSecrets(parseRequest(importSchema, raw));
      let begun = false;
      const call = async (given: CallOptions | undefined): Promise<KeyRecord> => {
        begun = true;
        try {
          return await keys.import(request, given);
        } finally {
          // Here and not below: after a deadline the adapter may work on when the caller has its answer.
          wipe(...secrets);
        }
      };
      try {
        return await make(request, describeImport(request), undefined, call, options);
      } finally {
        if (!begun) wipe(...secrets);
      }
    },

    async derive(raw: DeriveRequest, rawOptions?: CallOptions): Promise<KeyRecord> {
      const options = invoker.begin(rawOptions, "derive");
      const request = resolveDerive(parseRequest(deriveSchema, raw), invoker);
      const descriptor = describeDerive(request, invoker.describe(request.key));
      return make(request, descriptor, request.key, (given) => keys.derive(request, given), options);
    },

    async getPublic(key: string, rawOptions?: CallOptions) {
      const options = invoker.begin(rawOptions, "get-public");
      const id = invoker.resolve(parseRequest(keySchema, key));
      const known = invoker.describe(id);
      const publicKey = await invoker.invoke(
        { operation: "get-public", id, known, call: (given) => keys.getPublic(id, given) },
        options,
      );
      invoker.known.rememberPublic(id, publicKey);
      return publicKey;
    },
  };
}

/**
 * The request with copies of what is secret, made in the turn of the call: a caller that wipes its bytes before the promise
 * settles must not have zeros imported.
 */
function withOwnSecrets(request: ImportRequest): { request: ImportRequest; secrets: readonly Uint8Array[] } {
  if (request.kind === "secret") {
    const secret = Uint8Array.from(request.secret);
    return { request: { ...request, secret }, secrets: [secret] };
  }
  if (request.kind !== "private") return { request, secrets: [] };
  const { chainCode, ...material } = request.privateKey;
  const bytes = Uint8Array.from(material.bytes);
  const own = chainCode === undefined ? undefined : Uint8Array.from(chainCode);
  const privateKey = { ...material, bytes, ...(own === undefined ? {} : { chainCode: own }) };
  return { request: { ...request, privateKey }, secrets: own === undefined ? [bytes] : [bytes, own] };
}

/** A peer with its key, if it is one, as the provider's own id. */
export function resolvePeer(peer: Peer, invoker: Invoker): Peer {
  return "key" in peer ? { key: invoker.resolve(peer.key) } : peer;
}

function resolveDerive(request: DeriveRequest, invoker: Invoker): DeriveRequest {
  const key = invoker.resolve(request.key);
  return request.kind === "hd" ? { ...request, key } : { ...request, key, peer: resolvePeer(request.peer, invoker) };
}

/** An intent that is not kept would be a second key after a lost answer: refused, never ignored. */
function checkIdempotencyKey(
  options: CallOptions | undefined,
  { operation }: OperationDescriptor,
  invoker: Invoker,
): void {
  const { idempotency, title, provider } = invoker.compiled.declaration;
  if (options?.idempotencyKey === undefined || idempotency !== "none") return;
  const nearest = "Leave it out, and look for the key before trying again.";
  throw new KeyrailError("UnsupportedCapability", `${title} keeps no idempotency keys. ${nearest}`, {
    provider,
    operation,
    nearest,
  });
}

function checkAttributes(request: KeyAttributes, invoker: Invoker): void {
  const { label, description } = invoker.compiled.declaration;
  checkText(invoker.compiled, "label", request.label, label);
  if (request.description !== undefined) checkText(invoker.compiled, "description", request.description, description);
}
