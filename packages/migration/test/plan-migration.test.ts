import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type CapabilityDeclaration, createProvider, type Provider } from "@keyrail/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PlannedKey, planMigration, type PlanOptions, planRow, PLAN_COLUMNS } from "../src/index.ts";
import { collect } from "./support/collect.ts";
import {
  type DfnsEnd,
  dfnsEnd,
  encedoEnd,
  type EncedoEnd,
  type End,
  softwareEnd,
  softwareFileEnd,
} from "./support/ends.ts";
import { fillDfns, fillEncedo, fillSoftware } from "./support/fleets.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let software: End;
let encedo: EncedoEnd;
let dfns: DfnsEnd;

beforeAll(async () => {
  folder = await temporaryFolder();
  [software, encedo, dfns] = await Promise.all([softwareEnd(), encedoEnd(), dfnsEnd()]);
  await Promise.all([fillSoftware(software), fillEncedo(encedo), fillDfns(dfns)]);
});
afterAll(async () => {
  for (const end of [software, encedo, dfns, folder]) await end[Symbol.asyncDispose]();
});

function plan(source: Provider, target: Provider, options: Partial<PlanOptions> = {}): Promise<PlannedKey[]> {
  return collect(planMigration({ source, target, options }).keys);
}

/** Requests that read. A login and a search are POST as well. */
const READING = [
  /^GET /,
  /^POST \/api\/auth\/token$/,
  /^POST \/api\/system\/checkin$/,
  /^POST \/api\/keymgmt\/search$/,
];

describe("planning", () => {
  it("sends nothing that changes anything, and nothing at all before the keys are asked for", async () => {
    const before = [encedo.requests().length, dfns.requests().length];
    planMigration({ source: encedo.provider, target: dfns.provider });
    expect([encedo.requests().length, dfns.requests().length]).toEqual(before);
    await plan(encedo.provider, dfns.provider);
    await plan(dfns.provider, encedo.provider);
    const sent = [...encedo.requests().slice(before[0]), ...dfns.requests().slice(before[1])];
    expect(sent.length).toBeGreaterThan(0);
    expect(sent.filter((request) => !READING.some((pattern) => pattern.test(request)))).toEqual([]);
  });

  it("reads each public key of a device once, and none again that the plan has", async () => {
    const reads = (): number => encedo.requests().filter((request) => request.includes("/keymgmt/get/")).length;
    const before = reads();
    const keys = await plan(encedo.provider, dfns.provider);
    const asymmetric = keys.filter(({ source }) => source.publicKey !== undefined);
    expect(asymmetric.length).toBeGreaterThan(30);
    expect(reads() - before).toBeLessThanOrEqual(asymmetric.length);
  });

  it("gives the same decisions twice, and ids of its own to each plan", async () => {
    const [one, two] = [await plan(software.provider, dfns.provider), await plan(software.provider, dfns.provider)];
    const decisions = (keys: readonly PlannedKey[]): unknown[] =>
      keys.map(({ operationKey: _key, ...decision }) => decision);
    expect(decisions(two)).toEqual(decisions(one));
    const operationKeys = new Set([...one, ...two].map(({ operationKey }) => operationKey));
    expect(operationKeys.size).toBe(one.length + two.length);
    expect([...operationKeys].every((key) => /^[!-~]{1,64}$/.test(key))).toBe(true);
  });

  it("stops when it is told to, and tells how far it is", async () => {
    const controller = new AbortController();
    const phases: string[] = [];
    const { keys } = planMigration({
      source: software.provider,
      target: encedo.provider,
      signal: controller.signal,
      onProgress: ({ phase, keys: count }) => {
        phases.push(phase);
        if (phase === "source" && count === 5) controller.abort();
      },
    });
    await expect(collect(keys)).rejects.toMatchObject({ code: "Aborted" });
    expect(new Set(phases)).toEqual(new Set(["target", "source"]));
  });

  it("refuses options that mean nothing", () => {
    const wrong: unknown = { keyTypes: ["RSA"] };
    expect(() =>
      planMigration({ source: software.provider, target: dfns.provider, options: wrong as Partial<PlanOptions> }),
    ).toThrow(expect.objectContaining({ code: "InvalidRequest", context: { path: "options.keyTypes.0" } }));
  });

  it("takes only the keys that the options name", async () => {
    const keys = await plan(software.provider, dfns.provider, { keyTypes: ["Ed25519"], labelPrefix: "pay" });
    expect(keys.length).toBeGreaterThan(0);
    for (const { source } of keys) {
      expect(source.keyType).toBe("Ed25519");
      expect(source.label.startsWith("pay")).toBe(true);
    }
  });

  it("makes rows for a table", async () => {
    const [key] = await plan(encedo.provider, dfns.provider, { keyTypes: ["Ed25519"] });
    expect(key === undefined ? [] : planRow(key)).toHaveLength(PLAN_COLUMNS.length);
  });
});

describe("what is decided", () => {
  it("exports nothing with `noImport`, and rotates in its place", async () => {
    const keys = await plan(software.provider, dfns.provider, { noImport: true });
    expect(keys.filter(({ target }) => target?.operation.startsWith("import:private") === true)).toEqual([]);
    expect(keys.some(({ strategy }) => strategy === "rotate")).toBe(true);
  });

  it("leaves secret keys where they are when told so, and says that they could be replaced", async () => {
    const options = { retainSecretKeys: true, keyTypes: ["AES-256", "HMAC-SHA-256"] } as const;
    const keys = await plan(encedo.provider, software.provider, options);
    expect(keys.length).toBeGreaterThan(2);
    for (const { strategy, lacks, reason } of keys) {
      expect([strategy, lacks]).toEqual(["retain", undefined]);
      expect(reason).toContain("leave secret keys");
    }
  });

  it("moves a key that signs digests to a device that does not, once nobody needs them", async () => {
    const ecdsa = (keys: readonly PlannedKey[]): readonly PlannedKey[] =>
      keys.filter(
        ({ source }) => source.algorithms?.includes("ECDSA") === true && source.hierarchical?.master !== true,
      );
    const kept = ecdsa(await plan(dfns.provider, encedo.provider, { keyTypes: ["secp256k1"] }));
    expect(kept.map(({ strategy }) => strategy)).toEqual(["retain", "retain"]);
    expect(kept[0]?.lacks).toMatchObject({ operation: "sign", algorithm: "ECDSA", input: "digest" });
    const options = { keyTypes: ["secp256k1"], dropAlgorithms: ["ECDSA"] } as const;
    const moved = ecdsa(await plan(dfns.provider, encedo.provider, options));
    expect(moved.map(({ strategy }) => strategy)).toEqual(["rotate", "rotate"]);
  });

  it("needs what the rows on the way need", async () => {
    const [key] = await plan(software.provider, dfns.provider, { keyTypes: ["Ed25519"] });
    const texts = key?.needs.map(({ side, kind }) => `${side} ${kind}`);
    expect(new Set(texts)).toEqual(new Set(["target contract", "target permission", "target approval"]));
    const exported = await plan(dfns.provider, software.provider, { keyTypes: ["Ed25519"] });
    expect(exported[0]?.needs.map(({ side, kind }) => `${side} ${kind}`)).toEqual([
      "source contract",
      "source permission",
    ]);
  });
});

describe("keys that the target holds already", () => {
  it("are adopted when they can do all that the old key must", async () => {
    await using source = await softwareEnd();
    await using target = await softwareFileEnd(join(folder.path, "held.sqlite"));
    const privateKey = { keyType: "Ed25519", format: "seed", bytes: randomBytes(32) } as const;
    const request = { kind: "private", privateKey, usages: ["sign", "verify"], label: "key" } as const;
    await source.provider.keys.import(request);
    const [publicKey] = [(await collect(source.catalog.list()))[0]?.publicKey];
    if (publicKey === undefined) throw new Error("It has a public key.");
    await target.provider.keys.import({ kind: "public", publicKey, usages: ["verify"], label: "only the public half" });
    expect((await plan(source.provider, target.provider)).map(({ strategy }) => strategy)).toEqual(["rotate"]);
    const held = await target.provider.keys.import(request);
    const [key] = await plan(source.provider, target.provider);
    expect(key).toMatchObject({ strategy: "adopt", existing: held.uri, proof: "same-key", changes: [] });
  });

  it("and another copy of a key that the plan brings are not imported where public keys are taken once", async () => {
    await using source = await softwareEnd();
    const privateKey = { keyType: "Ed25519", format: "seed", bytes: randomBytes(32) } as const;
    const request = { kind: "private", privateKey, usages: ["sign"] } as const;
    await source.provider.keys.import({ ...request, extractable: true, label: "one" });
    await source.provider.keys.import({ ...request, extractable: true, label: "two" });
    const keys = await plan(source.provider, dfns.provider);
    expect(keys.map(({ strategy }) => strategy)).toEqual(["import", "retain"]);
    expect(keys[1]?.reason).toContain("takes a public key once");
    // The target says so too.
    const imported = await dfns.provider.keys.import({ ...request, label: "one" });
    const again = dfns.provider.keys.import({ ...request, label: "two" });
    await expect(again).rejects.toMatchObject({ code: "KeyExists" });
    const adopted = await plan(source.provider, dfns.provider);
    expect(adopted.map(({ strategy, existing }) => [strategy, existing])).toEqual([
      ["adopt", imported.uri],
      ["adopt", imported.uri],
    ]);
  });

  it("are found on a device, where each public key costs a request, only for types of the source", async () => {
    await using source = await softwareEnd();
    const reads = (): number => encedo.requests().filter((request) => request.includes("/keymgmt/get/")).length;
    const before = reads();
    const shared = (await collect(encedo.catalog.list())).find(
      ({ half, usages, keyType }) => half === "public" && keyType === "Ed448" && usages.includes("verify"),
    );
    if (shared === undefined) throw new Error("The device holds such a key.");
    const publicKey = await encedo.provider.keys.getPublic(shared.uri);
    await source.provider.keys.import({ kind: "public", publicKey, usages: ["verify"], label: "shared" });
    const [key] = await plan(source.provider, encedo.provider);
    expect(key).toMatchObject({ strategy: "adopt", existing: shared.uri });
    // The keys of one type, not the whole device.
    expect(reads() - before).toBeLessThan(5);
  });
});

describe("rows alone decide", () => {
  const evidence = { tier: "observed", reference: "test" } as const;

  /** A provider that is nothing but its declaration: planning calls nothing else of a target that holds no keys. */
  function declared(rows: CapabilityDeclaration["rows"]): Provider {
    const unused = (): never => {
      throw new Error("Planning calls nothing of a target but its list.");
    };
    return createProvider({
      name: "declared",
      uri: "declared://target",
      capabilities: {
        provider: "declared",
        title: "Declared",
        custody: "hsm",
        label: { minimumBytes: 0, maximumBytes: 10, charset: "unicode" },
        idempotency: "native",
        rows,
      },
      keys: { create: unused, import: unused, derive: unused, getPublic: unused },
    });
  }

  it("does not import a form that the target does not take", async () => {
    const sign = {
      keyTypes: ["Ed25519"],
      operation: "sign",
      algorithms: ["Ed25519"],
      inputs: ["message"],
      evidence,
    } as const;
    const create = { keyTypes: ["Ed25519"], operation: "create", usages: [["sign"]], evidence } as const;
    const seeds = { ...create, operation: "import:private", privateFormats: ["seed"] } as const;
    const both = { ...seeds, privateFormats: ["seed", "expanded"] } as const;
    const options = { keyTypes: ["Ed25519"] } as const;
    const single = (keys: readonly PlannedKey[]): ReadonlySet<string> =>
      new Set(keys.filter(({ source }) => source.hierarchical === undefined).map(({ strategy }) => strategy));
    // Dfns gives an expanded key out, never a seed.
    expect(single(await plan(dfns.provider, declared([create, seeds, sign]), options))).toEqual(new Set(["rotate"]));
    expect(single(await plan(dfns.provider, declared([create, both, sign]), options))).toEqual(new Set(["import"]));
    const [refused] = await plan(dfns.provider, declared([seeds, sign]), options);
    expect(refused?.strategy).toBe("retain");
  });

  it("retains what could be made but not used", async () => {
    const create = { keyTypes: ["Ed25519"], operation: "create", usages: [["sign"]], evidence } as const;
    const [key] = await plan(encedo.provider, declared([create]), { keyTypes: ["Ed25519"] });
    expect(key).toMatchObject({ strategy: "retain", lacks: { operation: "sign", algorithm: "Ed25519" } });
  });
});
