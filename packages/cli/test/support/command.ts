/** The real command as a child process, and a folder to work in. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openSoftwareProvider } from "@keyrail/software";

/** How a run of the command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run it. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
}

const source = path.resolve(import.meta.dirname, "../../src/main.ts");

/** The arguments of Node.js before those of the command. */
export const NODE_ARGUMENTS: readonly string[] = ["--conditions=keyrail-source", source];

/** The passphrase of every store of the tests. */
export const PASSPHRASE = "a passphrase of the command's tests";

/** A folder of its own with a passphrase file; gone when disposed. */
export class Workspace implements Disposable {
  readonly folder: string = mkdtempSync(path.join(tmpdir(), "keyrail-cli-"));

  constructor() {
    this.write("passphrase", `${PASSPHRASE}\n`);
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  /** Writes a file that this user alone can read; gives its path. */
  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.file(name), content);
    chmodSync(this.file(name), 0o600);
    return this.file(name);
  }

  get files(): string[] {
    return readdirSync(this.folder).toSorted();
  }

  /**
   * A store that costs next to nothing to open, for tests that open it often: opening takes the cost the store was made
   * with. Gives its provider URI.
   */
  async quickStore(name = "keys.sqlite"): Promise<string> {
    const passphrase = new TextEncoder().encode(PASSPHRASE);
    const argon2id = { memory: 8, passes: 1, parallelism: 1 };
    const store = {
      kind: "sqlite",
      path: this.file(name),
      keyEncryptionKey: { passphrase, argon2id },
    } as const;
    await using provider = await openSoftwareProvider({ store });
    return provider.uri;
  }

  get environment(): Record<string, string> {
    return {
      PATH: process.env["PATH"] ?? "",
      HOME: this.folder,
      KEYRAIL_PASSPHRASE_FILE: this.file("passphrase"),
      // Hundreds of starts: the sources are compiled once.
      NODE_COMPILE_CACHE: path.resolve(source, "../../../../.keyrail/compile-cache"),
    };
  }

  /** Starts the command. */
  start(args: readonly string[], options: RunOptions = {}): ChildProcessWithoutNullStreams {
    const env = Object.fromEntries(
      Object.entries({ ...this.environment, ...options.env }).filter(([, value]) => value !== undefined),
    );
    return spawn(process.execPath, [...NODE_ARGUMENTS, ...args], { cwd: options.cwd ?? this.folder, env });
  }

  /** Runs the command to its end. */
  run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const child = this.start(args, options);
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input);
    return ended(child);
  }

  /** Runs the command, which must succeed, with `--json`; gives the document. */
  async json(args: readonly string[], options: RunOptions = {}): Promise<unknown> {
    const { code, stdout, stderr } = await this.run([...args, "--json"], options);
    if (code !== 0) throw new Error(`keyrail ${args.join(" ")} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Everything a child printed, and its exit code. */
export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, stdout, stderr };
}
