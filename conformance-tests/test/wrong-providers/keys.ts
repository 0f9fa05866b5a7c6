import { isKeyrailError, KeyrailError, type KeyRecord } from "@keyrail/core";
import { changed, present, withCatalog, withKeys, withRecords, type WrongProvider } from "./wrong-provider.ts";

/** Cuts a text to its limit instead of refusing it. */
const cut = (text: string, bytes: number): string => {
  let short = text;
  while (Buffer.byteLength(short) > bytes) short = short.slice(0, -1);
  return short;
};

export const WRONG_KEYS: readonly WrongProvider[] = [
  {
    name: "gives an id twice",
    caughtBy: ["create.ed25519", "concurrency.create"],
    make: (right) => {
      let last: KeyRecord | undefined;
      return withRecords(right, (record) => {
        const again = last;
        last = again === undefined ? record : undefined;
        return again === undefined ? record : { ...record, id: again.id, uri: again.uri };
      });
    },
  },
  {
    name: "says another label than the one given",
    caughtBy: ["create.p-256", "limits.label"],
    make: (right) => withRecords(right, (record) => ({ ...record, label: record.label.toUpperCase() })),
  },
  {
    name: "makes every key extractable",
    caughtBy: ["export.not-extractable"],
    make: (right) =>
      withKeys(right, {
        create: async (request, options) => ({
          ...(await right.keys.create({ ...request, extractable: true }, options)),
          extractable: false,
        }),
      }),
  },
  {
    name: "says that every key is extractable",
    caughtBy: ["create.p-256", "export.not-extractable"],
    make: (right) => withRecords(right, (record) => ({ ...record, extractable: true })),
  },
  {
    name: "declares that every key is extractable, and makes keys that are not",
    caughtBy: ["create.p-256", "export.not-extractable"],
    make: (right) => {
      const rows = right.capabilities.rows.map((row) =>
        row.operation === "create" ? { ...row, always: ["extractable"] as const } : row,
      );
      return changed(right, { capabilities: { ...right.capabilities, rows } });
    },
  },
  {
    name: "refuses to export what was made extractable",
    caughtBy: ["export.p-256.extractable", "export.aes-256.imported"],
    make: (right) =>
      changed(right, {
        keyExport: {
          async export(key) {
            throw new KeyrailError("NotExtractable", "No.", { key });
          },
        },
      }),
  },
  {
    name: "ignores usages",
    caughtBy: ["usages.sign", "usages.mac", "usages.encrypt"],
    make: (right) => {
      const { keys } = right;
      return withKeys(right, {
        async create(request, options) {
          const row = right.capabilities.rows.find(
            (candidate) => candidate.operation === "create" && candidate.keyTypes.includes(request.keyType),
          );
          const usages = row?.usages?.[0]?.filter((usage) => usage !== "derive") ?? request.usages;
          return { ...(await keys.create({ ...request, usages }, options)), usages: request.usages };
        },
      });
    },
  },
  {
    name: "ignores the restriction to algorithms",
    caughtBy: ["usages.algorithms.p-256", "usages.algorithms.ed25519"],
    make: (right) => {
      const { keys } = right;
      return withKeys(right, {
        async create({ algorithms, ...request }, options) {
          const record = await keys.create(request, options);
          return algorithms === undefined ? record : { ...record, algorithms };
        },
      });
    },
  },
  {
    name: "forgets the restriction to algorithms",
    caughtBy: ["create.p-256.restricted"],
    make: (right) => withRecords(right, ({ algorithms: _algorithms, ...record }) => record),
  },
  {
    name: "cuts long labels",
    caughtBy: ["limits.label"],
    make: (right) => {
      const { maximumBytes } = right.capabilities.label;
      return withKeys(right, {
        create: (request, options) =>
          right.keys.create({ ...request, label: cut(request.label, maximumBytes) }, options),
      });
    },
  },
  {
    name: "cuts the longest label that is allowed",
    caughtBy: ["limits.label", "limits.rename"],
    make: (right) => {
      const shorter = right.capabilities.label.maximumBytes - 1;
      const wrong = withKeys(right, {
        create: (request, options) => right.keys.create({ ...request, label: cut(request.label, shorter) }, options),
      });
      return withCatalog(wrong, (port) => ({
        rename: (request, options) =>
          port.rename(
            request.label === undefined ? request : { ...request, label: cut(request.label, shorter) },
            options,
          ),
      }));
    },
  },
  {
    name: "refuses the longest label that is allowed",
    caughtBy: ["limits.label"],
    make: (right) => {
      const { maximumBytes } = right.capabilities.label;
      return withKeys(right, {
        async create(request, options) {
          const length = Buffer.byteLength(request.label);
          if (length < maximumBytes) return right.keys.create(request, options);
          throw new KeyrailError("LimitExceeded", "Too long.", {
            limit: "label",
            maximum: maximumBytes - 1,
            actual: length,
          });
        },
      });
    },
  },
  {
    name: "drops descriptions",
    caughtBy: ["limits.description", "catalog.rename.description"],
    make: (right) =>
      withKeys(right, {
        create: ({ description: _description, ...request }, options) => right.keys.create(request, options),
      }),
  },
  {
    name: "replaces characters it does not know",
    caughtBy: ["limits.charset"],
    make: (right) =>
      withKeys(right, {
        create: (request, options) =>
          right.keys.create({ ...request, label: request.label.replace(/[^\u0020-\u007e]/g, "?") }, options),
      }),
  },
  {
    name: "cuts long contexts",
    caughtBy: ["limits.sign.context"],
    make: (right) => {
      const port = present(right.signer);
      return changed(right, {
        signer: {
          sign: (request, options) =>
            port.sign(
              request.context === undefined ? request : { ...request, context: request.context.slice(0, 255) },
              options,
            ),
        },
      });
    },
  },
  {
    name: "answers a tag that is too long",
    caughtBy: ["limits.verify-mac.tag"],
    make: (right) => {
      const port = present(right.mac);
      return changed(right, {
        mac: {
          ...port,
          async verifyMac(request, options) {
            try {
              return await port.verifyMac(request, options);
            } catch (error) {
              if (isKeyrailError(error, "LimitExceeded")) return false;
              throw error;
            }
          },
        },
      });
    },
  },
  {
    name: "lists a key twice",
    caughtBy: ["catalog.list"],
    make: (right) =>
      withCatalog(right, (port) => ({
        async *list(options) {
          let first: KeyRecord | undefined;
          for await (const record of port.list(options)) {
            first ??= record;
            yield record;
          }
          if (first !== undefined) yield first;
        },
      })),
  },
  {
    name: "leaves a key out of its list",
    caughtBy: ["catalog.list"],
    make: (right) =>
      withCatalog(right, (port) => ({
        async *list(options) {
          let count = 0;
          for await (const record of port.list(options)) if (++count % 3 !== 0) yield record;
        },
      })),
  },
  {
    name: "finds labels by their beginning",
    caughtBy: ["catalog.search.label"],
    make: (right) =>
      withCatalog(right, (port) => ({
        async *search(request) {
          for await (const record of port.list()) if (record.label.startsWith(request.label ?? "")) yield record;
        },
      })),
  },
  {
    name: "finds by description or label where both are asked",
    caughtBy: ["catalog.search.description"],
    make: (right) =>
      withCatalog(right, (port) => ({
        search: ({ label, descriptionPrefix }, options) =>
          port.search(descriptionPrefix === undefined ? { label: label ?? "" } : { descriptionPrefix }, options),
      })),
  },
  {
    name: "forgets the description when the label changes",
    caughtBy: ["catalog.rename.label"],
    make: (right) =>
      withCatalog(right, (port) => ({
        rename: (request, options) => port.rename({ description: null, ...request }, options),
      })),
  },
  {
    name: "does not rename",
    caughtBy: ["catalog.rename.label", "catalog.rename.description"],
    make: (right) => withCatalog(right, (port) => ({ rename: (request, options) => port.get(request.key, options) })),
  },
  {
    name: "does not remove",
    caughtBy: ["catalog.remove", "opener.removed"],
    make: (right) => withCatalog(right, () => ({ remove: async () => undefined })),
  },
  {
    name: "makes a key for every try of one intent",
    caughtBy: ["idempotency.same-request", "idempotency.one-key", "idempotency.conflict"],
    make: (right) =>
      withKeys(right, {
        create: (request, options) => {
          const { idempotencyKey: _, ...rest } = options ?? {};
          return right.keys.create(request, rest);
        },
      }),
  },
  {
    name: "answers another request with the key of the first",
    caughtBy: ["idempotency.conflict"],
    make: (right) => {
      const intents = new Map<string, Promise<KeyRecord>>();
      return withKeys(right, {
        create(request, options) {
          const intent = options?.idempotencyKey;
          if (intent === undefined) return right.keys.create(request, options);
          const first = intents.get(intent) ?? right.keys.create(request, options);
          intents.set(intent, first);
          return first;
        },
      });
    },
  },
  {
    name: "takes the label for the intent",
    caughtBy: ["idempotency.other-key"],
    make: (right) => {
      const labels = new Map<string, Promise<KeyRecord>>();
      return withKeys(right, {
        create(request, options) {
          const first = labels.get(request.label) ?? right.keys.create(request, options);
          labels.set(request.label, first);
          return first;
        },
      });
    },
  },
  {
    name: "looks up a key of another store by its id",
    caughtBy: ["errors.foreign-key"],
    make: (right) =>
      withKeys(right, {
        getPublic: (key, options) => right.keys.getPublic(key.slice(key.lastIndexOf("/") + 1), options),
      }),
  },
  {
    name: "gives calls at the same time one record",
    caughtBy: ["concurrency.create"],
    make: (right) => {
      let running: Promise<KeyRecord> | undefined;
      return withKeys(right, {
        async create(request, options) {
          running ??= right.keys.create(request, options);
          const record = await running;
          running = undefined;
          return record;
        },
      });
    },
  },
  {
    name: "loses a key when it is opened again",
    caughtBy: ["persistence.keys"],
    make: (right) => {
      const lost = (key: string): never => {
        throw new KeyrailError("KeyNotFound", "There is no such key.", { key });
      };
      const reopened = withCatalog(withKeys(right, { getPublic: async (key) => lost(key) }), () => ({
        get: async (key) => lost(key),
      }));
      return { provider: right, reopen: async () => reopened };
    },
  },
  {
    name: "forgets intents when it is opened again",
    caughtBy: ["idempotency.reopened"],
    make: (right) => {
      const reopened = withKeys(right, { create: (request) => right.keys.create(request) });
      return { provider: right, reopen: async () => reopened };
    },
  },
];
