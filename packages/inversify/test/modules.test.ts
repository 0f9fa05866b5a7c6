/** What the modules bind is opened once, on first use, tried again after a failure, and closed in reverse order. */

import { setImmediate as turn } from "node:timers/promises";
import { KeyrailError, type Provider } from "@keyrail/core";
import {
  KEYRAIL,
  healthModule,
  providerModule,
  providerToken,
  registryModule,
  routerModule,
  softwareModule,
} from "@keyrail/inversify";
import { openSoftwareProvider, type SoftwareProviderOptions } from "@keyrail/software";
import { Container, inject, injectable } from "inversify";
import { describe, expect, it } from "vitest";
import { noted } from "./support/providers.ts";

const open = (): Promise<Provider> => openSoftwareProvider({ store: { kind: "memory" } });

describe("a provider in a container", () => {
  it("is opened on first use, once, however many ask", async () => {
    let opened = 0;
    const container = new Container();
    container.load(
      providerModule("one", async () => {
        opened++;
        await turn();
        return open();
      }),
    );
    expect(opened).toBe(0);
    const token = providerToken("one");
    const providers = await Promise.all(Array.from({ length: 20 }, () => container.getAsync(token)));
    expect(new Set(providers).size).toBe(1);
    expect(await container.getAsync(token)).toBe(providers[0]);
    expect(opened).toBe(1);
    await container.unbindAllAsync();
  });

  it("that failed to open is tried again, and all who waited are told", async () => {
    let attempts = 0;
    const container = new Container();
    container.load(
      providerModule("late", async () => {
        await turn();
        if (++attempts === 1) throw new KeyrailError("ConnectionFailed", "Not there yet.", { provider: "late" });
        return open();
      }),
    );
    const first = await Promise.allSettled([1, 2].map(() => container.getAsync(providerToken("late"))));
    expect(first.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(attempts).toBe(1);
    await expect(container.getAsync(providerToken("late"))).resolves.toHaveProperty("name", "software");
    await container.unbindAllAsync();
  });

  it("takes its options from other bindings, also asynchronous ones", async () => {
    const OPTIONS = Symbol("options");
    const container = new Container();
    container.bind<SoftwareProviderOptions>(OPTIONS).toDynamicValue(async () => ({ store: { kind: "memory" } }));
    container.load(softwareModule((context) => context.getAsync<SoftwareProviderOptions>(OPTIONS), { name: "hot" }));
    expect((await container.getAsync(providerToken("hot"))).uri).toBe("software::memory:");
    await container.unbindAllAsync();
  });

  it("with wrong options says so each time", async () => {
    const container = new Container();
    container.load(
      softwareModule({ store: { kind: "sqlite", path: "", keyEncryptionKey: { bytes: new Uint8Array(32) } } }),
    );
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(container.getAsync(providerToken("software"))).rejects.toMatchObject({
        code: "InvalidConfiguration",
      });
    }
    await container.unbindAllAsync();
  });
});

describe("closing", () => {
  it("goes in reverse order of opening, once, and leaves alone what was never opened", async () => {
    const closed: string[] = [];
    const container = new Container();
    container.load(...["a", "b", "c", "d"].map((name) => providerModule(name, () => noted(name, closed))));
    for (const name of ["b", "d", "a"]) await container.getAsync(providerToken(name));
    await Promise.all([container.unbindAllAsync(), container.unbindAllAsync()]);
    expect(closed).toEqual(["a", "d", "b"]);
  });

  it("waits for what is being opened, and closes it", async () => {
    const closed: string[] = [];
    const { promise: gate, resolve } = Promise.withResolvers<void>();
    const container = new Container();
    container.load(
      providerModule("slow", () => gate.then(() => noted("slow", closed))),
      providerModule("failing", () => gate.then(() => Promise.reject(new Error("no")))),
      providerModule("fast", () => noted("fast", closed)),
    );
    const pending = [container.getAsync(providerToken("slow")), container.getAsync(providerToken("failing"))];
    await container.getAsync(providerToken("fast"));
    const closing = container.unbindAllAsync();
    resolve();
    const outcomes = await Promise.allSettled([...pending, closing]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(closed).toEqual(["slow", "fast"]);
  });

  it("goes on when one fails to close, and tells of it", async () => {
    const closed: string[] = [];
    const container = new Container();
    container.load(
      providerModule("first", () => noted("first", closed)),
      providerModule("second", () => noted("second", closed, true)),
    );
    for (const name of ["first", "second"]) await container.getAsync(providerToken(name));
    await expect(container.unbindAllAsync()).rejects.toThrow("second failed to close");
    await expect.poll(() => closed).toEqual(["second", "first"]);
  });

  it("of one module leaves the others open", async () => {
    const closed: string[] = [];
    const modules = ["stays", "goes"].map((name) => providerModule(name, () => noted(name, closed)));
    const container = new Container();
    container.load(...modules);
    for (const name of ["stays", "goes"]) await container.getAsync(providerToken(name));
    await container.unloadAsync(...modules.slice(1));
    expect(closed).toEqual(["goes"]);
    expect(container.isBound(providerToken("goes"))).toBe(false);
    await expect((await container.getAsync(providerToken("stays"))).health()).resolves.toEqual({ healthy: true });
    await container.unbindAllAsync();
  });

  it("closes the router before the providers and the registry it uses, and later calls say that it is closed", async () => {
    const closed: string[] = [];
    const container = new Container();
    container.load(
      providerModule("one", () => noted("one", closed)),
      registryModule({ database: ":memory:" }),
      routerModule(),
    );
    const router = await container.getAsync(KEYRAIL.router);
    const registry = await container.getAsync(KEYRAIL.registry);
    await container.unbindAllAsync();
    expect(closed).toEqual(["one"]);
    await expect(router.sign({ key: "x", algorithm: "Ed25519", message: new Uint8Array() })).rejects.toMatchObject({
      code: "Closed",
      context: { what: "router" },
    });
    await expect(registry.resolve("x")).rejects.toMatchObject({ code: "Closed" });
  });
});

describe("the router", () => {
  it("gives its ports as tokens, and signs by alias", async () => {
    const container = new Container();
    container.load(
      softwareModule({ store: { kind: "memory" } }, { name: "hot" }),
      registryModule({ database: ":memory:", actor: "test" }),
      routerModule({ defaultProvider: "hot" }),
    );
    const [keys, signer, verifier, registry] = await Promise.all([
      container.getAsync(KEYRAIL.keys),
      container.getAsync(KEYRAIL.signer),
      container.getAsync(KEYRAIL.verifier),
      container.getAsync(KEYRAIL.registry),
    ]);
    const { uri } = await keys.create({ keyType: "Ed25519", usages: ["sign", "verify"], label: "orders" });
    await registry.setAlias("orders", uri);
    const request = { key: "orders", algorithm: "Ed25519", message: new Uint8Array(3) } as const;
    const { signature } = await signer.sign(request);
    await expect(verifier.verify({ ...request, signature })).resolves.toBe(true);
    await container.unbindAllAsync();
  });

  it("is injected into decorated classes, port by port", async () => {
    const container = new Container();
    container.load(
      softwareModule({ store: { kind: "memory" } }),
      registryModule({ database: ":memory:" }),
      routerModule(),
    );
    class Ledger {
      readonly ports: readonly unknown[];
      constructor(...ports: unknown[]) {
        this.ports = ports;
      }
    }
    // What `@injectable()` and `@inject(…)` do, written out: this repository runs its sources without a build.
    const tokens = [KEYRAIL.signer, KEYRAIL.healthCheck, providerToken("software")];
    injectable()(Ledger);
    for (const [index, token] of tokens.entries()) inject(token)(Ledger, undefined, index);
    container.load(healthModule());
    container.bind(Ledger).toSelf();
    const ledger = await container.getAsync(Ledger);
    expect(ledger.ports).toEqual([
      (await container.getAsync(KEYRAIL.router)).signer,
      expect.objectContaining({ check: expect.any(Function) }),
      await container.getAsync(providerToken("software")),
    ]);
    await container.unbindAllAsync();
  });

  it("says which provider is there twice", async () => {
    const container = new Container();
    container.load(
      softwareModule({ store: { kind: "memory" } }, { name: "one" }),
      softwareModule({ store: { kind: "memory" } }, { name: "two" }),
      registryModule({ database: ":memory:" }),
      routerModule(),
    );
    await expect(container.getAsync(KEYRAIL.signer)).rejects.toMatchObject({
      code: "InvalidConfiguration",
      message: expect.stringMatching(/"one" and "two"/),
    });
    await container.unbindAllAsync();
  });
});

describe("the health check", () => {
  it("asks everything, opens what is not open, and gives the reason of each that can't serve", async () => {
    const container = new Container();
    container.load(
      softwareModule({ store: { kind: "memory" } }),
      providerModule("refused", () => Promise.reject(new KeyrailError("WrongPassphrase", "It does not open.", {}))),
      providerModule("broken", () => Promise.reject(new TypeError("internal detail"))),
      providerModule("silent", () => Promise.withResolvers<Provider>().promise),
      registryModule({ database: ":memory:" }),
      healthModule(),
    );
    const check = await container.getAsync(KEYRAIL.healthCheck);
    expect(await check.check({ timeout: 50 })).toEqual({
      healthy: false,
      parts: [
        { kind: "provider", name: "software", healthy: true },
        { kind: "provider", name: "refused", healthy: false, reason: "It does not open." },
        { kind: "provider", name: "broken", healthy: false, reason: "It failed to open." },
        { kind: "provider", name: "silent", healthy: false, reason: "No answer within 50 ms." },
        { kind: "registry", name: "registry", healthy: true },
      ],
    });
  });

  it("is content with a container that is", async () => {
    const container = new Container();
    container.load(softwareModule({ store: { kind: "memory" } }), healthModule());
    const { healthy, parts } = await (await container.getAsync(KEYRAIL.healthCheck)).check();
    expect({ healthy, parts: parts.length }).toEqual({ healthy: true, parts: 1 });
    await container.unbindAllAsync();
  });
});
