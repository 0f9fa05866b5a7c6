/** The shell blocks of the documentation that are marked `sh run`: run in order, page by page, with the real command. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text as textOf } from "node:stream/consumers";
import { describe, expect, it, type TestContext } from "vitest";
import { z } from "zod";
import { postgresqlUri } from "../../test/postgresql.ts";
import { codeBlocks } from "./markdown.ts";
import { root } from "../process.ts";

const pages = globSync("docs/{,guides/}*.md", { cwd: root })
  .map((page) => ({
    page,
    blocks: codeBlocks(readFileSync(path.join(root, page), "utf8")).filter(
      ({ language, flags }) => language === "sh" && flags.includes("run"),
    ),
  }))
  .filter(({ blocks }) => blocks.length > 0);
/** Programs of the machine that pages use, and that a machine may not have. */
const missing = ["openssl", "curl"].filter((name) => spawnSync(name, ["version"]).error !== undefined);

/** The example service, built as its page says: Node.js runs none of its decorators. */
function buildExample(): string {
  const folder = path.join(root, "docs/examples/signing-service");
  const { status, stdout, stderr } = spawnSync("npx", ["tsdown"], { cwd: folder, encoding: "utf8" });
  expect({ status, output: status === 0 ? "" : `${stdout}${stderr}` }).toEqual({ status: 0, output: "" });
  return path.join(folder, "dist/main.js");
}

/** How a block ended. */
interface Ended {
  readonly status: number | null;
  readonly stderr: string;
}

/** Runs a block in a process group of its own, whose number `began` is given. */
async function runBlock(
  script: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
  began: (group: number) => void,
): Promise<Ended> {
  const stdio = ["ignore", "ignore", "pipe"] as const;
  const child = spawn("sh", ["-eu", "-c", script], { cwd, env, stdio: [...stdio], detached: true });
  if (child.pid !== undefined) began(child.pid);
  const closed = once(child, "close");
  const stderr = await textOf(child.stderr);
  const [status] = z
    .tuple([z.int().nullable()])
    .rest(z.unknown())
    .parse(await closed);
  return { status, stderr };
}

/** Ends what is left of a process group. */
function endGroup(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch (error) {
    const gone = error instanceof Error && "code" in error && error.code === "ESRCH";
    if (!gone) throw error;
  }
}

/** The variables of a page's blocks; skips the page where it needs a database and there is none. */
async function environmentOf(
  folder: string,
  uses: (name: string) => boolean,
  context: TestContext,
): Promise<Readonly<Record<string, string>>> {
  return {
    PATH: `${folder}:${process.env["PATH"] ?? ""}`,
    HOME: folder,
    TMPDIR: folder,
    // Hundreds of starts: the sources are compiled once.
    NODE_COMPILE_CACHE: path.join(root, ".keyrail/compile-cache"),
    ...(uses("$DATABASE") ? { DATABASE: await postgresqlUri(context) } : {}),
  };
}

// Pages wait more than they work, for servers that start and stop: they run beside each other.
describe.concurrent("shell blocks of the documentation", () => {
  it.for(pages)("$page", { timeout: 240_000 }, async ({ blocks }, context) => {
    const uses = (name: string): boolean => blocks.some(({ text }) => text.includes(name));
    for (const name of missing) if (uses(name)) context.skip(`${name} is not installed`);
    const folder = mkdtempSync(path.join(tmpdir(), "keyrail-docs-"));
    // A block may leave a server running for the blocks after it: each block is a process group of its own.
    const groups: number[] = [];
    try {
      const environment = await environmentOf(folder, uses, context);
      const programs = [["keyrail", path.join(root, "packages/cli/src/main.ts")]];
      if (uses("signing-service")) programs.push(["signing-service", buildExample()]);
      for (const [name = "", source] of programs) {
        const command = path.join(folder, name);
        writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" --conditions=keyrail-source "${source}" "$@"\n`);
        chmodSync(command, 0o755);
      }
      for (const { text, line } of blocks) {
        const ended = await runBlock(text, folder, environment, (group) => groups.push(group));
        expect({ line, ...ended }).toEqual({ line, status: 0, stderr: "" });
      }
    } finally {
      for (const group of groups) endGroup(group);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
