import { setTimeout as delay } from "node:timers/promises";
import { type ErrorCode, isKeyrailError, KeyrailError, type Provider } from "@keyrail/core";
import {
  changed,
  present,
  withCatalog,
  withKeys,
  withRecords,
  withSign,
  type WrongProvider,
} from "./wrong-provider.ts";

/** The provider with every `UnsupportedCapability` of `sign` and `create` replaced. */
function refusing(right: Provider, replace: (error: KeyrailError) => unknown): Provider {
  const port = present(right.signer);
  const attempt = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    try {
      return await call();
    } catch (error) {
      if (isKeyrailError(error, "UnsupportedCapability")) throw replace(error);
      throw error;
    }
  };
  return {
    ...withKeys(right, { create: (request, options) => attempt(() => right.keys.create(request, options)) }),
    signer: { sign: (request, options) => attempt(() => port.sign(request, options)) },
  };
}

/** The declaration without rows that match. */
function withoutRows(right: Provider, drop: (operation: string, keyType: string) => boolean): Provider {
  const rows = right.capabilities.rows.flatMap((row) => {
    const keyTypes = row.keyTypes.filter((keyType) => !drop(row.operation, keyType));
    return keyTypes.length === 0 ? [] : [{ ...row, keyTypes }];
  });
  return changed(right, { capabilities: { ...right.capabilities, rows } });
}

const always = (code: ErrorCode) => (): KeyrailError =>
  new KeyrailError("UnexpectedResponse", `${code}?`, { provider: "software", reason: "406" });

export const WRONG_BEHAVIOUR: readonly WrongProvider[] = [
  {
    name: "declares a port it lacks",
    caughtBy: ["declaration.ports", "sign.es256.verifies", "sign.ed25519.verifies"],
    make: ({ signer: _signer, ...right }) => right,
  },
  {
    name: "has a port it does not declare",
    caughtBy: ["declaration.ports", "agree.ecdh.p-256.matches", "capability.agree.p-256"],
    make: (right) => withoutRows(right, (operation) => operation === "agree"),
  },
  {
    name: "claims a signature it lacks",
    caughtBy: ["sign.ml-dsa-44.verifies"],
    make: (right) =>
      withSign(right, (port) => async (request, options) => {
        if (request.algorithm !== "ML-DSA-44") return port.sign(request, options);
        throw new KeyrailError("UnsupportedCapability", "Not here.", { provider: "software", operation: "sign" });
      }),
  },
  {
    name: "does what it does not declare",
    caughtBy: ["sign.es384.verifies", "capability.sign.p-384", "verify.es384.accepts"],
    make: (right) =>
      withoutRows(
        right,
        (operation, keyType) => (operation === "sign" || operation === "verify") && keyType === "P-384",
      ),
  },
  {
    name: "makes keys it does not declare",
    caughtBy: ["create.ml-kem-768", "capability.create.ml-kem-768"],
    make: (right) => withoutRows(right, (operation, keyType) => operation === "create" && keyType === "ML-KEM-768"),
  },
  {
    name: "declares an algorithm on the wrong key",
    caughtBy: ["declaration.algorithms"],
    make: (right) => {
      const rows = right.capabilities.rows.map((row) =>
        row.operation === "sign" && row.algorithms?.includes("ES256") === true
          ? { ...row, keyTypes: ["P-256" as const, "P-384" as const] }
          : row,
      );
      return changed(right, { capabilities: { ...right.capabilities, rows } });
    },
  },
  {
    name: "declares a use of a key nobody can make",
    caughtBy: ["declaration.usable"],
    make: (right) => {
      const rows = right.capabilities.rows.map((row) =>
        row.operation === "create" || row.operation.startsWith("import:")
          ? { ...row, usages: (row.usages ?? []).map((set) => set.filter((usage) => usage !== "agree")) }
          : row,
      );
      return changed(right, { capabilities: { ...right.capabilities, rows } });
    },
  },
  {
    name: "explains otherwise than it declares",
    caughtBy: ["declaration.explain"],
    make: (right) =>
      changed(right, {
        explain: (asked) =>
          asked.operation === "agree" && asked.keyType === "X448"
            ? { supported: false, reason: "Not today." }
            : right.explain(asked),
      }),
  },
  {
    name: "refuses with the wrong code",
    caughtBy: ["capability.sign.p-256", "sign.es256.recovery-id"],
    make: (right) =>
      refusing(
        right,
        (error) => new KeyrailError("OperationRefused", error.message, { provider: "software", reason: "no" }),
      ),
  },
  {
    name: "asks the back end before it refuses",
    caughtBy: ["capability.sign.p-256", "sign.es256.recovery-id"],
    make: (right) => {
      let requests = 0;
      const provider = refusing(right, (error) => {
        requests++;
        return error;
      });
      return { provider, wireRequests: () => requests };
    },
  },
  {
    name: "takes a malformed request to the back end",
    caughtBy: ["errors.malformed-request"],
    make: (right) => {
      let requests = 0;
      const provider = withKeys(right, {
        create: (request, options) => {
          requests++;
          return right.keys.create(request, options);
        },
      });
      return { provider, wireRequests: () => requests };
    },
  },
  {
    name: "does not see a misspelt member",
    caughtBy: ["errors.malformed-request"],
    make: (right) =>
      withKeys(right, {
        create: (request, options) =>
          right.keys.create(
            typeof request === "object"
              ? {
                  keyType: request.keyType,
                  usages: request.usages,
                  label: request.label,
                  ...(request.algorithms && { algorithms: request.algorithms }),
                }
              : request,
            options,
          ),
      }),
  },
  {
    name: "throws what is no KeyrailError",
    caughtBy: ["errors.only-keyrail-errors", "catalog.get.unknown"],
    make: (right) =>
      withCatalog(right, (port) => ({
        async get(key, options) {
          try {
            return await port.get(key, options);
          } catch {
            throw new TypeError("Cannot read properties of undefined");
          }
        },
      })),
  },
  {
    name: "says something else of a key that is not there",
    caughtBy: ["errors.unknown-key.sign", "errors.unknown-key.get-public", "catalog.get.unknown"],
    make: (right) => {
      const other = always("KeyNotFound");
      const attempt = async <Result>(call: () => Promise<Result>): Promise<Result> => {
        try {
          return await call();
        } catch (error) {
          throw isKeyrailError(error, "KeyNotFound") ? other() : error;
        }
      };
      const wrong = withKeys(right, { getPublic: (key, options) => attempt(() => right.keys.getPublic(key, options)) });
      return withSign(
        withCatalog(wrong, (port) => ({ get: (key, options) => attempt(() => port.get(key, options)) })),
        (port) => (request, options) => attempt(() => port.sign(request, options)),
      );
    },
  },
  {
    name: "repeats what it was given in its errors",
    caughtBy: ["errors.printable"],
    make: (right) =>
      withKeys(right, {
        async getPublic(key, options) {
          try {
            return await right.keys.getPublic(key, options);
          } catch (error) {
            if (!isKeyrailError(error)) throw error;
            error.message = `There is no key\n${key}`;
            throw error;
          }
        },
      }),
  },
  {
    name: "returns after an abort",
    caughtBy: ["abort.during", "abort.before"],
    make: (right) =>
      withKeys(right, {
        create(request, options) {
          const { signal: _, ...rest } = options ?? {};
          return right.keys.create(request, rest);
        },
      }),
  },
  {
    name: "says that an aborted create did nothing",
    caughtBy: ["abort.during"],
    make: (right) =>
      withKeys(right, {
        async create(request, options) {
          const { signal, ...rest } = options ?? {};
          signal?.throwIfAborted();
          const record = await right.keys.create(request, rest);
          if (signal?.aborted !== true) return record;
          throw new KeyrailError("Aborted", "It was aborted.", {}, { retry: "safe" });
        },
      }),
  },
  {
    name: "goes on listing after an abort",
    caughtBy: ["abort.list"],
    make: (right) =>
      withCatalog(right, (port) => ({ list: ({ signal: _signal, ...options } = {}) => port.list(options) })),
  },
  {
    name: "does not see the deadline",
    caughtBy: ["deadline.holds"],
    make: (right) =>
      withKeys(right, {
        async create(request, options) {
          const { timeout, ...rest } = options ?? {};
          // The grace of the self-tests is 100 ms.
          if (timeout !== undefined) await delay(300);
          return right.keys.create(request, rest);
        },
      }),
  },
  {
    name: "holds its callers while the back end does not answer",
    caughtBy: ["deadline.slow-answer"],
    make: (right) => {
      let wait = 0;
      const provider = withKeys(right, {
        async create(request, options) {
          await delay(Math.min(wait, 400));
          return right.keys.create(request, options);
        },
      });
      return { provider, delayAnswers: (milliseconds) => (wait = milliseconds) };
    },
  },
  {
    name: "does not close",
    caughtBy: ["close.closed"],
    make: (right) => changed(right, { close: async () => undefined }),
  },
  {
    name: "is not well, but says nothing",
    caughtBy: ["close.health"],
    make: (right) => changed(right, { health: async () => ({ healthy: false }) }),
  },
  {
    name: "signs with a key that was closed",
    caughtBy: ["opener.closed"],
    make: (right) => {
      const port = present(right.opener);
      return changed(right, {
        opener: { open: async (key, options) => ({ ...(await port.open(key, options)), close: () => undefined }) },
      });
    },
  },
  {
    name: "leaks a private key in an error, as hex",
    caughtBy: ["secrets.errors"],
    make: (right) => leaking(right, (secret) => Buffer.from(secret).toString("hex")),
  },
  {
    name: "leaks a private key in the cause of an error, as numbers",
    caughtBy: ["secrets.errors"],
    make: (right) =>
      withKeys(right, {
        async import(request, options) {
          try {
            return await right.keys.import(request, options);
          } catch (error) {
            if (!isKeyrailError(error)) throw error;
            throw new KeyrailError("InvalidRequest", error.message, {}, { cause: request });
          }
        },
      }),
  },
  {
    name: "leaks a private key in an error, as unaligned base64",
    caughtBy: ["secrets.errors"],
    make: (right) => leaking(right, (secret) => Buffer.concat([Buffer.from("x"), secret]).toString("base64url")),
  },
  {
    name: "leaks a secret in a record",
    caughtBy: ["secrets.records"],
    make: (right) =>
      withKeys(right, {
        async import(request, options) {
          const record = await right.keys.import(request, options);
          if (request.kind !== "secret") return record;
          return { ...record, vendor: { raw: Buffer.from(request.secret).toString("base64") } };
        },
      }),
  },
  {
    name: "prints what it imports",
    caughtBy: ["secrets.output"],
    make: (right) =>
      withKeys(right, {
        import(request, options) {
          if (request.kind === "secret")
            process.emitWarning(`importing ${Buffer.from(request.secret).toString("hex")}`);
          return right.keys.import(request, options);
        },
      }),
  },
  {
    name: "shows what it imported when it is inspected",
    caughtBy: ["secrets.inspection"],
    make: (right) => {
      const cache = new Map<string, Uint8Array>();
      const wrong = withKeys(right, {
        async import(request, options) {
          const record = await right.keys.import(request, options);
          if (request.kind === "secret") cache.set(record.id, request.secret.slice());
          return record;
        },
      });
      return Object.assign(wrong, { cache });
    },
  },
  {
    name: "forgets custody",
    caughtBy: ["declaration.identity", "create.p-256"],
    make: (right) =>
      changed(
        withRecords(right, (record) => ({ ...record, custody: "hsm" })),
        { custody: "mpc" },
      ),
  },
];

function leaking(right: Provider, form: (secret: Uint8Array) => string): Provider {
  return withKeys(right, {
    async import(request, options) {
      try {
        return await right.keys.import(request, options);
      } catch (error) {
        if (!isKeyrailError(error) || request.kind !== "private") throw error;
        const secret = form(request.privateKey.bytes);
        throw new KeyrailError("InvalidKeyMaterial", `This key can't be imported: ${secret}`, { reason: "unknown" });
      }
    },
  });
}
