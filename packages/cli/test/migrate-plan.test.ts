/** `keyrail migrate plan`, `show`, `diff`: between two software stores, and what is refused. */

import { linkSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { Workspace } from "./support/command.ts";
import { NO_READ_ONLY_FOLDER, readOnlyFolder } from "./support/read-only-folder.ts";
import { snapshotOf } from "./support/unchanged.ts";
import { casesOf, expectRefused, type WrongInput } from "./support/wrong-input.ts";

const workspace = new Workspace();
afterAll(() => workspace[Symbol.dispose]());
const FROM = "software:old.sqlite";
const TO = "software:new.sqlite";

beforeAll(async () => {
  await workspace.quickStore("old.sqlite");
  await workspace.quickStore("new.sqlite");
  const create = ["keys", "create", "--provider", FROM, "--key-type"];
  await workspace.json([...create, "Ed25519", "--label", "orders", "--extractable"]);
  await workspace.json([...create, "P-256", "--label", "sessions"]);
  await workspace.json(["migrate", "plan", "--from", FROM, "--to", TO, "--plan", "plan.json"]);
  const text = readFileSync(workspace.file("plan.json"), "utf8");
  writeFileSync(workspace.file("edited.json"), text.replace('"label":"orders"', '"label":"0rders"'));
  symlinkSync("old.sqlite", workspace.file("linked.sqlite"));
  linkSync(workspace.file("old.sqlite"), workspace.file("hard-linked.sqlite"));
  await workspace.json(["migrate", "plan", "--from", TO, "--to", FROM, "--plan", "other-fleet.json"]);
  writeFileSync(workspace.file("cut.json"), text.slice(0, -100));
  writeFileSync(workspace.file("newer.json"), text.replace('"version":1', '"version":99'));
  writeFileSync(workspace.file("other.json"), "{}\n");
  writeFileSync(workspace.file("bytes.json"), Uint8Array.of(0xff, 0xfe, 0x00));
});

const plan = z.looseObject({
  summary: z.looseObject({ keys: z.number(), strategies: z.record(z.string(), z.number()) }),
  groups: z.array(
    z.looseObject({ strategy: z.string(), keys: z.number(), keyTypes: z.record(z.string(), z.number()) }),
  ),
});

describe("a plan", () => {
  it("says what happens to each key, and changes nothing but its file", async () => {
    const before = snapshotOf(workspace.folder);
    const args = ["migrate", "plan", "--from", FROM, "--to", TO, "--plan", "again.json"];
    const { summary, groups } = plan.parse(await workspace.json(args));
    expect(summary).toMatchObject({ keys: 2, strategies: { import: 1, rotate: 1, adopt: 0, retain: 0 } });
    expect(groups.map(({ strategy, keyTypes }) => [strategy, keyTypes])).toEqual([
      ["import", { Ed25519: 1 }],
      ["rotate", { "P-256": 1 }],
    ]);
    const { "again.json": _, ...after } = snapshotOf(workspace.folder);
    expect(after).toEqual(before);
    const forced = await workspace.run([...args, "--no-import", "--force"]);
    expect(forced.code).toBe(0);
    expect(forced.stdout).toMatch(/rotate 2: .*\n/);
    expect(forced.stdout).toMatch(/Next: keyrail migrate apply --plan again\.json\n$/);
  });

  it.each<[readonly string[], Readonly<Record<string, number>>]>([
    [[], { rotate: 2, retain: 0 }],
    [["--retain-secret-keys"], { rotate: 1, retain: 1 }],
    [["--key-type", "HMAC-SHA-256"], { rotate: 1, retain: 0 }],
    [["--label-prefix", "sess", "--drop-algorithm", "ES384"], { rotate: 1, retain: 0 }],
  ])("takes the options %j", async (options, strategies) => {
    const from = await workspace.quickStore("secrets.sqlite");
    if (options.length === 0) {
      const create = ["keys", "create", "--provider", from, "--key-type"];
      await workspace.json([...create, "HMAC-SHA-256", "--label", "tokens"]);
      await workspace.json([...create, "P-256", "--label", "sessions"]);
    }
    const args = ["migrate", "plan", "--from", from, "--to", TO, "--plan", "options.json", "--force"];
    expect(plan.parse(await workspace.json([...args, ...options])).summary.strategies).toMatchObject(strategies);
  });

  it("is shown whole or key by key, and compared", async () => {
    expect(plan.parse(await workspace.json(["migrate", "show", "plan.json"])).summary.keys).toBe(2);
    const keys = await workspace.json(["migrate", "show", "plan.json", "--keys"]);
    expect(keys).toMatchObject([{ source: { label: "orders" } }, { source: { label: "sessions" } }]);
    const { stdout } = await workspace.run(["migrate", "show", "plan.json", "--keys"]);
    expect(stdout).toMatch(/^import +Ed25519 +orders +software:/);
    await workspace.json(["migrate", "plan", "--from", FROM, "--to", TO, "--plan", "rotate.json", "--no-import"]);
    expect(await workspace.json(["migrate", "diff", "plan.json", "rotate.json"])).toMatchObject([
      { kind: "changed", before: { strategy: "import" }, after: { strategy: "rotate" } },
      { kind: "changed", members: ["reason"] },
    ]);
    expect(await workspace.json(["migrate", "diff", "plan.json", "plan.json"])).toEqual([]);
    const difference = await workspace.run(["migrate", "diff", "plan.json", "rotate.json"]);
    expect(difference.stdout).toMatch(/^~ import -> rotate {2}orders {2}software:/);
  });
});

const PLAN = ["migrate", "plan", "--plan", "never.json"];
const UNREACHABLE = "postgres://nobody@127.0.0.1:1/none";

const CASES: readonly WrongInput[] = [
  [["migrate", "plan", "--from", FROM, "--to", TO], 2, /--plan FILE/],
  [[...PLAN, "--to", TO], 2, /--from PROVIDER/],
  [[...PLAN, "--from", FROM], 2, /--to PROVIDER/],
  [[...PLAN, "--from", FROM, "--to", FROM], 2, /Source and target are both/],
  [[...PLAN, "--from", FROM, "--to", "software:./old.sqlite"], 2, /Source and target are both/],
  [[...PLAN, "--from", FROM, "--to", "software:linked.sqlite"], 2, /one file under two names/],
  [[...PLAN, "--from", "software:hard-linked.sqlite", "--to", FROM], 2, /one file under two names/],
  [[...PLAN, "--from", "nobody", "--to", TO], 2, /neither a provider URI/],
  [[...PLAN, "--from", FROM, "--to", "nobody:x"], 2, /no provider "nobody"/],
  [[...PLAN, "--from", "software:none.sqlite", "--to", TO], 7, /none\.sqlite/],
  [[...PLAN, "--from", FROM, "--to", "software:none.sqlite"], 7, /none\.sqlite/],
  [[...PLAN, "--from", FROM, "--to", TO, "--key-type", "RSA"], 2, /It is one of/],
  [[...PLAN, "--from", FROM, "--to", TO, "--drop-algorithm", "MD5"], 2, /It is one of/],
  [["migrate", "plan", "--from", FROM, "--to", TO, "--plan", "plan.json"], 2, /exists already/],
  [["migrate", "plan", "--from", FROM, "--to", TO, "--plan", "none/plan.json"], 7, /none\/plan\.json/],
  [["migrate", "diff", "plan.json", "other-fleet.json"], 2, /other-fleet\.json .*of another fleet/],
  [["migrate", "show", "none.json"], 7, /none\.json/],
  [["migrate", "show", "edited.json"], 10, /edited/],
  [["migrate", "show", "cut.json"], 10, /cut\.json/],
  [["migrate", "show", "newer.json"], 7, /newer version/],
  [["migrate", "show", "other.json"], 10, /other\.json/],
  [["migrate", "show", "bytes.json"], 10, /bytes\.json/],
  [["migrate", "show", "."], 7, /folder/],
  [["migrate", "diff", "plan.json", "edited.json"], 10, /edited/],
  [["migrate", "diff", "plan.json", "none.json"], 7, /none\.json/],
  [["migrate", "status"], 7, /There is no journal of migrations at/],
  [["migrate", "status", "--journal", "old.sqlite"], 7, /key store/],
  [["migrate", "status", "--journal", UNREACHABLE], 7, /no server answers/],
  [["migrate", "status", "--journal", "postgres://me:secret@127.0.0.1/db"], 2, /PGPASSWORD/],
];

describe("wrong input", () => {
  it.concurrent.each(casesOf(CASES))("%j ends with %d", async (...input) => expectRefused(workspace, input));

  it("a disk that can't be written", async (context) => {
    using folder = await readOnlyFolder(workspace.file("locked"), async () => undefined);
    if (folder === undefined) context.skip(NO_READ_ONLY_FOLDER);
    const args = ["migrate", "plan", "--from", FROM, "--to", TO, "--plan", "locked/plan.json"];
    await expectRefused(workspace, [args, 7, /read-only|no permission/]);
    void folder;
  });
});
