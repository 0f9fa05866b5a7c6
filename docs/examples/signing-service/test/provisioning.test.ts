/** A new provider in the configuration moves the service to another vendor; what somebody decided since stays. */

import { createKeyrailContainer, KEYRAIL } from "@keyrail/inversify";
import type { Container } from "inversify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { call, encoded, isRight, type Signed } from "./support/client.ts";
import { Place } from "./support/place.ts";

const BODY = { message: encoded("ship 12 crates"), algorithm: "Ed25519" };

let place: Place;
let file: string;
let keyrail: object;

beforeEach(async () => {
  place = new Place();
  const [hot, mpc] = [await place.vendor("software"), await place.vendor("dfns")];
  keyrail = { provider: "hot", providers: { hot: hot.provider, mpc: mpc.provider }, registry: "registry.sqlite" };
  file = place.configure("service.json", {
    keys: { orders: { keyType: "Ed25519" }, refunds: { keyType: "Ed25519", label: "money back" } },
    keyrail,
  });
});
afterEach(() => place[Symbol.asyncDispose]());

/** Starts the service with this provider, signs once as orders, and stops it. */
async function signedAt(provider: string): Promise<Signed> {
  const service = await place.start(file, { SIGNING_SERVICE_PROVIDER: provider });
  const { status, body } = await call<Signed>(service.url, "/keys/orders/sign", BODY);
  expect(status).toBe(200);
  expect(isRight(Buffer.from("ship 12 crates"), body)).toBe(true);
  await service.stop();
  return body;
}

async function withContainer<Result>(use: (container: Container) => Promise<Result>): Promise<Result> {
  const container = await createKeyrailContainer(keyrail, { folder: place.folder });
  try {
    return await use(container);
  } finally {
    await container.unbindAllAsync();
  }
}

// Each start opens an encrypted store, and that is slow on purpose.
describe("the provider of the configuration", { timeout: 120_000 }, () => {
  it("is where the alias leads after a start, and going back finds the key that was there", async () => {
    const versions = [];
    for (const provider of ["hot", "mpc", "mpc", "hot", "mpc"]) versions.push(await signedAt(provider));
    expect(versions.map(({ version, key }) => `${version} ${key.split(":")[0]}`)).toEqual([
      "1 software",
      "2 dfns",
      "2 dfns",
      "3 software",
      "4 dfns",
    ]);
    expect(new Set(versions.map(({ key }) => key)).size).toBe(2);
  });

  it("leaves earlier signatures valid, and says which version made them", async () => {
    const [old] = [await signedAt("hot"), await signedAt("mpc")];
    const { url } = await place.start(file, { SIGNING_SERVICE_PROVIDER: "mpc" });
    const question = { ...BODY, signature: old.signature };
    expect((await call(url, "/keys/orders/verify", question)).body).toMatchObject({
      valid: true,
      version: 1,
      key: old.key,
    });
    const { body } = await call<{ keys: { kid: string }[] }>(url, "/.well-known/jwks.json");
    expect(body.keys.map(({ kid }) => kid)).toContain(old.thumbprint);
    expect(body.keys).toHaveLength(4);
  });

  it("leaves them valid also when the old vendor is gone from the configuration", async () => {
    const [old] = [await signedAt("hot"), await signedAt("mpc")];
    const { providers, ...rest } = keyrail as { providers: Record<string, unknown> };
    const without = place.configure("without.json", {
      keyrail: { ...rest, provider: "mpc", providers: { mpc: providers["mpc"] } },
    });
    const { url } = await place.start(without);
    const question = { ...BODY, signature: old.signature };
    expect((await call(url, "/keys/orders/verify", question)).body).toMatchObject({ valid: true, version: 1 });
  });

  it("changes nothing of what was decided since: a cut-over of a migration stays", async () => {
    await signedAt("hot");
    const old = await signedAt("mpc");
    const back = await withContainer(async (container) => {
      const registry = await container.getAsync(KEYRAIL.registry);
      const [now, before] = await registry.history("orders");
      return registry.setAlias("orders", before?.key ?? "", { expect: now?.key ?? "", reason: "by hand" });
    });
    const again = await signedAt("mpc");
    expect(again).toMatchObject({ version: 3, key: back.current.key });
    expect(again.key).not.toBe(old.key);
  });

  it("is asked for one key by any number of instances that start at once", async () => {
    for (const provider of ["hot", "mpc"]) {
      const services = await Promise.all(
        Array.from({ length: 3 }, () => place.start(file, { SIGNING_SERVICE_PROVIDER: provider })),
      );
      const answers = await Promise.all(services.map(({ url }) => call<Signed>(url, "/keys/orders/sign", BODY)));
      expect(new Set(answers.map(({ body }) => `${body.version} ${body.key}`)).size).toBe(1);
      await Promise.all(services.map((service) => service.stop()));
    }
    await withContainer(async (container) => {
      const { registry, catalog } = await container.getAsync(KEYRAIL.router);
      const audited = [];
      for await (const { action } of registry.audit({ alias: "orders" })) audited.push(action);
      expect(audited.filter((action) => action === "set")).toHaveLength(2);
      // Keys that came second are gone from the vendors too.
      for (const provider of ["hot", "mpc"]) {
        const labels = [];
        for await (const { label } of catalog.list({ provider })) labels.push(label);
        expect(labels.sort()).toEqual(["money back", "orders"]);
      }
    });
  });
});
