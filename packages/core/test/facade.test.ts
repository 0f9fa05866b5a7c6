import { describe, expect, it, vi } from "vitest";
import { type AuditEvent, createProvider, type Outcome } from "../src/index.ts";
import { declaration, echoAdapter } from "./support/echo-adapter.ts";
import { callUntyped, failure, open, signerOf } from "./support/echo-calls.ts";

const message = new Uint8Array([1, 2]);

describe("ports", () => {
  it("has exactly the ports the adapter has", () => {
    const { provider } = open();
    expect(Object.keys(provider)).not.toContain("cipher");
    expect(Object.keys(provider)).not.toContain("approvals");
    expect(provider.mac).toBeDefined();
  });
});

describe("records", () => {
  it("are frozen, so that no receiver changes what the gate goes by", async () => {
    const { adapter, provider } = open();
    const made = await provider.keys.create({ keyType: "HMAC-SHA-256", usages: ["mac"], label: "a" });
    const renamed = await provider.catalog?.rename({ key: made.uri, label: "b" });
    const listed = await Array.fromAsync(provider.catalog?.list() ?? []);
    const found = await Array.fromAsync(provider.catalog?.search({ label: "b" }) ?? []);
    for (const record of [made, renamed, await provider.catalog?.get(made.id), ...listed, ...found]) {
      expect(Object.isFrozen(record)).toBe(true);
      expect(() => Reflect.apply(Array.prototype.push, record?.usages, ["sign"])).toThrow(TypeError);
    }
    const error = await failure(signerOf(provider).sign({ key: made.id, algorithm: "Ed25519", message }));
    expect(error.code).not.toBe("Internal");
    expect(adapter.calls).not.toContain("sign");
  });
});

describe("validation", () => {
  it.each([
    ["a missing member", { keyType: "Ed25519", label: "a" }, "usages"],
    ["an unknown member", { keyType: "Ed25519", usages: ["sign"], label: "a", mesage: 1 }, undefined],
    ["an unknown key type", { keyType: "P-257", usages: ["sign"], label: "a" }, "keyType"],
    ["a usage twice", { keyType: "Ed25519", usages: ["sign", "sign"], label: "a" }, "usages"],
    ["no usage", { keyType: "Ed25519", usages: [], label: "a" }, "usages"],
  ])("refuses %s before the adapter is called", async (_title, request, path) => {
    const { adapter, provider } = open();
    const error = await failure(callUntyped(provider.keys.create, request));
    expect(error.code).toBe("InvalidRequest");
    expect(error.context).toMatchObject(path === undefined ? {} : { path });
    expect(adapter.calls).toEqual([]);
  });

  it("takes members that are present but undefined as absent", async () => {
    const { provider } = open();
    const request = { keyType: "Ed25519", usages: ["sign"], label: "a", description: undefined };
    const record = await callUntyped(provider.keys.create, request);
    expect(record).toMatchObject({ keyType: "Ed25519" });
  });

  it("never repeats a value, which may be secret", async () => {
    const { provider } = open();
    const request = { kind: "secret", keyType: "AES-128", secret: "hunter2", usages: ["encrypt"], label: "a" };
    const error = await failure(callUntyped(provider.keys.import, request));
    expect(error.message).not.toContain("hunter2");
    expect(error.message).toContain("secret");
  });

  it("wants exactly one of message and digest", async () => {
    const { provider } = open();
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "a" });
    for (const input of [{}, { message, digest: message }]) {
      const signer = signerOf(provider);
      const error = await failure(callUntyped(signer.sign, { key: uri, algorithm: "Ed25519", ...input }));
      expect(error.code).toBe("InvalidRequest");
    }
  });

  it("checks label length in bytes and characters as declared", async () => {
    const { adapter, provider } = open();
    const create = (label: string) => failure(provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label }));
    expect((await create("123456789")).code).toBe("LimitExceeded");
    expect((await create("")).code).toBe("LimitExceeded");
    expect((await create("zażółć")).code).toBe("LimitExceeded");
    expect((await create("ż")).code).toBe("InvalidRequest");
    const described = { keyType: "Ed25519", usages: ["sign"], label: "a", description: "d" } as const;
    expect((await failure(provider.keys.create(described))).code).toBe("UnsupportedCapability");
    expect(adapter.calls).toEqual([]);
  });
});

describe("gate", () => {
  it("refuses what is not declared with the reason, the alternative, and no call", async () => {
    const { adapter, provider } = open();
    const error = await failure(provider.keys.create({ keyType: "Ed448", usages: ["sign"], label: "a" }));
    expect(error).toMatchObject({ code: "UnsupportedCapability", retry: "never" });
    expect(error.message).toContain("Nearest: Ed25519");
    expect(adapter.calls).toEqual([]);
  });

  it("gives the text of explain", async () => {
    const { provider } = open();
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "a" });
    const error = await failure(signerOf(provider).sign({ key: uri, algorithm: "Ed25519", digest: message }));
    const explanation = provider.explain({
      operation: "sign",
      keyType: "Ed25519",
      algorithm: "Ed25519",
      input: "digest",
      half: "private",
    });
    expect(explanation).toMatchObject({ supported: false, nearest: "Give the message." });
    expect(explanation.supported ? "" : `${explanation.reason} ${explanation.nearest}`).toBe(error.message);
  });

  it("checks lengths at the edge", async () => {
    const { provider } = open();
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "a" });
    const sign = (length: number) =>
      signerOf(provider).sign({ key: uri, algorithm: "Ed25519", message: new Uint8Array(length) });
    await sign(1);
    await sign(4);
    for (const length of [0, 5]) {
      expect(await failure(sign(length))).toMatchObject({
        code: "LimitExceeded",
        context: { limit: "message", maximum: 4, actual: length },
      });
    }
  });

  it("enforces the key's usages when they are known", async () => {
    const { adapter, provider } = open();
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["verify"], label: "a" });
    expect((await failure(signerOf(provider).sign({ key: uri, algorithm: "Ed25519", message }))).code).toBe(
      "UsageNotPermitted",
    );
    expect(adapter.calls).toEqual(["create"]);
  });
});

describe("what a provider does not keep", () => {
  it("refuses an idempotency key, instead of making two keys of one intent", async () => {
    const adapter = echoAdapter();
    const provider = createProvider({ ...adapter, capabilities: { ...declaration, idempotency: "none" } });
    const request = { keyType: "Ed25519", usages: ["sign"], label: "a" } as const;
    const error = await failure(provider.keys.create(request, { idempotencyKey: "one" }));
    expect(error.code).toBe("UnsupportedCapability");
    expect(error.message).toContain("keeps no idempotency keys");
    expect(adapter.calls).toEqual([]);
    await provider.keys.create(request);
  });

  it("refuses to give or list records where the catalog does not declare it", async () => {
    const adapter = echoAdapter();
    const evidence = { tier: "observed", reference: "test" } as const;
    const catalog = { get: false, list: false, search: [], rename: [], evidence } as const;
    const { catalog: port } = createProvider({ ...adapter, capabilities: { ...declaration, catalog } });
    const list = async (): Promise<void> => {
      for await (const record of port?.list() ?? []) void record;
    };
    expect((await failure(list())).code).toBe("UnsupportedCapability");
    expect((await failure(Promise.resolve(port?.get("1")))).code).toBe("UnsupportedCapability");
    expect(adapter.calls).toEqual([]);
  });
});

describe("keys", () => {
  it("takes the key URI and the bare id, and refuses another provider's", async () => {
    const { provider } = open();
    const { uri, id } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "a" });
    expect((await provider.keys.getPublic(uri)).keyType).toBe("Ed25519");
    expect((await provider.keys.getPublic(id)).keyType).toBe("Ed25519");
    for (const foreign of ["other://host/k0", "echo://elsewhere/k0"]) {
      expect((await failure(provider.keys.getPublic(foreign))).code).toBe("KeyNotFound");
    }
  });
});

describe("abort and deadline", () => {
  it("refuses an aborted call before the adapter is called", async () => {
    const { adapter, provider } = open();
    const signal = AbortSignal.abort(new Error("stop"));
    const request = { keyType: "Ed25519", usages: ["sign"], label: "a" } as const;
    expect(await failure(provider.keys.create(request, { signal }))).toMatchObject({ code: "Aborted", retry: "safe" });
    expect(adapter.calls).toEqual([]);
  });

  it("ends at once when aborted in the middle, though the adapter does not", async () => {
    const { adapter, provider } = open();
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "a" });
    const controller = new AbortController();
    adapter.onSign = () => {
      controller.abort();
      return Promise.withResolvers<Uint8Array>().promise;
    };
    const call = signerOf(provider).sign({ key: uri, algorithm: "Ed25519", message }, { signal: controller.signal });
    expect((await failure(call)).code).toBe("Aborted");
  });

  it("returns nothing after an abort, though the adapter answers", async () => {
    const { adapter, provider } = open();
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "a" });
    const controller = new AbortController();
    adapter.onSign = async () => {
      controller.abort();
      return new Uint8Array(64);
    };
    const call = signerOf(provider).sign({ key: uri, algorithm: "Ed25519", message }, { signal: controller.signal });
    expect((await failure(call)).code).toBe("Aborted");
  });

  it("keeps the deadline, though the adapter does not", async () => {
    vi.useFakeTimers();
    try {
      const { adapter, provider } = open();
      const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "a" });
      adapter.onSign = () => Promise.withResolvers<Uint8Array>().promise;
      const call = failure(signerOf(provider).sign({ key: uri, algorithm: "Ed25519", message }, { timeout: 50 }));
      await vi.advanceTimersByTimeAsync(50);
      expect(await call).toMatchObject({ code: "DeadlineExceeded", context: { timeoutMs: 50 }, retry: "safe" });
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("errors", () => {
  it("turns what an adapter did not classify into Internal without its words", async () => {
    const { provider } = open();
    const error = await failure(provider.keys.getPublic("k0"));
    expect(error.code).toBe("KeyNotFound");
    const adapter = echoAdapter();
    const broken = createProvider({
      ...adapter,
      signer: { sign: () => Promise.reject(new TypeError("secret 0102030405")) },
    });
    const { uri } = await broken.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "a" });
    const internal = await failure(signerOf(broken).sign({ key: uri, algorithm: "Ed25519", message }));
    expect(internal.code).toBe("Internal");
    expect(internal.message).not.toContain("0102030405");
    expect(internal.cause).toBeInstanceOf(TypeError);
  });
});

describe("closing", () => {
  it("closes once, and every later call says so", async () => {
    const { adapter, provider } = open();
    await provider.close();
    await provider.close();
    expect(adapter.calls).toEqual(["close"]);
    expect((await failure(provider.keys.getPublic("k0"))).code).toBe("Closed");
    expect((await failure(signerOf(provider).sign({ key: "k0", algorithm: "Ed25519", message }))).code).toBe("Closed");
    expect(await provider.health()).toMatchObject({ healthy: false });
  });
});

describe("telemetry and audit", () => {
  it("tells start and outcome of each call, refused ones too", async () => {
    const outcomes: [string, Outcome][] = [];
    const events: AuditEvent[] = [];
    const provider = createProvider(echoAdapter(), {
      telemetry: { start: (facts) => (outcome) => outcomes.push([facts.operation, outcome]) },
      audit: { after: (event) => void events.push(event) },
    });
    const request = { keyType: "Ed25519", usages: ["sign"], label: "a" } as const;
    const { uri } = await provider.keys.create(request, { idempotencyKey: "one" });
    await failure(provider.keys.create({ ...request, keyType: "Ed448" }));
    await signerOf(provider).sign({ key: uri, algorithm: "Ed25519", message });
    expect(outcomes).toEqual([
      ["create", "ok"],
      ["create", "UnsupportedCapability"],
      ["sign", "ok"],
    ]);
    expect(events[0]).toMatchObject({ operation: "create", outcome: "ok", idempotencyKey: "one" });
    expect(events[2]).toMatchObject({ operation: "sign", key: uri, keyType: "Ed25519", algorithm: "Ed25519" });
  });

  it("lets the audit hook refuse a call before the adapter is called", async () => {
    const adapter = echoAdapter();
    const provider = createProvider(adapter, {
      audit: {
        before: () => {
          throw new Error("disk full");
        },
      },
    });
    const error = await failure(provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "a" }));
    expect(error.code).toBe("OperationRefused");
    expect(adapter.calls).toEqual([]);
  });

  it("does not fail an operation that is done because its audit line could not be written", async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning.message);
    process.on("warning", onWarning);
    const provider = createProvider(echoAdapter(), { audit: { after: () => Promise.reject(new Error("disk full")) } });
    await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "a" });
    await vi.waitFor(() => expect(warnings.join()).toContain("audit hook failed"));
    process.off("warning", onWarning);
  });
});

describe("local verification", () => {
  it("discards a remote signature that does not verify, fetching the public key once", async () => {
    const adapter = echoAdapter();
    const verdicts = [true, true, false];
    const provider = createProvider({
      ...adapter,
      localVerification: { policy: "always", verify: () => verdicts.shift() ?? false },
    });
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "a" });
    const sign = () => signerOf(provider).sign({ key: uri, algorithm: "Ed25519", message });
    await sign();
    await sign();
    expect((await failure(sign())).code).toBe("SignatureMismatch");
    expect(adapter.calls).toEqual(["create", "sign", "getPublic", "sign", "sign"]);
  });
});

describe("catalog", () => {
  it("stops the adapter's iterator when the caller stops early", async () => {
    const { provider } = open();
    for (const label of ["a", "b", "c"]) await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label });
    const labels: string[] = [];
    for await (const record of provider.catalog?.list() ?? []) {
      labels.push(record.label);
      if (labels.length === 2) break;
    }
    expect(labels).toEqual(["a", "b"]);
  });

  it("refuses searches the provider does not declare", async () => {
    const { provider } = open();
    const search = async (): Promise<void> => {
      for await (const record of provider.catalog?.search({ descriptionPrefix: "x" }) ?? []) void record;
    };
    expect((await failure(search())).code).toBe("UnsupportedCapability");
  });
});
