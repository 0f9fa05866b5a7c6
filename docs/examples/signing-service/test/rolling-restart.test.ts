/** The vendor is switched by configuration alone, instance by instance, while callers sign: nobody notices. */

import type { NamedProvider } from "@keyrail/configuration";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DATABASE_KINDS, databaseUri } from "../../../../test/postgresql.ts";
import { buildService, ServiceProcess } from "./support/built-service.ts";
import { Load } from "./support/load.ts";
import { Place } from "./support/place.ts";

const IN_FLIGHT = 100;

const place = new Place();
let program: string;
let providers: Readonly<Record<"hot" | "mpc", NamedProvider>>;
beforeAll(async () => {
  program = await buildService();
  providers = { hot: (await place.vendor("software")).provider, mpc: (await place.vendor("dfns")).provider };
}, 60_000);
afterAll(() => place[Symbol.asyncDispose]());

/** There and back takes twelve starts, each of which opens an encrypted store: once is enough. */
const JOURNEYS = { sqlite: ["mpc", "hot"], postgresql: ["mpc"] } as const;

describe.each(DATABASE_KINDS)("two instances with the registry on %s", (kind) => {
  test("go from one vendor to the other, one restart after the other", { timeout: 120_000 }, async (context) => {
    const registry = await databaseUri(kind, context);
    /** The one thing that differs between the two configuration files. */
    const fileOf = (provider: keyof typeof providers): string =>
      place.configure(`${provider}.json`, {
        keys: { orders: { keyType: "Ed25519" } },
        keyrail: { provider, providers, registry },
        logLevel: "error",
        shutdownDelay: 500,
      });
    const start = async (provider: keyof typeof providers): Promise<{ process: ServiceProcess; url: string }> => {
      const process = new ServiceProcess(program, [fileOf(provider)]);
      context.onTestFinished(() => process[Symbol.asyncDispose]());
      return { process, url: await process.url() };
    };

    let instances = [await start("hot"), await start("hot")];
    await using load = new Load("orders", IN_FLIGHT);
    for (const { url } of instances) load.add(url);
    load.start();
    const seen: string[] = [];
    for (const provider of JOURNEYS[kind]) {
      await load.answers(2 * IN_FLIGHT);
      const restarted = [];
      for (const { process, url } of instances) {
        // As a load balancer does: no new requests there; those in flight are the instance's to finish.
        load.takeOut(url);
        process.signal("SIGTERM");
        const next = await start(provider);
        load.add(next.url);
        restarted.push(next);
        expect(await process.exit()).toBe(0);
        await load.answers(IN_FLIGHT);
      }
      instances = restarted;
      await load.answers(2 * IN_FLIGHT);
      seen.push(load.observations.at(-1)?.key.split(":")[0] ?? "none");
    }
    await load.stop();

    expect(load.failures).toEqual([]);
    expect(seen).toEqual(["dfns", "software"].slice(0, seen.length));
    const versions = new Set(load.observations.map(({ version, key }) => `${version} ${key.split(":")[0]}`));
    expect([...versions]).toEqual(["1 software", "2 dfns", "3 software"].slice(0, seen.length + 1));
  });
});
