/** `keyrail.config.*`: names and defaults work, and every mistake is pointed at. */

import { mkdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Workspace } from "./support/command.ts";

const CREATE = ["keys", "create", "--key-type", "Ed25519", "--label", "configured"];
const LIST = ["keys", "list"];

describe("a configuration file", () => {
  it.concurrent.each([
    [
      "keyrail.config.json",
      '// the defaults of this folder\n{ "provider": "main", "providers": { "main": "software:./keys.sqlite" }, "passphraseFile": "passphrase" }',
    ],
    [
      "keyrail.config.js",
      'export default { provider: "main", providers: { main: "software:./keys.sqlite" }, passphraseFile: "passphrase" };',
    ],
    [
      "keyrail.config.mjs",
      'export default { provider: "main", providers: { main: { uri: "software:./keys.sqlite", passphraseFile: "passphrase" } } };',
    ],
    [
      "keyrail.config.ts",
      'const provider: string = "main";\nexport default { provider, providers: { main: "software:./keys.sqlite" }, passphraseFile: "passphrase" };',
    ],
  ])("%s gives the default provider and the passphrase", async (name, content) => {
    using place = new Workspace();
    await place.quickStore();
    place.write(name, content);
    const env = { KEYRAIL_PASSPHRASE_FILE: undefined };
    expect(await place.run(CREATE, { env })).toMatchObject({ code: 0, stderr: "" });
    expect((await place.run([...LIST, "--provider", "main"], { env })).stdout).toContain("configured");
  });

  it("is found by --config and KEYRAIL_CONFIG, and its paths start from its folder", async () => {
    using place = new Workspace();
    mkdirSync(place.file("deep"));
    const file = place.write(
      "deep/other.json",
      '{ "provider": "software:./keys.sqlite", "passphraseFile": "../passphrase" }',
    );
    const env = { KEYRAIL_PASSPHRASE_FILE: undefined };
    expect((await place.run([...CREATE, "--config", "deep/other.json"], { env })).code).toBe(0);
    expect((await place.run(LIST, { env: { ...env, KEYRAIL_CONFIG: file } })).stdout).toContain("configured");
    expect(place.files).not.toContain("keys.sqlite");
    expect((await place.run([...LIST, "--config", "nowhere.json"])).stderr).toMatch(/There is no file nowhere\.json/);
  });

  it("keeps its passphrase file for a key written as URI, and the environment comes first", async () => {
    using place = new Workspace();
    await place.quickStore();
    place.write(
      "keyrail.config.json",
      '{ "providers": { "main": { "uri": "software:keys.sqlite", "passphraseFile": "passphrase" } } }',
    );
    const env = { KEYRAIL_PASSPHRASE_FILE: undefined };
    await place.run([...CREATE, "--provider", "main"], { env });
    const uri = (await place.run([...LIST, "--provider", "main"], { env })).stdout.trim().split(/\s+/).at(-1) ?? "";
    expect((await place.run(["keys", "public", uri], { env })).stdout).toContain("BEGIN PUBLIC KEY");
    const wrong = place.write("wrong", "not the passphrase");
    expect((await place.run(["keys", "public", uri], { env: { KEYRAIL_PASSPHRASE_FILE: wrong } })).code).toBe(6);
  });

  it("gives the provider its options", async () => {
    using place = new Workspace();
    place.write(
      "keyrail.config.json",
      '{ "provider": "main", "providers": { "main": { "uri": "software:k", "options": { "cacheBites": 1 } } } }',
    );
    const { code, stderr } = await place.run(CREATE);
    expect(code).toBe(2);
    expect(stderr).toMatch(/options of the software provider are not valid/);
  });

  it.concurrent.each([
    [
      "a comma that is missing",
      '{\n  "provider": "software:a"\n  "passphraseFile": "b"\n}',
      /keyrail\.config\.json:3: not JSON: comma expected/,
    ],
    [
      "a member nobody knows",
      '{\n  "provider": "software:a",\n  "pasphraseFile": "b"\n}',
      /keyrail\.config\.json:3: "pasphraseFile": there is no such member/,
    ],
    ["a type that is wrong", '{\n\n  "provider": 7\n}', /keyrail\.config\.json:3: "provider": expected string/],
    [
      "a provider URI that is none",
      '{\n  "providers": {\n    "good": "software:a",\n    "bad": "nowhere"\n  }\n}',
      /keyrail\.config\.json:4: "providers\.bad": "nowhere" is not a key or provider URI/,
    ],
    [
      "a member of a provider",
      '{\n  "providers": {\n    "main": {\n      "uri": "software:a",\n      "passphrase": "secret words"\n    }\n  }\n}',
      /keyrail\.config\.json:5: "providers\.main\.passphrase": there is no such member/,
    ],
    [
      "a name that is none",
      '{\n  "providers": {\n    "a name": "software:a"\n  }\n}',
      /keyrail\.config\.json:3: "providers\.a name": a name has letters/,
    ],
    ["no object", "[]", /keyrail\.config\.json:1: expected object/],
  ])("points at %s", async (_name, content, says) => {
    using place = new Workspace();
    place.write("keyrail.config.json", content);
    const { code, stderr, stdout } = await place.run(LIST);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain("secret words");
    const json = await place.run([...LIST, "--json"]);
    expect(JSON.parse(json.stderr)).toMatchObject({
      error: { code: "InvalidConfiguration", context: { line: expect.any(Number) } },
    });
  });

  it.concurrent.each([
    ["throws", 'throw new Error("no such luck");', /keyrail\.config\.mjs can't be run: Error: no such luck/],
    ["has no default export", "export const provider = 1;", /has no default export/],
    [
      "has a member nobody knows",
      "export default { providr: 1 };",
      /keyrail\.config\.mjs: "providr": there is no such member/,
    ],
  ])("says when a module %s", async (_name, content, says) => {
    using place = new Workspace();
    place.write("keyrail.config.mjs", content);
    expect(await place.run(LIST)).toMatchObject({ code: 2, stderr: expect.stringMatching(says) });
  });
});
