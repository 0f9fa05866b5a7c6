/** Several machines share a run, and the registry, over PostgreSQL. */

import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { postgresqlUri } from "../../../test/postgresql.ts";
import { ended, Workspace } from "./support/command.ts";
import { startVendors, type Vendors } from "./support/vendors.ts";

const MOVED = 18;

describe("three processes on one PostgreSQL", () => {
  const place = new Workspace();
  let vendors: Vendors;
  beforeAll(async () => {
    vendors = await startVendors(place, 0.01);
  }, 120_000);
  afterAll(async () => {
    await vendors[Symbol.asyncDispose]();
    place[Symbol.dispose]();
  });

  it("finish although one is killed, and no key is done twice", { timeout: 120_000 }, async (context) => {
    const uri = await postgresqlUri(context);
    const env = { KEYRAIL_PASSPHRASE_FILE: undefined, KEYRAIL_JOURNAL: uri, KEYRAIL_REGISTRY: uri };
    await place.json(["adopt", "--provider", "hem", "--with-aliases"], { env });
    await place.json(["migrate", "plan", "--from", "hem", "--to", "dfns", "--plan", "plan.json"], { env });
    vendors.hem.faults.add({ fault: { kind: "delay", milliseconds: 1000 }, times: "always" });
    const first = place.start(["migrate", "apply", "--plan", "plan.json"], { env });
    const firstEnd = ended(first);
    // Its first line says that the run is in the journal.
    const [line] = await once(first.stdout, "data");
    const [, run = ""] = /^Run (\S+) in /.exec(String(line)) ?? [];
    const others = [1, 2].map((number) =>
      place.run(["migrate", "worker", "--run", run, "--name", `machine ${number}`, "--json"], { env }),
    );
    first.kill("SIGKILL");
    expect((await firstEnd).code).toBeNull();
    for (const { code, stdout, stderr } of await Promise.all(others)) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(JSON.parse(stdout)).toMatchObject({ run, outcome: "applied", counts: { verified: MOVED, failed: 0 } });
    }
    expect(await place.json(["keys", "list", "--provider", "dfns"], { env })).toHaveLength(MOVED);
    vendors.hem.faults.clear();
    await place.json(["migrate", "verify"], { env });
    const switched = z.looseObject({ switched: z.array(z.unknown()) });
    expect(switched.parse(await place.json(["migrate", "cutover"], { env })).switched).toHaveLength(7);
    // The place that is shown has no password, wherever it is shown.
    const { stdout } = await place.run(["adopt", "--provider", "hem"], { env });
    expect(stdout).toMatch(/in the registry postgres:\/\/127\.0\.0\.1:\d+\/\w+:/);
  });

  it("a worker needs PostgreSQL", { timeout: 120_000 }, async () => {
    const env = { KEYRAIL_PASSPHRASE_FILE: undefined };
    await place.json(["migrate", "plan", "--from", "hem", "--to", "dfns", "--plan", "second.json"], { env });
    await place.json(["migrate", "apply", "--plan", "second.json", "--journal", "local.sqlite"], { env });
    const { code, stderr } = await place.run(["migrate", "worker", "--journal", "local.sqlite"], { env });
    expect(code).toBe(2);
    expect(stderr).toMatch(/share a run through PostgreSQL/);
  });
});
