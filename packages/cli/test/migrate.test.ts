/** `keyrail migrate`, from plan to finalise, from an emulated device to an emulated Dfns. */

import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { ended, type Ended, Workspace } from "./support/command.ts";
import { startVendors, type Vendors } from "./support/vendors.ts";

/** As the demonstration's fleet has it: every Ed25519 and secp256k1 key that only signs. */
const MOVED = 18;
const RETAINED = 40;

/** The configuration has the passphrases: none of the environment's is for these. */
const env = { KEYRAIL_PASSPHRASE_FILE: undefined };

const applied = z.looseObject({ run: z.string(), outcome: z.string(), counts: z.record(z.string(), z.number()) });
const keyOf = (document: unknown): string => z.looseObject({ key: z.string() }).parse(document).key;

describe("a migration", { timeout: 120_000 }, () => {
  const workspace = new Workspace();
  let vendors: Vendors;
  let run = "";
  let signature = "";
  const json = (...args: string[]): Promise<unknown> => workspace.json(args, { env });
  const command = (...args: string[]): Promise<Ended> => workspace.run(args, { env });

  beforeAll(async () => {
    vendors = await startVendors(workspace);
  }, 120_000);
  afterAll(async () => {
    await vendors[Symbol.asyncDispose]();
    workspace[Symbol.dispose]();
  });

  it("is planned and applied; the source is as it was", async () => {
    const adopted = z.looseObject({ adopted: z.number(), aliases: z.record(z.string(), z.number()) });
    const { adopted: known, aliases } = adopted.parse(await json("adopt", "--provider", "hem", "--with-aliases"));
    // Every key is accounted for.
    expect(aliases["public"]).toBeGreaterThan(0);
    expect(Object.values(aliases).reduce((sum, count) => sum + count)).toBe(known);
    writeFileSync(workspace.file("order"), "ship 12 crates");
    const sign = ["keys", "sign", "orders/signing", "--algorithm", "Ed25519", "--in", "order", "--out", "before"];
    expect((await command(...sign)).code).toBe(0);
    signature = readFileSync(workspace.file("before"), "base64");
    await json("migrate", "plan", "--from", "hem", "--to", "dfns", "--plan", "plan.json");
    await json("migrate", "plan", "--from", "hem", "--to", "dfns", "--plan", "second.json");
    const keys = vendors.hem.controls.state.keys;
    const result = applied.parse(await json("migrate", "apply", "--plan", "plan.json"));
    run = result.run;
    expect(result).toMatchObject({ outcome: "applied", counts: { verified: MOVED, retained: RETAINED, failed: 0 } });
    expect(vendors.hem.controls.state.keys).toBe(keys);
    expect(await json("migrate", "status")).toMatchObject({ id: run, state: "applied" });
    expect(await json("migrate", "status", "--all")).toMatchObject([{ id: run, keys: MOVED + RETAINED }]);
    const { stdout } = await command("migrate", "status", "--run", run);
    expect(stdout).toContain(`Next: keyrail migrate verify --run ${run}`);
  });

  it.each([
    [["migrate", "apply", "--plan", "plan.json"], /keyrail migrate apply --run/],
    [["migrate", "apply", "--plan", "second.json"], /moves keys of this plan already/],
    [["migrate", "cutover"], /keyrail migrate verify --run .* comes before/],
    [["migrate", "finalize", "--confirm", "RUN"], /only after every alias was switched/],
  ])("out of its order is refused: %j", async (args, says) => {
    const before = vendors.dfns.counters.values();
    const { code, stdout, stderr } = await command(...args.map((word) => (word === "RUN" ? run : word)));
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toMatch(says);
    expect(vendors.dfns.counters.values()).toEqual(before);
    expect(await json("migrate", "status")).toMatchObject({ state: "applied" });
  });

  it("waits for people before it is verified, where the vendor asks them; each key is asked for once", async () => {
    const { dfns } = vendors;
    dfns.policies.add({ action: "RequestApproval" });
    const signatures = dfns.totals().signatures;
    for (let time = 0; time < 2; time += 1) {
      const { code, stdout } = await command("migrate", "verify");
      expect(code).toBe(9);
      expect(stdout).toContain(`0 keys passed, 0 did not, ${MOVED} wait for an approval to be used.`);
      expect(stdout).toContain(`keyrail migrate verify --run ${run} takes what people decide`);
    }
    const [first = "", ...others] = dfns.approvals.pending();
    dfns.deny(first, "not this one");
    for (const id of others) dfns.approve(id);
    const { code, stdout } = await command("migrate", "verify");
    expect(code).toBe(4);
    expect(stdout).toMatch(/an approver refused the use of 1\.\n {2}refused: .*not this one/);
    expect(dfns.totals().signatures - signatures).toBe(MOVED);
    expect(await json("migrate", "status")).toMatchObject({ state: "applied" });
    dfns.policies.clear();
  });

  it("is verified and cut over, one alias and then the others", async () => {
    expect(await json("migrate", "verify")).toMatchObject({ state: "verified", passed: MOVED, failed: 0 });
    expect(await json("migrate", "cutover", "--alias", "orders/signing")).toMatchObject({
      state: "verified",
      switched: [{ alias: "orders/signing" }],
    });
    expect(keyOf(await json("alias", "resolve", "orders/signing"))).toMatch(/^dfns:/);
    expect(keyOf(await json("alias", "resolve", "treasury/hot-1"))).toMatch(/^encedo:/);
    const { stdout } = await command("migrate", "cutover");
    expect(stdout).toMatch(/treasury\/hot-1 -> dfns:/);
    expect(stdout).toMatch(/web\/webhooks stays: its key is retained/);
    expect(await json("migrate", "status")).toMatchObject({ state: "cut-over" });
    const late = await command("migrate", "apply", "--plan", "plan.json");
    expect(late).toMatchObject({ code: 4, stderr: expect.stringContaining(`keyrail migrate status --run ${run}`) });
    // What the old key signed is still a signature of the alias; what is signed now is the new key's.
    const check = ["keys", "verify", "orders/signing", "--algorithm", "Ed25519", "--in", "order", "--signature"];
    expect((await command(...check, "before")).code).toBe(0);
    const sign = ["keys", "sign", "orders/signing", "--algorithm", "Ed25519", "--in", "order", "--out", "after"];
    expect((await command(...sign)).code).toBe(0);
    expect(readFileSync(workspace.file("after"), "base64")).not.toBe(signature);
    expect((await command(...check, "after")).code).toBe(0);
  });

  it("gives a report and evidence, which a changed byte breaks", async () => {
    const written = z.looseObject({ digest: z.string() });
    const { digest } = written.parse(
      await json("migrate", "evidence", "--out", "evidence", "--sign-with", "audit/log"),
    );
    const verdict = await json("migrate", "evidence", "verify", "evidence", "--digest", digest);
    expect(verdict).toMatchObject({ valid: true, anchored: true, run, signer: { uri: /^dfns:/ } });
    expect(await json("evidence", "verify", "evidence")).toMatchObject({ valid: true, anchored: false });
    expect((await command("evidence", "verify", "evidence")).stdout).toMatch(
      /^The evidence in evidence is consistent: run/,
    );
    const noted = await command("evidence", "verify", "evidence", "--digest", digest);
    expect(noted.stdout).toMatch(/^The evidence in evidence holds: run/);
    await json("migrate", "report", "--out", "report.html", "--evidence", "evidence");
    const page = readFileSync(workspace.file("report.html"), "utf8");
    expect(page).toContain(digest);
    expect(page).not.toContain("<script>alert(1)</script>");
    // Made anew in its place, but never in place of something else.
    expect((await command("migrate", "report", "--out", "report.html")).code).toBe(0);
    const plan = readFileSync(workspace.file("plan.json"), "utf8");
    const refused = await command("migrate", "report", "--out", "plan.json");
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("--force replaces it") });
    expect(readFileSync(workspace.file("plan.json"), "utf8")).toBe(plan);
    expect((await command("migrate", "report", "--out", "/dev/null")).code).toBe(0);
    const statements = workspace.file("evidence/statements.jsonl");
    const text = readFileSync(statements, "utf8");
    writeFileSync(
      statements,
      text.replace(/[a-y]/, (letter) => String.fromCharCode(letter.charCodeAt(0) + 1)),
    );
    const { code, stdout } = await command("evidence", "verify", "evidence");
    expect(code).toBe(10);
    expect(stdout).toMatch(/does NOT hold:\n {2}statements\.jsonl/);
    const other = ["evidence", "verify", "evidence", "--digest", `sha-256:${"A".repeat(43)}`];
    expect((await command(...other)).code).toBe(10);
    expect((await command("migrate", "report", "--out", "other.html", "--evidence", "evidence")).code).toBe(2);
  });

  it("is finalised only when its id is typed", async () => {
    const asked = await command("migrate", "finalize");
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain(`--confirm ${run}`);
    expect((await command("migrate", "finalize", "--confirm", "another")).code).toBe(2);
    const keys = vendors.hem.controls.state.keys;
    expect(await json("migrate", "finalize", "--confirm", run)).toMatchObject({ state: "finalised", retired: MOVED });
    expect(vendors.hem.controls.state.keys).toBe(keys - MOVED);
    const back = await command("migrate", "rollback", "--yes");
    expect(back.code).toBe(4);
    expect(back.stderr).toMatch(/can't be rolled back/);
  });
});

describe("Ctrl-C", () => {
  it("stops cleanly, says how to go on; it goes on, and back", { timeout: 120_000 }, async () => {
    using place = new Workspace();
    // Every request of the device takes a while, so that there is something to interrupt.
    await using vendors = await startVendors(place, 0.01);
    await place.json(["adopt", "--provider", "hem", "--with-aliases"], { env });
    await place.json(["migrate", "plan", "--from", "hem", "--to", "dfns", "--plan", "plan.json"], { env });
    vendors.hem.faults.add({ fault: { kind: "delay", milliseconds: 2000 }, times: "always" });
    const child = place.start(["migrate", "apply", "--plan", "plan.json"], { env });
    const end = ended(child);
    await once(child.stdout, "data");
    child.kill("SIGINT");
    const { code, stdout } = await end;
    expect(code).toBe(130);
    const [, run = ""] = /Next: keyrail migrate apply --run (\S+)\n$/.exec(stdout) ?? [];
    expect(stdout).toMatch(/^Stopped\. Keys: .*Nothing is lost\./m);
    vendors.hem.faults.clear();
    // Two processes at once share the run.
    const again = ["migrate", "apply", "--run", run];
    const both = await Promise.all([place.json(again, { env }), place.json(again, { env })]);
    for (const result of both) expect(applied.parse(result)).toMatchObject({ run, counts: { verified: MOVED } });
    expect(await place.json(["keys", "list", "--provider", "dfns"], { env })).toHaveLength(MOVED);

    await place.json(["migrate", "verify"], { env });
    await place.json(["migrate", "cutover"], { env });
    const asked = await place.run(["migrate", "rollback"], { env });
    expect(asked.code).toBe(2);
    expect(asked.stderr).toMatch(/7 aliases go back to keys of encedo:.*, up to 18 keys made at dfns:.* removed/);
    const back = await place.json(["migrate", "rollback", "--yes"], { env });
    expect(back).toMatchObject({ state: "rolled-back", removed: MOVED, kept: [] });
    expect(keyOf(await place.json(["alias", "resolve", "orders/signing"], { env }))).toMatch(/^encedo:/);
    const active = z.array(z.looseObject({ vendor: z.looseObject({ status: z.string() }) }));
    const left = active.parse(await place.json(["keys", "list", "--provider", "dfns"], { env }));
    expect(left.filter(({ vendor }) => vendor.status === "Active")).toEqual([]);
  });
});
