/** The shell blocks of the documentation that are marked `sh run`: run in order, page by page, with the real command. */

import { spawnSync } from "node:child_process";
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
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

/** `spawnSync` takes this as `spawn` does, though its types do not say so. */
const OWN_GROUP: object = { detached: true };

/** Ends what is left of a process group. */
function endGroup(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch (error) {
    const gone = error instanceof Error && "code" in error && error.code === "ESRCH";
    if (!gone) throw error;
  }
}

describe("shell blocks of the documentation", () => {
  it.for(pages)("$page", { timeout: 240_000 }, ({ blocks }, context) => {
    const uses = (name: string): boolean => blocks.some(({ text }) => text.includes(name));
    for (const name of missing) if (uses(name)) context.skip(`${name} is not installed`);
    const folder = mkdtempSync(path.join(tmpdir(), "keyrail-docs-"));
    // A block may leave a server running for the blocks after it: each block is a process group of its own.
    const groups: number[] = [];
    try {
      const programs = [["keyrail", path.join(root, "packages/cli/src/main.ts")]];
      if (uses("signing-service")) programs.push(["signing-service", buildExample()]);
      for (const [name = "", source] of programs) {
        const command = path.join(folder, name);
        writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" --conditions=keyrail-source "${source}" "$@"\n`);
        chmodSync(command, 0o755);
      }
      for (const { text, line } of blocks) {
        const { pid, status, stderr } = spawnSync("sh", ["-eu", "-c", text], {
          cwd: folder,
          encoding: "utf8",
          env: { PATH: `${folder}:${process.env["PATH"] ?? ""}`, HOME: folder, TMPDIR: folder },
          ...OWN_GROUP,
        });
        groups.push(pid);
        expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: "" });
      }
    } finally {
      for (const group of groups) endGroup(group);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
