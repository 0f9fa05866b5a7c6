/** `keyrail migrate`, from plan to finalise, from an emulated device to an emulated Dfns. */

import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { ended, Workspace } from "./support/command.ts";
import { startVendors, type Vendors } from "./support/vendors.ts";

/** As the demonstration's fleet has it: every Ed25519 and secp256k1 key that only signs. */
const MOVED = 18;
const RETAINED = 40;

const applied = z.looseObject({ run: z.string(), outcome: z.string(), counts: z.record(z.string(), z.number()) });

describe("a migration", () => {
  const workspace = new Workspace();
  let vendors: Vendors;
  let run = "";
  // The configuration has the passphrases: none of the environment's is for these.
  const env = { KEYRAIL_PASSPHRASE_FILE: undefined };
  const json = (...args: string[]): Promise<unknown> => workspace.json(args, { env });

  beforeAll(async () => {
    vendors = await startVendors(workspace);
  });
  afterAll(async () => {
    await vendors[Symbol.asyncDispose]();
    workspace[Symbol.dispose]();
  });

  it("is planned and applied", async () => {
    await json("adopt", "--provider", "hem", "--with-aliases");
    await json("migrate", "plan", "--from", "hem", "--to", "dfns", "--plan", "plan.json");
    const result = applied.parse(await json("migrate", "apply", "--plan", "plan.json"));
    run = result.run;
    expect(result).toMatchObject({ outcome: "applied", counts: { verified: MOVED, retained: RETAINED, failed: 0 } });
    expect(await json("migrate", "status")).toMatchObject({ id: run, state: "applied" });
    expect(await json("migrate", "status", "--all")).toMatchObject([{ id: run, keys: MOVED + RETAINED }]);
    const { stdout } = await workspace.run(["migrate", "status", "--run", run], { env });
    expect(stdout).toContain(`Next: keyrail migrate verify --run ${run}`);
  });

  it("refuses to be begun twice", async () => {
    const { code, stderr } = await workspace.run(["migrate", "apply", "--plan", "plan.json"], { env });
    expect(code).toBe(4);
    expect(stderr).toContain(`keyrail migrate apply --run ${run}`);
  });
});

describe("Ctrl-C", () => {
  it("stops cleanly and says how to go on, and going on finishes", { timeout: 120_000 }, async () => {
    using place = new Workspace();
    // Every request of the device takes a while, so that there is something to interrupt.
    await using vendors = await startVendors(place, 0.01);
    vendors.hem.faults.add({ fault: { kind: "delay", milliseconds: 2000 }, times: "always" });
    const env = { KEYRAIL_PASSPHRASE_FILE: undefined };
    await place.json(["migrate", "plan", "--from", "hem", "--to", "dfns", "--plan", "plan.json"], { env });
    const child = place.start(["migrate", "apply", "--plan", "plan.json"], { env });
    const end = ended(child);
    await once(child.stderr, "data");
    child.kill("SIGINT");
    const { code, stdout } = await end;
    expect(code).toBe(130);
    const [, run = ""] = /Next: keyrail migrate apply --run (\S+)\n$/.exec(stdout) ?? [];
    vendors.hem.faults.clear();
    expect(stdout).toMatch(/^Stopped\. Keys: .*Nothing is lost\./);
    const result = applied.parse(await place.json(["migrate", "apply", "--run", run], { env }));
    expect(result).toMatchObject({ run, counts: { verified: MOVED, retained: RETAINED, failed: 0 } });
  });
});
