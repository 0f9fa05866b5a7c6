import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { postgresqlUri } from "../../../test/postgresql.ts";
import { createRouter } from "../src/index.ts";
import { openFleet } from "./support/fleet.ts";

const message = new TextEncoder().encode("ship 12 crates");
const request = { key: "payments", algorithm: "Ed25519", message } as const;

describe("a router", () => {
  test("is made of providers that can be told apart", async () => {
    await using fleet = await openFleet(":memory:");
    const { registry, old } = fleet;
    const wrong = [
      { registry, providers: {} },
      { registry, providers: { one: old, two: old } },
      { registry, providers: { old }, defaultProvider: "next" },
      { registry, providers: { old }, earlierVersions: 17 },
    ];
    for (const options of wrong) expect(() => createRouter(options)).toThrow(/./);
    expect(() => createRouter({ registry, providers: { one: old, two: old } })).toThrow(
      `The providers "one" and "two" are both ${old.uri}.`,
    );
  });

  test("says what of it is not healthy", async () => {
    await using fleet = await openFleet(":memory:");
    const { router, registry, old } = fleet;
    expect(await router.health()).toEqual({
      healthy: true,
      registry: { healthy: true },
      providers: { old: { healthy: true }, next: { healthy: true } },
    });
    await old.close();
    expect(await router.health()).toMatchObject({
      healthy: false,
      reason: "old: The provider is closed.",
      providers: { next: { healthy: true } },
    });
    await registry.close();
    expect(await router.health()).toMatchObject({
      healthy: false,
      reason: "registry: The database was closed. old: The provider is closed.",
    });
  });

  test("refuses everything once it is closed, and leaves open what is not its own", async () => {
    await using fleet = await openFleet(":memory:");
    const { router, registry, old } = fleet;
    const { uri } = await fleet.key("old", "payments", {});
    await router.close();
    await router.close();
    for (const key of ["payments", uri]) {
      await expect(router.signer.sign({ ...request, key })).rejects.toMatchObject({ code: "Closed" });
    }
    expect(() => router.catalog.list()).toThrow("The router was closed.");
    await expect(
      router.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "x" }, { provider: "old" }),
    ).rejects.toMatchObject({ code: "Closed" });
    expect((await registry.resolve("payments")).key).toBe(uri);
    expect((await old.health()).healthy).toBe(true);
  });

  test("closes what it owns", async () => {
    await using fleet = await openFleet(":memory:");
    const { registry, old, next } = fleet;
    await fleet.key("old", "payments", {});
    await using router = fleet.routerWith({ owned: true });
    await router.close();
    await expect(registry.resolve("payments")).rejects.toMatchObject({ code: "Closed" });
    await expect(Promise.resolve(registry.lookUp("payments"))).rejects.toMatchObject({ code: "Closed" });
    expect([await old.health(), await next.health()].map(({ healthy }) => healthy)).toEqual([false, false]);
  });

  test("does not wait for its registry longer than the caller does", async (context) => {
    const database = await postgresqlUri(context);
    await using fleet = await openFleet(database);
    const { router } = fleet;
    const { uri } = await fleet.key("old", "payments", {});
    const blocker = new Client({ connectionString: database });
    await blocker.connect();
    try {
      await blocker.query("begin; lock table registry_alias_version in access exclusive mode");
      await expect(router.signer.sign(request, { timeout: 50 })).rejects.toMatchObject({
        code: "DeadlineExceeded",
        retry: "safe",
        message: "Looking up the alias did not finish within 50 ms.",
      });
      const controller = new AbortController();
      const aborted = router.signer.sign(request, { signal: controller.signal });
      controller.abort();
      await expect(aborted).rejects.toMatchObject({ code: "Aborted" });
      await expect(router.signer.sign(request, { signal: controller.signal })).rejects.toMatchObject({
        code: "Aborted",
      });
      // A key URI needs no registry.
      expect((await router.signer.sign({ ...request, key: uri }, { timeout: 5_000 })).signature).toHaveLength(64);
      const waiting = router.signer.sign(request, { timeout: 20_000 });
      await blocker.query("rollback");
      expect((await waiting).signature).toHaveLength(64);
    } finally {
      await blocker.end();
    }
  });
});
