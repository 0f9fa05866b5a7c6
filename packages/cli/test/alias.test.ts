/** `keyrail alias` and `keyrail adopt`, and aliases in the place of keys. */

import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { Workspace } from "./support/command.ts";

const workspace = new Workspace();
afterAll(() => workspace[Symbol.dispose]());

const uriOf = (document: unknown): string => z.looseObject({ uri: z.string() }).parse(document).uri;
let provider = "";
let first = "";
let second = "";

beforeAll(async () => {
  provider = await workspace.quickStore();
  const make = async (label: string): Promise<string> =>
    uriOf(await workspace.json(["keys", "create", "--provider", provider, "--key-type", "Ed25519", "--label", label]));
  first = await make("first");
  second = await make("second");
  workspace.write("message", "a message");
});

describe("aliases", () => {
  it("are made, listed, switched, resolved and taken away", async () => {
    const run = async (...args: string[]): Promise<unknown> => workspace.json(["alias", ...args]);
    expect(await run("set", "orders/signing", first, "--new", "--reason", "the first")).toMatchObject({
      name: "orders/signing",
      key: first,
      version: 1,
      reason: "the first",
    });
    expect(existsSync(workspace.file(".keyrail/registry.sqlite"))).toBe(true);
    expect(await run("set", "orders/signing", second, "--expect", first)).toMatchObject({ key: second, version: 2 });
    expect(await run("resolve", "orders/signing")).toMatchObject({ key: second, version: 2 });
    expect(await run("resolve", "orders/signing@1")).toMatchObject({ key: first, version: 1 });
    expect((await workspace.run(["alias", "resolve", "orders/signing"])).stdout).toBe(`${second}\n`);
    expect(await run("history", "orders/signing")).toMatchObject([{ key: second }, { key: first }]);
    expect(await run("labels", "orders/signing", "--set", "env=test", "--set", "a=b=c")).toMatchObject({
      labels: { env: "test", a: "b=c" },
    });
    expect(await run("labels", "orders/signing", "--unset", "a")).toMatchObject({ labels: { env: "test" } });
    expect(await run("list", "--label", "env=test", "--provider", provider)).toHaveLength(1);
    expect(await run("list", "--label", "env=production")).toEqual([]);
    expect(await run("show", "orders/signing")).toMatchObject({ key: second, labels: { env: "test" } });
    expect((await workspace.run(["alias", "list"])).stdout).toBe(`orders/signing               ${second}  env=test\n`);
    expect(await run("set", "orders/old", first)).toMatchObject({ version: 1 });
    expect(await run("remove", "orders/old", "--yes")).toEqual({ removed: true, name: "orders/old", key: first });
    const audit = z.array(z.looseObject({ action: z.string(), actor: z.string() })).parse(await run("audit"));
    expect(audit.map(({ action }) => action)).toEqual(["remove", "set", "label", "label", "set", "set"]);
  });

  it("stand for keys: sign, verify, show, also an earlier version", async () => {
    await workspace.json(["alias", "set", "sign/here", first]);
    const sign = ["--algorithm", "Ed25519", "--in", "message"];
    const signed = await workspace.run(["keys", "sign", "sign/here", ...sign, "--out", "signature"]);
    expect(signed).toMatchObject({ code: 0, stderr: "" });
    const check = ["--algorithm", "Ed25519", "--in", "message", "--signature", "signature"];
    expect((await workspace.run(["keys", "verify", "sign/here", ...check])).code).toBe(0);
    expect((await workspace.run(["keys", "verify", first, ...check])).code).toBe(0);
    await workspace.json(["alias", "set", "sign/here", second]);
    expect((await workspace.run(["keys", "verify", "sign/here@1", ...check])).code).toBe(0);
    expect((await workspace.run(["keys", "verify", second, ...check])).code).toBe(3);
    // What an alias signed yesterday is still its signature.
    expect((await workspace.run(["keys", "verify", "sign/here", ...check])).code).toBe(0);
    expect(uriOf(await workspace.json(["keys", "show", "sign/here"]))).toBe(second);
  });

  it("find the key that signed also where the key of now is of another type", async () => {
    const make = ["keys", "create", "--provider", provider, "--key-type", "P-256", "--label", "third"];
    await workspace.json(["alias", "set", "typed", first]);
    const signed = await workspace.run([
      "keys",
      "sign",
      "typed",
      "--algorithm",
      "Ed25519",
      "--in",
      "message",
      "--out",
      "s",
    ]);
    expect(signed.code).toBe(0);
    await workspace.json(["alias", "set", "typed", uriOf(await workspace.json(make))]);
    const check = ["--algorithm", "Ed25519", "--in", "message", "--signature", "s"];
    expect((await workspace.run(["keys", "verify", "typed", ...check])).code).toBe(0);
    expect((await workspace.run(["keys", "verify", "typed@2", ...check])).code).toBe(4);
    const other = ["--algorithm", "Ed25519", "--in", "s", "--signature", "s"];
    expect((await workspace.run(["keys", "verify", "typed", ...other])).code).toBe(3);
  });

  it("keep a bare id of a configured provider working", async () => {
    const config = workspace.write("with-provider.json", JSON.stringify({ provider }));
    const id = first.slice(first.lastIndexOf("/") + 1);
    expect(uriOf(await workspace.json(["keys", "show", id, "--config", config]))).toBe(first);
    expect(uriOf(await workspace.json(["keys", "show", id, "--provider", provider]))).toBe(first);
  });
});

describe("adopt", () => {
  it("takes the keys of a provider, once", async () => {
    const args = ["adopt", "--provider", provider, "--tag", "legacy", "--registry", "own.sqlite"];
    const before = readFileSync(workspace.file("keys.sqlite"));
    expect(await workspace.json(args)).toMatchObject({ provider, adopted: 3, known: 0 });
    expect(await workspace.json(args)).toMatchObject({ adopted: 0, known: 3 });
    expect((await workspace.run(args)).stdout).toMatch(
      /^3 keys of software:.* in the registry .*: 0 new, 3 known before\.\n$/,
    );
    expect(await workspace.json([...args, "--with-aliases"])).toMatchObject({
      aliases: { made: 3, known: 0, taken: 0, unfit: 0, public: 0 },
    });
    expect(await workspace.json([...args, "--with-aliases"])).toMatchObject({ aliases: { made: 0, known: 3 } });
    expect(await workspace.json(["alias", "resolve", "first", "--registry", "own.sqlite"])).toMatchObject({
      key: first,
    });
    expect(readFileSync(workspace.file("keys.sqlite"))).toEqual(before);
  });
});

describe("the registry", () => {
  it("comes from option, environment, a file, the configuration", async () => {
    using place = new Workspace();
    await place.json(["alias", "set", "a", first, "--registry", "one.sqlite"]);
    const list = async (args: string[], env: Record<string, string> = {}): Promise<unknown> =>
      place.json(["alias", "list", ...args], { env });
    expect(await list(["--registry", "one.sqlite"])).toHaveLength(1);
    expect(await list([], { KEYRAIL_REGISTRY: "sqlite:one.sqlite" })).toHaveLength(1);
    const file = place.write("uri", `${place.file("one.sqlite")}\n`);
    expect(await list([], { KEYRAIL_REGISTRY_FILE: file })).toHaveLength(1);
    place.write("keyrail.config.json", JSON.stringify({ registry: "one.sqlite" }));
    expect(await list([])).toHaveLength(1);
    place.write("keyrail.config.json", JSON.stringify({ registryFile: "uri" }));
    expect(await list([])).toHaveLength(1);
  });
});
