/**
 * The whole conformance suite on a software provider that is reached through a router, every key under an alias of its
 * own: the same results and the same errors as without it.
 */

import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseKeyUri, type Provider } from "@keyrail/core";
import { type ConformanceReport, describeConformance, type Harness } from "@keyrail/conformance-tests";
import { openSoftwareProvider } from "@keyrail/software";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRouter, openRegistry, type Registry, type Router } from "../src/index.ts";

/** Gives each key that a request names an alias, and puts that in its place. What is no key stays as it is. */
class Aliaser {
  readonly #registry: Registry;
  readonly #provider: Provider;
  readonly #aliases = new Map<string, string>();

  constructor(registry: Registry, provider: Provider) {
    this.#registry = registry;
    this.#provider = provider;
  }

  async request(given: unknown): Promise<unknown> {
    if (typeof given === "string") return this.#aliasOf(given);
    if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
    const members: [string, unknown][] = [];
    for (const [name, value] of Object.entries(given)) {
      if (name === "key") members.push([name, await this.request(value)]);
      else members.push([name, name === "peer" ? await this.request(value) : value]);
    }
    return Object.fromEntries(members);
  }

  async #aliasOf(key: string): Promise<string> {
    const uri = key.includes(":") ? key : `${this.#provider.uri}/${key}`;
    try {
      parseKeyUri(uri);
    } catch {
      return key;
    }
    const known = this.#aliases.get(uri);
    if (known !== undefined) return known;
    const [alias] = await this.#registry.aliasesOf(uri);
    const name = alias?.name ?? `key/${randomUUID()}`;
    this.#aliases.set(uri, name);
    if (alias === undefined) await this.#registry.setAlias(name, uri);
    return name;
  }
}

/** The ports of a router in the clothes of its only provider. */
function asProvider(router: Router, provider: Provider): Provider {
  const aliaser = new Aliaser(router.registry, provider);
  const byAlias = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name, receiver) {
        const method: unknown = Reflect.get(target, name, receiver);
        if (typeof method !== "function") return method;
        if (name === "list" || name === "search") return method;
        return async (request: unknown, ...rest: unknown[]): Promise<unknown> => {
          const asked = await aliaser.request(request);
          // A key is not removed under an alias alone.
          const version = name === "remove" && typeof asked === "string" && asked !== request ? "@1" : "";
          return Reflect.apply(method, target, [version === "" ? asked : `${String(asked)}${version}`, ...rest]);
        };
      },
    });
  return {
    name: provider.name,
    uri: provider.uri,
    custody: provider.custody,
    capabilities: provider.capabilities,
    keys: byAlias(router.keys),
    catalog: byAlias(router.catalog),
    signer: byAlias(router.signer),
    verifier: byAlias(router.verifier),
    agreement: byAlias(router.agreement),
    mac: byAlias(router.mac),
    cipher: byAlias(router.cipher),
    keyWrap: byAlias(router.keyWrap),
    kem: byAlias(router.kem),
    keyExport: byAlias(router.keyExport),
    deterministicDerivation: byAlias(router.deterministicDerivation),
    opener: byAlias(router.opener),
    owns: (key) => provider.owns(key),
    explain: (descriptor) => provider.explain(descriptor),
    health: (options) => provider.health(options),
    close: () => provider.close(),
    [Symbol.asyncDispose]: () => provider.close(),
  };
}

function routerHarness(): Harness {
  let registry: Registry | undefined;
  let folder = "";
  let open: Provider | undefined;
  return {
    name: "software, through a router",
    evidence: "live",
    async setup() {
      folder = await mkdtemp(path.join(tmpdir(), "keyrail-router-"));
      const opened = await openRegistry({ database: path.join(folder, "registry.sqlite") });
      registry = opened;
      const bytes = new Uint8Array(randomBytes(32));
      const store = { kind: "sqlite", path: path.join(folder, "keys.sqlite"), keyEncryptionKey: { bytes } } as const;
      const reopen = async (): Promise<Provider> => {
        await open?.close();
        open = await openSoftwareProvider({ store });
        return asProvider(createRouter({ registry: opened, providers: { main: open } }), open);
      };
      return { provider: await reopen(), reopen, secrets: [bytes] };
    },
    async teardown() {
      await open?.close();
      await registry?.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

let report: ConformanceReport | undefined;
describeConformance(
  routerHarness(),
  { describe, it, beforeAll, afterAll },
  {
    onReport: (made) => {
      report = made;
    },
  },
);

describe("the report of the run above", () => {
  it("is a passed one, with nothing blocked", () => {
    expect(report?.outcome).toBe("passed");
    expect(report?.totals).toMatchObject({ fail: 0, error: 0, blocked: 0 });
    expect(report?.totals.pass).toBeGreaterThan(900);
  });
});
