/** Wrong input to the commands of the registry: one sentence, an exit code, and nothing changed. */

import { writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { Workspace } from "./support/command.ts";
import { NO_READ_ONLY_FOLDER, readOnlyFolder } from "./support/read-only-folder.ts";
import { snapshotOf } from "./support/unchanged.ts";
import { casesOf, expectRefused, type WrongInput } from "./support/wrong-input.ts";

const workspace = new Workspace();
afterAll(() => workspace[Symbol.dispose]());
let provider = "";
let key = "";

beforeAll(async () => {
  provider = await workspace.quickStore();
  const made = ["keys", "create", "--provider", provider, "--key-type", "Ed25519", "--label", "a"];
  key = z.looseObject({ uri: z.string() }).parse(await workspace.json(made)).uri;
  await workspace.json(["alias", "set", "orders/signing", key]);
  await workspace.json(["alias", "set", "orders/signing", `${provider}/other`]);
  writeFileSync(workspace.file("message"), "a message");
  writeFileSync(workspace.file("not-a-database"), "text\n".repeat(300));
  using database = new DatabaseSync(workspace.file("foreign.sqlite"));
  database.exec("CREATE TABLE theirs (a TEXT)");
  // A registry that a later version has written.
  await workspace.json(["alias", "set", "a", key, "--registry", "newer.sqlite"]);
  using newer = new DatabaseSync(workspace.file("newer.sqlite"));
  newer.exec("INSERT INTO keyrail_registry_changes (name, timestamp) VALUES ('9999-later', '2030-01-01')");
});

const UNREACHABLE = "postgres://nobody@127.0.0.1:1/none";

const CASES: readonly WrongInput[] = [
  [["alias", "show", "nobody"], 5, /nobody/],
  [["alias", "resolve", "orders/signing@9"], 5, /orders\/signing/],
  [["alias", "resolve", "orders/signing@x"], 2, /version/],
  [["alias", "history", "nobody"], 5, /nobody/],
  [["alias", "labels", "nobody", "--set", "a=b"], 5, /nobody/],
  [["alias", "labels", "orders/signing", "--set", "a"], 2, /KEY=VALUE/],
  [["alias", "remove", "nobody", "--yes"], 5, /nobody/],
  [["alias", "remove", "orders/signing"], 2, /--yes/],
  [["alias", "set", "Orders", "software:a.sqlite/1"], 2, /lower-case/],
  [["alias", "set", "orders/new", "not a key"], 2, /not a key or provider URI/],
  [["alias", "set", "orders/new", "nobody://host/1"], 2, /no provider "nobody"/],
  [["alias", "set", "orders/signing", "software:a.sqlite/1", "--new"], 5, /orders\/signing/],
  [["alias", "set", "orders/signing", "software:a.sqlite/1", "--expect", "software:b.sqlite/1"], 4, /names/],
  [["alias", "set", "a", "software:a/1", "--new", "--expect", "software:a/2"], 2, /give one/],
  [["alias", "rollback", "018f0000-0000-7000-8000-000000000000"], 2, /./],
  [["alias", "list", "--provider", "nobody"], 2, /./],
  [["alias", "list", "--label", "=x"], 2, /KEY=VALUE/],
  [["adopt"], 2, /No provider/],
  [["adopt", "--provider", "software:nothing.sqlite"], 7, /nothing\.sqlite/],
  [["keys", "sign", "nobody", "--algorithm", "Ed25519", "--in", "message"], 5, /nobody/],
  [["keys", "show", "nobody@1"], 5, /nobody/],
  [["keys", "remove", "orders/signing", "--yes"], 2, /may change/],
  // The database itself.
  [["alias", "list", "--registry", "none.sqlite"], 7, /There is no registry of aliases at/],
  [["alias", "list", "--registry", "none/none.sqlite"], 7, /There is no registry/],
  [["alias", "list", "--registry", "keys.sqlite"], 7, /key store/],
  [["alias", "list", "--registry", "foreign.sqlite"], 7, /another program's/],
  [["alias", "set", "a", "software:a/1", "--registry", "keys.sqlite"], 7, /key store/],
  [["adopt", "--provider", "software:keys.sqlite", "--registry", "foreign.sqlite"], 7, /another program's/],
  [["alias", "list", "--registry", "not-a-database"], 7, /no SQLite database/],
  [["alias", "list", "--registry", "newer.sqlite"], 7, /newer version/],
  [["alias", "list", "--registry", "."], 7, /./],
  [["alias", "list", "--registry", ":memory:"], 2, /gone when the command ends/],
  [["alias", "list", "--registry", "mysql://host/db"], 2, /neither/],
  [["alias", "list", "--registry", UNREACHABLE], 7, /no server answers/],
  [["alias", "set", "a", "software:a/1"], 7, /no server answers/, { KEYRAIL_REGISTRY: UNREACHABLE }],
  [["alias", "list"], 2, /no file none/, { KEYRAIL_REGISTRY_FILE: "none" }],
  [["alias", "list", "--registry", "postgres://me:secret@127.0.0.1/db"], 2, /PGPASSWORD/],
  [["alias", "list", "--registry", "postgres://127.0.0.1/db?user=me&password=secret"], 2, /PGPASSWORD/],
];

describe("wrong input", () => {
  it.concurrent.each(casesOf(CASES))("%j ends with %d", async (...input) => expectRefused(workspace, input));

  it("a disk that can't be written", async (context) => {
    const registry = ["--registry", "locked/a.sqlite"];
    using folder = await readOnlyFolder(workspace.file("locked"), async () => {
      await workspace.json(["alias", "set", "a", key, ...registry]);
    });
    if (folder === undefined) context.skip(NO_READ_ONLY_FOLDER);
    const before = snapshotOf(workspace.folder);
    for (const args of [
      ["alias", "set", "a", `${provider}/other`, ...registry],
      ["alias", "remove", "a", "--yes", ...registry],
      ["adopt", "--provider", provider, ...registry],
      ["alias", "set", "a", key, "--registry", "locked/new/b.sqlite"],
    ]) {
      const { code, stderr } = await workspace.run(args);
      expect({ args, code: code === 2 || code === 7 }).toEqual({ args, code: true });
      expect(stderr).toMatch(/^keyrail: .+(read-only|can't be (used|written|opened)).*\n {2}\S.*\n$/);
    }
    expect(snapshotOf(workspace.folder)).toEqual(before);
    void folder;
  });
});
