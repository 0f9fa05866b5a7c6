/** An auditor makes a challenge, the migration has its keys answer, and the auditor checks the answers. */

import { readFileSync, statSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Workspace } from "./support/command.ts";

describe("an auditor's challenge", { timeout: 120_000 }, () => {
  // Two desks: what is the auditor's is never in the folder of the migration.
  const auditor = new Workspace();
  const place = new Workspace();
  afterAll(() => [auditor, place].forEach((one) => one[Symbol.dispose]()));
  const verify = ["evidence", "verify", place.file("evidence"), "--auditor-private-key-file"];

  beforeAll(async () => {
    await place.quickStore("old.sqlite");
    await place.quickStore("new.sqlite");
    // Keys that agree and sign nothing; a stark key's engine is loaded by nobody but who checks it.
    for (const keyType of ["X25519", "stark"]) {
      const create = ["keys", "create", "--provider", "software:old.sqlite", "--key-type", keyType, "--usage", "agree"];
      await place.json([...create, "--label", keyType]);
    }
    const ends = ["--from", "software:old.sqlite", "--to", "software:new.sqlite"];
    await place.json(["migrate", "plan", ...ends, "--plan", "plan.json"]);
    await place.json(["migrate", "apply", "--plan", "plan.json"]);
    await place.json(["migrate", "verify"]);
    await place.json(["migrate", "evidence", "--out", "unanswered"]);
  }, 120_000);

  it("is made once, into a file of the auditor's alone and one to give away", async () => {
    const made = await auditor.json(["evidence", "challenge", "--out", "auditor"]);
    expect(made).toMatchObject({ privateKeys: "auditor", publicKeys: "auditor.pub" });
    expect(statSync(auditor.file("auditor")).mode & 0o777).toBe(0o600);
    const before = auditor.files;
    expect(await auditor.run(["evidence", "challenge", "--out", "auditor"])).toMatchObject({ code: 2 });
    writeFileSync(auditor.file("taken.pub"), "");
    expect(await auditor.run(["evidence", "challenge", "--out", "taken"])).toMatchObject({ code: 2 });
    expect(await auditor.run(["evidence", "challenge"])).toMatchObject({ code: 2 });
    expect(auditor.files).toEqual([...before, "taken.pub"].toSorted());
  });

  it("is answered by verify, and the answers hold for the auditor alone", async () => {
    place.write("auditor.pub", readFileSync(auditor.file("auditor.pub")));
    const unanswered = ["evidence", "verify", place.file("unanswered"), "--auditor-private-key-file", "auditor"];
    const before = await auditor.run(unanswered);
    expect(before.code).toBe(10);
    expect(before.stdout).toContain("did not both answer the auditor's challenge");
    expect(await place.json(["migrate", "verify", "--auditor-key", "auditor.pub"])).toMatchObject({ passed: 2 });
    await place.json(["migrate", "evidence", "--out", "evidence"]);
    expect(await auditor.run([...verify, "auditor"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("2 proofs answered the auditor's challenge"),
    });
    const anybody = await place.run(["evidence", "verify", "evidence"]);
    expect(anybody).toMatchObject({ code: 0, stdout: expect.stringMatching(/2 proofs by agreement convinced/) });
    await auditor.json(["evidence", "challenge", "--out", "another"]);
    expect((await auditor.run([...verify, "another"])).code).toBe(10);
  });

  it("out of the wrong file is refused, before anything is opened", async () => {
    const wrong = [
      ["migrate", "verify", "--auditor-key", "none"],
      ["migrate", "verify", "--auditor-key", "plan.json"],
      ["evidence", "verify", "evidence", "--auditor-private-key-file", "auditor.pub"],
    ];
    for (const args of wrong) {
      const { code, stderr, stdout } = await place.run(args);
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: "" });
      expect(stderr).toMatch(/There is no file none|not the p\w+ keys of an auditor/);
    }
  });
});
