/** Help, exit codes, JSON errors: the same for every command. */

import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { COMMANDS } from "../src/commands/table.ts";
import { EXIT_CODE_MEANINGS, EXIT_CODE_OF_ERROR } from "../src/runtime/exit-codes.ts";
import { ended, NODE_ARGUMENTS, Workspace } from "./support/command.ts";

const workspace = new Workspace();
afterAll(() => workspace[Symbol.dispose]());

describe("help", () => {
  // Every third command by the real thing; all of them would take long and show nothing more.
  it.concurrent.each(
    COMMANDS.filter((_, index) => index % 3 === 0).map(({ words }) => [words.join(" "), words] as const),
  )("keyrail %s --help has examples and exit codes", async (name, words) => {
    const { code, stdout, stderr } = await workspace.run([...words, "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`Usage: keyrail ${name}`);
    expect(stdout).toMatch(/Examples:\n {2}# .+\n {2}keyrail /);
    expect(stdout).toContain("Exit codes:");
    expect(stdout).toContain("--json");
  });

  it("every command has a summary and examples of its own", () => {
    for (const { words, summary, examples } of COMMANDS) {
      expect(summary).toMatch(/^[a-z].*[^.]$/);
      expect(examples.length).toBeGreaterThan(0);
      for (const { line, does } of examples) {
        expect(line).toMatch(new RegExp(`^keyrail ${words.join(" ")}( |$)`));
        expect(does).not.toBe("");
      }
    }
  });

  it("keyrail --help lists every group, variable and exit code", async () => {
    const { stdout } = await workspace.run(["--help"]);
    for (const word of ["keys", "capabilities", "explain", "conformance", "KEYRAIL_PASSPHRASE_FILE", "NO_COLOR"]) {
      expect(stdout).toContain(word);
    }
    for (const [code] of EXIT_CODE_MEANINGS) expect(stdout).toMatch(new RegExp(`^ +${code} `, "m"));
  });

  it("every exit code an error can have is documented", () => {
    const documented = new Set<number>(EXIT_CODE_MEANINGS.map(([code]) => code));
    for (const code of Object.values(EXIT_CODE_OF_ERROR)) expect(documented).toContain(code);
  });
});

describe("wrong usage", () => {
  it.concurrent.each([
    [["frobnicate"], /Unknown command 'frobnicate'/],
    [["keys", "frobnicate"], /Unknown command 'frobnicate'/],
    [["keys", "list", "--frobnicate"], /Unknown option '--frobnicate'/],
    [["keys", "list"], /No provider is given/],
    [["keys", "list", "--provider", "keys.sqlite"], /neither a provider URI/],
    [["capabilities", "nobody"], /There is no provider "nobody"/],
    [["capabilities", "software", "--markdown", "--json"], /give one/],
    [["explain", "fly", "--provider", "software"], /It is one of: create/],
    [["conformance", "--provider", "software::memory:", "--only", "nothing"], /no check or group "nothing"/],
    [["conformance", "--provider", "software::memory:", "--concurrency", "0"], /whole number above 0/],
    [["keys", "list", "--provider", "software:x", "--timeout", "soon"], /number above 0/],
  ])("%j ends with 2", async (args, says) => {
    const { code, stdout, stderr } = await workspace.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it.concurrent.each([[["frobnicate"]], [["keys", "list"]], [["conformance", "--concurrency", "0"]]])(
    "%j as JSON",
    async (args) => {
      const { code, stdout, stderr } = await workspace.run([...args, "--json"]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: "InvalidRequest", retry: "never" } });
    },
  );

  it("keyrail and keyrail keys alone show their help and end with 2", async () => {
    for (const args of [[], ["keys"]]) {
      const { code, stderr } = await workspace.run(args);
      expect(code).toBe(2);
      expect(stderr).toContain("Usage: keyrail");
    }
  });
});

describe("capabilities and explain", () => {
  it("as table, Markdown and JSON", async () => {
    const list = await workspace.json(["capabilities"]);
    expect(list).toContainEqual(expect.objectContaining({ scheme: "software", custody: "software" }));
    expect((await workspace.run(["capabilities", "software"])).stdout).toMatch(/^secp256k1 .*create/m);
    expect((await workspace.run(["capabilities", "software", "--markdown"])).stdout).toMatch(/^# Capabilities of/);
    const declaration = z.object({ provider: z.string(), rows: z.array(z.object({ operation: z.string() })) });
    expect(declaration.parse(await workspace.json(["capabilities", "software"])).rows.length).toBeGreaterThan(20);
  });

  it("yes ends with 0, no with 3 and the reason", async () => {
    const yes = await workspace.run([
      "explain",
      "sign",
      "--provider",
      "software",
      "--key-type",
      "P-256",
      "--algorithm",
      "ES256",
    ]);
    expect(yes).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Yes\. /) });
    const args = ["explain", "sign", "--provider", "software", "--key-type", "P-256", "--algorithm", "ES256K"];
    expect(await workspace.run(args)).toMatchObject({ code: 3, stdout: expect.stringMatching(/^No\. .*ES256K/) });
    const json = await workspace.run([...args, "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      supported: false,
      reason: expect.any(String),
      nearest: expect.any(String),
    });
  });
});

describe("output", () => {
  it("has no colours in a pipe, and ends quietly when nobody reads on", async () => {
    const { stdout } = await workspace.run(["explain", "sign", "--provider", "software"]);
    expect(stdout).not.toContain("\u001b");
    const child = workspace.start(["capabilities", "software", "--markdown"]);
    child.stdout.destroy();
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("says in one sentence that the disk behind it is full", async (context) => {
    if (!existsSync("/dev/full")) context.skip("there is no /dev/full here");
    const line = [process.execPath, ...NODE_ARGUMENTS, "capabilities", "software"];
    const full = openSync("/dev/full", "w");
    try {
      for (const json of [[], ["--json"]]) {
        const [node = "", ...args] = [...line, ...json];
        const env = workspace.environment;
        const { status, stderr } = spawnSync(node, args, { env, stdio: ["ignore", full, "pipe"], encoding: "utf8" });
        expect(status).toBe(1);
        const sentence = "Standard output can't be written: the disk is full.";
        if (json.length > 0) expect(JSON.parse(stderr)).toMatchObject({ error: { message: sentence } });
        else expect(stderr).toMatch(new RegExp(`^keyrail: ${sentence}\n {2}What the command did is done.*\n$`));
      }
    } finally {
      closeSync(full);
    }
  });

  it("Ctrl-C while standard input is read ends it with 130", async () => {
    const child = workspace.start(["keys", "import", "-", "--provider", "software:never.sqlite"]);
    const end = ended(child);
    // Once it reads, it has taken what is in the pipe.
    await new Promise<void>((resolve) => child.stdin.write("-".repeat(500_000), () => resolve()));
    child.kill("SIGINT");
    const { code, stderr } = await end;
    expect(code).toBe(130);
    expect(stderr).toMatch(/Interrupted while standard input was read/);
    expect(workspace.files).not.toContain("never.sqlite");
  });

  it("shows where an error comes from only with KEYRAIL_DEBUG", async () => {
    const args = ["keys", "list", "--provider", "software:none.sqlite"];
    expect((await workspace.run(args)).stderr).not.toMatch(/\n\s+at /);
    expect((await workspace.run(args, { env: { KEYRAIL_DEBUG: "1" } })).stderr).toMatch(/\n\s+at /);
  });
});
