/** The hidden prompt, on a real terminal made by script(1). */

import { spawn, spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { NODE_ARGUMENTS, Workspace } from "./support/command.ts";

const hasScript = spawnSync("script", ["--version"]).status === 0;
const PASSWORD = "typed by nobody but this test";

/** Runs the command on a terminal and types an answer whenever its prompt shows up. */
async function onTerminal(
  place: Workspace,
  args: readonly string[],
  answers: readonly (readonly [prompt: RegExp, answer: string])[],
): Promise<{ code: number | null; screen: string }> {
  // A terminal made from a pipe has no width.
  const line = [
    "stty cols 120 rows 40; exec",
    ...[process.execPath, ...NODE_ARGUMENTS, ...args].map((word) => `'${word}'`),
  ].join(" ");
  const { KEYRAIL_PASSPHRASE_FILE: _none, ...env } = place.environment;
  const child = spawn("script", ["-qec", line, "/dev/null"], { cwd: place.folder, env: { ...env, TERM: "xterm" } });
  const waiting = [...answers];
  let screen = "";
  let seen = 0;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    screen += chunk;
    const [next] = waiting;
    if (next === undefined || !next[0].test(screen.slice(seen))) return;
    seen = screen.length;
    waiting.shift();
    child.stdin.write(next[1]);
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, screen };
}

it("asks for a new passphrase twice and for the known one once, and shows none", async (context) => {
  if (!hasScript) context.skip("script(1), which makes the terminal, is not installed");
  using place = new Workspace();
  const create = ["keys", "create", "--provider", "software:keys.sqlite", "--key-type", "Ed25519", "--label", "asked"];
  const made = await onTerminal(place, create, [
    [/A passphrase for the new key store/, `${PASSWORD}\r`],
    [/Once more/, `${PASSWORD}\r`],
  ]);
  expect(made.screen).toContain("Created an Ed25519 key.");
  expect(made.code).toBe(0);
  const list = await onTerminal(
    place,
    ["keys", "list", "--provider", "software:keys.sqlite"],
    [[/Passphrase of the key store/, `${PASSWORD}\r`]],
  );
  expect(list.screen).toContain("asked");
  for (const { screen } of [made, list]) expect(screen).not.toContain(PASSWORD);
});

it("Ctrl-C at the prompt ends with 130 and makes no store", async (context) => {
  if (!hasScript) context.skip("script(1), which makes the terminal, is not installed");
  using place = new Workspace();
  const create = ["keys", "create", "--provider", "software:keys.sqlite", "--key-type", "Ed25519", "--label", "asked"];
  const { code, screen } = await onTerminal(place, create, [[/A passphrase for the new key store/, "\u0003"]]);
  expect(code).toBe(130);
  expect(screen).toContain("Interrupted at the prompt; nothing was done.");
  expect(place.files).toEqual(["passphrase"]);
});
