import { KeyrailError, type KeyRecord, type Provider } from "@keyrail/core";
import { describe, expect, it } from "vitest";
import { CHECKS, type Harness, MissingCredentials, type Progress, runConformance } from "../src/index.ts";
import { withCatalog, withKeys } from "./wrong-providers/wrong-provider.ts";
import { sampleAdapter, sampleProvider } from "./support/sample-provider.ts";
import { createProvider } from "@keyrail/core";

const KEYS_ONLY = ["create", "sign", "catalog"];

/** A harness on the sample provider, whose keys the test can look at. */
function sample(change: (right: Provider) => Provider = (right) => right): Harness & { labels(): string[] } {
  const keys = new Map<string, { record: KeyRecord }>();
  return {
    name: "sample",
    evidence: "live",
    setup: async () => ({ provider: change(createProvider(sampleAdapter(keys))) }),
    labels: () => [...keys.values()].map(({ record }) => record.label),
  };
}

describe("runConformance", () => {
  it("passes a small right provider, whole", async () => {
    const harness = sample();
    const seen: Progress[] = [];
    const report = await runConformance(harness, { onProgress: (progress) => seen.push(progress) });
    expect(report.cells.filter(({ state }) => state !== "pass" && state !== "unsupported")).toEqual([]);
    expect(report.outcome).toBe("passed");
    expect(report.totals.pass).toBeGreaterThan(100);
    expect(report.totals.unsupported).toBeGreaterThan(1000);
    expect(report.cells.length + report.notRun.length).toBe(CHECKS.length);
    expect(harness.labels()).toEqual([]);
    expect(seen.map(({ done }) => done)).toEqual(seen.map((_, index) => index + 1));
    expect(seen.at(-1)?.done).toBe(seen.at(-1)?.total);
  });

  it("fails a run in which nothing was exercised", async () => {
    const report = await runConformance(sample(), { only: ["kem"] });
    expect(report.totals).toMatchObject({ pass: 0, fail: 0, error: 0 });
    expect(report.outcome).toBe("failed");
    expect(report.reasons.join()).toContain("Nothing was exercised");
  });

  it("blocks every check when credentials are missing, and fails", async () => {
    const report = await runConformance({
      name: "remote",
      evidence: "live",
      setup: async () => {
        throw new MissingCredentials("Set VENDOR_TOKEN.");
      },
    });
    expect(report.totals.blocked).toBe(CHECKS.length);
    expect(report.cells[0]).toMatchObject({ state: "blocked", detail: "Set VENDOR_TOKEN." });
    expect(report.outcome).toBe("failed");
  });

  it("says of an error that nobody classified its kind and where it was thrown, not its text", async () => {
    const harness = sample(() => {
      const adapter = sampleAdapter();
      const sign = async (): Promise<never> => {
        throw new RangeError("secret 0102030405");
      };
      return createProvider({ ...adapter, signer: { sign } });
    });
    const report = await runConformance(harness, { only: ["sign"] });
    const details = report.cells.filter(({ code }) => code === "Internal").map(({ detail }) => detail ?? "");
    expect(details.length).toBeGreaterThan(0);
    for (const detail of details) {
      expect(detail).toMatch(/The cause is a RangeError thrown at run\.test\.ts:\d+\./);
      expect(detail).not.toContain("0102030405");
    }
  });

  it.each([
    ["nothing", undefined, "name"],
    ["no setup", { name: "x", evidence: "live" }, "setup"],
    ["a setup that gives nothing", { name: "x", evidence: "live", setup: async () => undefined }, "setup"],
    ["a setup that gives an adapter", { name: "x", evidence: "live", setup: async () => ({ provider: {} }) }, "setup"],
  ])("refuses %s as a harness, in a sentence", async (_name, harness, path) => {
    const running: unknown = Reflect.apply(runConformance, undefined, [harness]);
    await expect(running).rejects.toMatchObject({ code: "InvalidRequest", context: { path } });
  });

  it("rejects when the setup fails otherwise, and tears down", async () => {
    let torn = 0;
    const harness: Harness = {
      name: "broken",
      evidence: "live",
      setup: async () => {
        throw new Error("no such device");
      },
      teardown: async () => {
        torn++;
      },
    };
    await expect(runConformance(harness)).rejects.toThrow("no such device");
    expect(torn).toBe(1);
  });

  it("leaves out what a filter leaves out, and says so", async () => {
    const report = await runConformance(sample(), { only: ["sign.es256", "catalog"], except: ["catalog.remove"] });
    expect(report.cells.every(({ id }) => id.startsWith("sign.es256.") || id.startsWith("catalog."))).toBe(true);
    expect(report.cells.some(({ id }) => id === "catalog.remove")).toBe(false);
    expect(report.notRun.find(({ id }) => id === "catalog.remove")?.reason).toContain("filter");
  });

  it("ends a check that takes too long as an error, and goes on", async () => {
    const harness = sample((right) => ({ ...right, signer: { sign: () => new Promise(() => undefined) } }));
    const report = await runConformance(harness, {
      only: ["sign.es256.verifies", "mac.hs256.tag"],
      checkTimeout: 50,
      settlingTime: 50,
    });
    expect(report.cells.map(({ id, state }) => [id, state])).toEqual([
      ["sign.es256.verifies", "error"],
      ["mac.hs256.tag", "pass"],
    ]);
    expect(harness.labels()).toEqual([]);
  });

  it("tells the states of an error apart", async () => {
    const failing = (error: unknown) =>
      runConformance(
        sample((right) => ({
          ...right,
          signer: {
            async sign() {
              throw error;
            },
          },
        })),
        { only: ["sign.es256.verifies"] },
      );
    const state = async (error: unknown) => (await failing(error)).cells[0]?.state;
    const provider = "sample";
    expect(await state(new KeyrailError("PermissionDenied", "No.", { provider }))).toBe("blocked");
    expect(await state(new KeyrailError("ConnectionFailed", "No.", { provider }))).toBe("error");
    expect(await state(new KeyrailError("OperationRefused", "No.", { provider, reason: "no" }))).toBe("fail");
    expect(await state(new Error("boom"))).toBe("error");
    const { cells } = await failing(new Error("the secret is hunter2"));
    expect(cells[0]?.detail).not.toContain("hunter2");
  });

  it("stops at the key budget", async () => {
    const report = await runConformance(sample(), { only: ["create"], maximumKeys: 3 });
    expect(report.keys.made).toBe(3);
    expect(report.totals.blocked).toBeGreaterThan(0);
  });
});

describe("leaves nothing behind", () => {
  it("when a check fails", async () => {
    const harness = sample((right) => ({
      ...right,
      signer: { sign: async () => ({ signature: new Uint8Array(64) }) },
    }));
    const report = await runConformance(harness, { only: KEYS_ONLY });
    expect(report.totals.fail).toBeGreaterThan(0);
    expect(harness.labels()).toEqual([]);
    expect(report.keys).toMatchObject({ made: report.keys.removed, remaining: [] });
  });

  it("when the run is aborted in the middle", async () => {
    const harness = sample();
    const controller = new AbortController();
    const report = await runConformance(harness, {
      only: KEYS_ONLY,
      signal: controller.signal,
      onProgress: ({ done }) => done === 5 && controller.abort(),
    });
    expect(report.outcome).toBe("aborted");
    expect(report.cells.length).toBe(5);
    expect(report.notRun.length).toBe(CHECKS.length - 5);
    expect(harness.labels()).toEqual([]);
  });

  it("when the run is aborted while a key is being made", async () => {
    const controller = new AbortController();
    let finish: (() => void) | undefined;
    const harness = sample((right) => ({
      ...right,
      keys: {
        ...right.keys,
        async create(request, options) {
          if (finish === undefined) {
            const held = new Promise<void>((resolve) => (finish = resolve));
            controller.abort();
            setImmediate(() => finish?.());
            await held;
          }
          return right.keys.create(request, options);
        },
      },
    }));
    const report = await runConformance(harness, { only: ["create"], signal: controller.signal });
    expect(report.outcome).toBe("aborted");
    expect(report.keys).toMatchObject({ made: 1, removed: 1 });
    expect(harness.labels()).toEqual([]);
  });

  it("finds a key whose answer was lost, by its label", async () => {
    let lost = 0;
    const harness = sample((right) => ({
      ...right,
      keys: {
        ...right.keys,
        async create(request, options) {
          const record = await right.keys.create(request, options);
          if (lost++ > 0) return record;
          throw new KeyrailError("UnknownOutcome", "The answer was lost.", { provider: "sample", operation: "create" });
        },
      },
    }));
    const report = await runConformance(harness, { only: ["create.p-256"] });
    expect(report.cells[0]?.state).toBe("error");
    expect(harness.labels()).toEqual([]);
  });

  it("says when a key is still there after its removal was answered", async () => {
    const harness = sample((right) => withCatalog(right, () => ({ remove: async () => undefined })));
    const report = await runConformance(harness, { only: ["sign.es256.verifies"] });
    expect(report.totals).toMatchObject({ pass: 1, fail: 0 });
    expect(report.outcome).toBe("failed");
    expect(report.keys.remaining[0]?.reason).toContain("still listed");
  });

  it("lists what could not be removed, and fails", async () => {
    const harness = sample((right) =>
      withCatalog(right, () => ({
        async remove() {
          throw new KeyrailError("PermissionDenied", "You may not.", { provider: "sample" });
        },
      })),
    );
    const report = await runConformance(harness, { only: ["sign.es256.verifies"] });
    expect(report.totals.pass).toBe(1);
    expect(report.outcome).toBe("failed");
    expect(report.keys.remaining).toHaveLength(1);
    expect(report.keys.remaining[0]?.reason).toContain("PermissionDenied");
    expect(harness.labels()).toHaveLength(1);
  });

  it("in a read-only run: makes no key and uses those that are there", async () => {
    const provider = sampleProvider();
    const mine = await provider.keys.create({ keyType: "P-256", usages: ["sign", "verify", "agree"], label: "mine" });
    let made = 0;
    const counted = withCatalog(
      withKeys(provider, {
        create(request, options) {
          made++;
          return provider.keys.create(request, options);
        },
      }),
      () => ({
        async remove() {
          throw new Error("a read-only run removes nothing");
        },
      }),
    );
    const harness: Harness = { name: "sample", evidence: "live", setup: async () => ({ provider: counted }) };
    const report = await runConformance(harness, { readOnly: true, existingKeys: [mine.uri] });
    const state = (id: string) => report.cells.find((cell) => cell.id === id)?.state;
    expect(state("sign.es256.verifies")).toBe("pass");
    expect(state("verify.es256.rejects")).toBe("pass");
    expect(state("agree.ecdh.p-256.matches")).toBe("pass");
    expect(state("sign.ed25519.verifies")).toBe("blocked");
    expect(report.totals).toMatchObject({ fail: 0, error: 0 });
    expect(report.profile).toBe("read-only");
    expect(report.keys.made).toBe(0);
    expect(report.notRun.some(({ id }) => id === "create.p-256")).toBe(true);
    // Refusals of `create` are attempts too; none of them may have been let through.
    expect([...(await list(provider))].map(({ label }) => label)).toEqual(["mine"]);
    expect(made).toBe(0);
  });
});

async function list(provider: Provider): Promise<KeyRecord[]> {
  const records: KeyRecord[] = [];
  for await (const record of provider.catalog?.list() ?? []) records.push(record);
  return records;
}
