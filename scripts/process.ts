/** Runs a program and keeps what it printed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import path from "node:path";

/** The folder of the repository. */
export const root: string = path.dirname(import.meta.dirname);

/** How to run a program. */
export interface RunOptions {
  /** The folder it runs in; the repository by default. */
  cwd?: string;
  /** Added to the environment of this process. */
  env?: NodeJS.ProcessEnv;
  /** Let it write to this process's own output; then `output` stays empty. */
  stream?: boolean;
}

/** The end of a program: its exit code (1 where a signal ended it) and all it printed. */
export interface RunResult {
  code: number;
  output: string;
  /** Standard output alone, for programs that answer in a format. */
  stdout: string;
}

/** Programs of node_modules/.bin that are wrapper scripts start the Node.js that PATH names first: ours, version 26. */
const binFolder = path.join(root, "node_modules/.bin");

const running = new Set<ChildProcess>();

// Whoever stops this process stops what it started.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    for (const child of running) child.kill(signal);
    process.exit(128 + constants.signals[signal]);
  });
}

/** Runs `program` to its end. Rejects only when it cannot be started. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = spawn(program, args, {
    cwd: options.cwd ?? root,
    stdio: options.stream === true ? "inherit" : ["ignore", "pipe", "pipe"],
    env: { ...process.env, PATH: `${binFolder}${path.delimiter}${process.env["PATH"] ?? ""}`, ...options.env },
  });
  running.add(child);
  child.once("close", () => running.delete(child));
  let stdout = "";
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    output += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await once(child, "close");
  return { code: child.exitCode ?? 1, output, stdout };
}

/** The Node.js binaries the packages promise to work on: the oldest supported 22, 24, and 26 (the one in use). */
export const nodeBinaries: readonly string[] = ["node22", "node24", "node"].map((name) =>
  path.join(root, "node_modules", name, "bin/node"),
);
