/** Wrong input to the stages of a migration: one sentence, an exit code, and nothing changed, neither files nor keys. */

import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { openJournal, openPlan, type PlannedKey } from "@keyrail/migration";
import { Workspace } from "./support/command.ts";
import { NO_READ_ONLY_FOLDER, readOnlyFolder } from "./support/read-only-folder.ts";
import { casesOf, expectRefused, type WrongInput } from "./support/wrong-input.ts";

const workspace = new Workspace();
afterAll(() => workspace[Symbol.dispose]());
const FROM = "software:old.sqlite";
const TO = "software:new.sqlite";
const PLAN = ["migrate", "plan", "--from", FROM, "--to", TO];
const UNREACHABLE = "postgres://nobody@127.0.0.1:1/none";

/** `RUN` stands for the id of the run that was applied, `VERIFIED` for the journal in which it was verified too. */
let run = "";

beforeAll(async () => {
  for (const store of ["old.sqlite", "new.sqlite", "other.sqlite", "gone.sqlite"]) await workspace.quickStore(store);
  const create = async (store: string, label: string): Promise<string> => {
    const args = ["keys", "create", "--provider", `software:${store}`, "--key-type", "Ed25519", "--label", label];
    return z.looseObject({ uri: z.string() }).parse(await workspace.json(args)).uri;
  };
  await create("old.sqlite", "first");
  const leaving = await create("old.sqlite", "leaving");
  await create("other.sqlite", "elsewhere");
  await workspace.json([...PLAN, "--plan", "outdated.json"]);
  await workspace.json(["keys", "remove", leaving, "--yes"]);
  await workspace.json([...PLAN, "--plan", "plan.json"]);
  await workspace.json([...PLAN, "--plan", "second.json"]);
  const text = readFileSync(workspace.file("plan.json"), "utf8");
  workspace.write("edited.json", text.replace('"label":"first"', '"label":"f1rst"'));
  workspace.write("cut.json", text.slice(0, -80));
  workspace.write("newer.json", text.replace('"version":1', '"version":99'));
  await workspace.json(["migrate", "plan", "--from", "software:gone.sqlite", "--to", TO, "--plan", "fleet.json"]);
  writeFileSync(workspace.file("gone.sqlite"), "");
  await workspace.json(["adopt", "--provider", FROM, "--with-aliases"]);
  await workspace.json(["adopt", "--provider", "software:other.sqlite", "--with-aliases"]);
  const applied = await workspace.json(["migrate", "apply", "--plan", "plan.json"]);
  run = z.looseObject({ run: z.string() }).parse(applied).run;
  cpSync(workspace.file(".keyrail/journal.sqlite"), workspace.file("verified.sqlite"));
  await workspace.json(["migrate", "verify", "--journal", "verified.sqlite"]);
  cpSync(workspace.file(".keyrail/journal.sqlite"), workspace.file("newer.sqlite"));
  using newer = new DatabaseSync(workspace.file("newer.sqlite"));
  newer.exec("INSERT INTO keyrail_migration_changes (name, timestamp) VALUES ('9999-later', '2030-01-01')");
  await workspace.json(["migrate", "evidence", "--out", "evidence"]);
  mkdirSync(workspace.file("empty"));
}, 120_000);

const VERIFIED = ["--journal", "verified.sqlite"];
/** Every command about one run, with what it needs beside. */
const STAGES: readonly (readonly string[])[] = [
  ["status"],
  ["apply"],
  ["pause"],
  ["cancel"],
  ["verify"],
  ["cutover"],
  ["rollback", "--yes"],
  ["finalize", "--confirm", "RUN"],
  ["report", "--out", "never.html"],
  ["evidence", "--out", "never"],
];

const EVERY_STAGE: readonly WrongInput[] = STAGES.flatMap((words): WrongInput[] => {
  const stage = ["migrate", ...words];
  return [
    [[...stage, "--run", "nobody"], 2, /nobody/],
    [[...stage, "--journal", "none.sqlite"], 7, /There is no journal of migrations at/],
    [[...stage, "--journal", "newer.sqlite"], 7, /newer version/],
  ];
});

const CASES: readonly WrongInput[] = [
  [["migrate", "apply", "--plan", "plan.json"], 4, /keyrail migrate apply --run/],
  [["migrate", "apply", "--run", "RUN"], 4, /nothing is left to do/],
  [["migrate", "apply", "--plan", "second.json"], 4, /moves keys of this plan already/],
  [["migrate", "apply", "--plan", "plan.json", "--run", "RUN"], 2, /give one/],
  [["migrate", "apply", "--plan", "none.json"], 7, /none\.json/],
  [["migrate", "apply", "--plan", "edited.json"], 10, /edited/],
  [["migrate", "apply", "--plan", "cut.json"], 10, /cut\.json/],
  [["migrate", "apply", "--plan", "newer.json"], 7, /newer version/],
  [
    ["migrate", "apply", "--plan", "outdated.json", "--journal", "fresh.sqlite"],
    3,
    /no longer at the source.*make a new plan/,
  ],
  [["migrate", "apply", "--plan", "fleet.json"], 7, /gone\.sqlite/],
  [["migrate", "apply", "--plan", "second.json", "--journal", "old.sqlite"], 7, /key store/],
  [["migrate", "apply", "--plan", "second.json", "--journal", UNREACHABLE], 7, /no server answers/],
  [["migrate", "apply", "--plan", "second.json", "--in-flight", "0"], 2, /whole number above 0/],
  [["migrate", "status", "--journal", "old.sqlite"], 7, /key store/],
  [["migrate", "verify", "--journal", UNREACHABLE], 7, /no server answers/],
  [["migrate", "pause"], 4, /applied/],
  [["migrate", "cutover"], 4, /comes before the cut-over/],
  [["migrate", "cutover", ...VERIFIED, "--registry", "none.sqlite"], 7, /There is no registry/],
  [["migrate", "cutover", ...VERIFIED, "--registry", UNREACHABLE], 7, /no server answers/],
  [["migrate", "cutover", ...VERIFIED, "--alias", "nobody"], 5, /nobody/],
  [["migrate", "cutover", ...VERIFIED, "--alias", "elsewhere"], 2, /no key of this run/],
  [["migrate", "finalize"], 2, /--confirm/],
  [["migrate", "finalize", "--confirm", "another"], 2, /Confirm it with the run's id/],
  [["migrate", "finalize", "--confirm", "RUN"], 4, /only after every alias was switched/],
  [["migrate", "finalize", ...VERIFIED, "--confirm", "RUN"], 4, /only after every alias was switched/],
  [["migrate", "finalize", "--confirm", "RUN", "--registry", "none.sqlite"], 7, /There is no registry/],
  [["migrate", "rollback"], 2, /Rolling back the run .* --yes says that it is meant/],
  [["migrate", "rollback", "--yes", "--registry", "none.sqlite"], 7, /There is no registry/],
  [["migrate", "report"], 2, /--out FILE/],
  [["migrate", "report", "--out", "none/report.html"], 2, /none\/report\.html/],
  [["migrate", "report", "--out", "report.html", "--evidence", "none"], 7, /none/],
  [["migrate", "report", "--out", "report.html", "--rows", "-1"], 2, /whole number/],
  [["migrate", "evidence"], 2, /--out FOLDER/],
  [["migrate", "evidence", "--out", "evidence"], 2, /exists already/],
  [["migrate", "evidence", "--out", "never", "--sign-with", "nobody"], 5, /nobody/],
  [["evidence", "verify", "none"], 7, /none/],
  [["evidence", "verify", "evidence", "--digest", "sha-256:short"], 2, /43 characters/],
  [["evidence", "verify", "evidence", "--public-key", "none.pem"], 2, /none\.pem/],
  [["migrate", "evidence", "verify", "none"], 7, /none/],
];

describe("wrong input", () => {
  it.concurrent.each(casesOf([...CASES, ...EVERY_STAGE]))("%j ends with %d", async (args, ...rest) => {
    await expectRefused(workspace, [args.map((word) => (word === "RUN" ? run : word)), ...rest]);
  });

  it("a folder that is no evidence does not hold", async () => {
    const { code, stdout } = await workspace.run(["evidence", "verify", "empty"]);
    expect(code).toBe(10);
    expect(stdout).toMatch(/^The evidence in empty does NOT hold:\n {2}manifest/);
  });

  it("a run whose plan was not taken in to the end says how to go on", async () => {
    const whole = await openPlan(workspace.file("second.json"));
    // A process that ends, as on a full disk, before a key is taken in.
    const broken: AsyncIterable<PlannedKey> = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("the disk is full")) }),
    };
    const database = workspace.file("half.sqlite");
    await using journal = await openJournal({ database });
    const started = journal.createRun({ ...whole, keys: broken }, { worker: "desk" });
    await expect(started).rejects.toThrow("the disk is full");
    const { stdout } = await workspace.run(["migrate", "status", "--journal", database]);
    expect(stdout).toMatch(/Next: keyrail migrate apply --plan FILE/);
    await expectRefused(workspace, [["migrate", "apply", "--journal", database], 4, /with the plan file/]);
  });

  it("a disk that can't be written", { timeout: 60_000 }, async (context) => {
    using folder = await readOnlyFolder(workspace.file("locked"), async () => {
      cpSync(workspace.file("verified.sqlite"), workspace.file("locked/journal.sqlite"));
    });
    if (folder === undefined) context.skip(NO_READ_ONLY_FOLDER);
    const locked = ["--journal", "locked/journal.sqlite"];
    for (const [args, code] of [
      [["migrate", "apply", "--plan", "second.json", "--journal", "locked/new.sqlite"], 7],
      [["migrate", "cutover", ...locked], 7],
      [["migrate", "cancel", ...locked], 7],
      [["migrate", "report", "--out", "locked/report.html"], 2],
      [["migrate", "evidence", "--out", "locked/evidence"], 7],
    ] as const) {
      await expectRefused(workspace, [args, code, /read-only|can't be (used|written|opened)/]);
    }
    void folder;
  });
});
