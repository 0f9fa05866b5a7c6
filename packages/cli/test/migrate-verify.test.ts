/** `keyrail migrate verify` finds what went wrong at the target after apply. */

import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Ended, Workspace } from "./support/command.ts";

const places: Workspace[] = [];
afterAll(() => places.forEach((place) => place[Symbol.dispose]()));

const records = z.array(z.looseObject({ uri: z.string(), label: z.string() }));

describe("verify", { timeout: 120_000 }, () => {
  let place: Workspace;
  const command = (...args: string[]): Promise<Ended> => place.run(args);

  beforeEach(async () => {
    place = new Workspace();
    places.push(place);
    await place.quickStore("old.sqlite");
    await place.quickStore("new.sqlite");
    const create = ["keys", "create", "--provider", "software:old.sqlite", "--key-type"];
    await place.json([...create, "Ed25519", "--label", "orders", "--extractable"]);
    await place.json([...create, "P-256", "--label", "sessions"]);
    await place.json(["adopt", "--provider", "software:old.sqlite", "--with-aliases"]);
    const ends = ["--from", "software:old.sqlite", "--to", "software:new.sqlite"];
    await place.json(["migrate", "plan", ...ends, "--plan", "plan.json"]);
    await place.json(["migrate", "apply", "--plan", "plan.json"]);
  }, 120_000);

  it("passes what is there, as often as it is asked", async () => {
    expect(await place.json(["migrate", "verify"])).toMatchObject({ state: "verified", passed: 2, failed: 0 });
    expect(await place.json(["migrate", "verify"])).toMatchObject({ state: "verified", passed: 2, failed: 0 });
  });

  it("fails a key that is gone, and holds back its alias alone", async () => {
    const target = records.parse(await place.json(["keys", "list", "--provider", "software:new.sqlite"]));
    const gone = target.find(({ label }) => label === "sessions")?.uri ?? "";
    await place.json(["keys", "remove", gone, "--yes"]);
    const { code, stdout } = await command("migrate", "verify");
    expect(code).toBe(3);
    expect(stdout).toMatch(/^1 key passed, 1 did not\.\n {2}failed: sessions .*has no key.*Apply the run again/);
    expect(stdout).toContain("tries the failed ones again");
    expect(stdout).toContain("--alias NAME switches what is verified");
    expect(await place.json(["migrate", "status"])).toMatchObject({
      state: "applied",
      counts: { failed: 1, verified: 1 },
    });
    const all = await command("migrate", "cutover");
    expect(all.code).toBe(4);
    expect(all.stderr).toContain("sessions (failed)");
    expect(await place.json(["migrate", "cutover", "--alias", "orders"])).toMatchObject({
      switched: [{ alias: "orders" }],
    });
  });

  it("a key that is gone is made again by the next apply", async () => {
    const list = ["keys", "list", "--provider", "software:new.sqlite"];
    const gone = records.parse(await place.json(list)).find(({ label }) => label === "sessions")?.uri ?? "";
    await place.json(["keys", "remove", gone, "--yes"]);
    expect((await command("migrate", "verify")).code).toBe(3);
    expect(await place.json(["migrate", "apply"])).toMatchObject({ counts: { verified: 2, failed: 0 } });
    expect(await place.json(["migrate", "verify"])).toMatchObject({ state: "verified", passed: 2, failed: 0 });
    expect(records.parse(await place.json(list)).map(({ uri }) => uri)).not.toContain(gone);
    expect(await place.json(["migrate", "cutover"])).toMatchObject({ state: "cut-over" });
  });

  it("fails a key that has a double nobody knows", async () => {
    const create = ["keys", "create", "--provider", "software:new.sqlite", "--key-type", "P-256"];
    await place.json([...create, "--label", "sessions"]);
    const { code, stdout } = await command("migrate", "verify");
    expect(code).toBe(3);
    expect(stdout).toMatch(/failed: sessions .*has its label and type/);
  });
});
