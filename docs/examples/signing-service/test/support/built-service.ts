/** The service as it is deployed: built to one file, a process of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { build } from "tsdown";
import settings from "../../tsdown.config.ts";

const EXAMPLE = path.resolve(import.meta.dirname, "../..");

/** Builds the service beside its dependencies; the file is removed when this process ends. */
export async function buildService(): Promise<string> {
  const outDir = path.join(EXAMPLE, "node_modules", ".keyrail", `service-${process.pid}`);
  process.once("exit", () => rmSync(outDir, { recursive: true, force: true }));
  await build({ ...settings, config: false, cwd: EXAMPLE, outDir, logLevel: "silent" });
  return path.join(outDir, "main.js");
}

/** A process of the service. */
export class ServiceProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;
  /** All it wrote, standard output and error. */
  output = "";

  constructor(program: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, ["--conditions=keyrail-source", "--no-warnings", program, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], ...environment },
    });
    this.#exited = once(this.#child, "close").then(([code]) => code as number | null);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    }
  }

  /** The URL, once it listens. Rejects with what it wrote when it ends before. */
  async url(): Promise<string> {
    const { stdout } = this.#child;
    if (stdout === null) throw new Error("The process has no output.");
    const lines = createInterface({ input: stdout });
    for await (const line of lines) {
      const facts: unknown = JSON.parse(line);
      if (typeof facts === "object" && facts !== null && "listening" in facts) return String(facts.listening);
    }
    throw new Error(`The service ended before it listened: ${this.output}`);
  }

  /** Sends a signal. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The exit code, once it ended; `null` when a signal ended it. */
  exit(): Promise<number | null> {
    return this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}
