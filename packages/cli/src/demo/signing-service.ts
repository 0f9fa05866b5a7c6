/** The example service of docs/examples/signing-service, built and run as a process of its own, and a caller of it. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createPublicKey, verify as nodeVerify } from "node:crypto";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { z } from "zod";
import type { TourPlace } from "./tour-place.ts";

const run = promisify(execFile);

/** A signature as the service answers. */
export interface ServiceSignature {
  /** base64url. */
  readonly signature: string;
  /** Version of the alias whose key signed. */
  readonly version: number;
  /** Key URI. */
  readonly key: string;
  /** JWK. */
  readonly publicKey: Readonly<Record<string, unknown>>;
}

/** What the service says of a signature. */
export interface ServiceVerdict {
  readonly valid: boolean;
  readonly version?: number | undefined;
}

const readySchema: z.ZodType<{ listening: string }> = z.looseObject({ listening: z.url() });
const signedSchema: z.ZodType<ServiceSignature> = z.looseObject({
  signature: z.string(),
  version: z.number(),
  key: z.string(),
  publicKey: z.record(z.string(), z.unknown()),
});
const verdictSchema: z.ZodType<ServiceVerdict> = z.looseObject({
  valid: z.boolean(),
  version: z.number().optional(),
});

/** The service while it runs. */
export class SigningService implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #built: string;
  readonly url: string;

  private constructor(child: ChildProcess, built: string, url: string) {
    this.#child = child;
    this.#built = built;
    this.url = url;
  }

  /**
   * Builds the service and starts it on a free port.
   * @param keyrail providers and registry, as the command's configuration file has them.
   */
  static async start({ root, scratch, signal }: TourPlace, keyrail: object, folder: string): Promise<SigningService> {
    const example = join(root, "docs/examples/signing-service");
    // Node.js runs no decorators. The file stands where it finds what it depends on.
    const built = join(example, "node_modules/.keyrail", `tour-${process.pid}`);
    const tsdown = join(example, "node_modules/.bin/tsdown");
    await run(tsdown, ["--out-dir", built, "--log-level", "error"], { cwd: example, signal });
    const configuration = join(folder, "signing-service.json");
    const settings = { listen: { port: 0 }, logLevel: "silent", keyrail };
    await writeFile(configuration, `${JSON.stringify(settings, undefined, 2)}\n`);
    const child = spawn(
      process.execPath,
      ["--conditions=keyrail-source", "--no-warnings", join(built, "main.js"), configuration],
      { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, TMPDIR: scratch } },
    );
    process.once("exit", () => child.kill("SIGKILL"));
    try {
      return new SigningService(child, built, await listening(child));
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  /** What the service answers when it is asked to sign under an alias with Ed25519. */
  async sign(alias: string, message: string): Promise<ServiceSignature> {
    return signedSchema.parse(await this.#post(alias, "sign", { message: encoded(message) }));
  }

  /** Whether a signature is one of the alias, and which version of it signed. */
  async verify(alias: string, message: string, signature: string): Promise<ServiceVerdict> {
    return verdictSchema.parse(await this.#post(alias, "verify", { message: encoded(message), signature }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const closed = once(this.#child, "close");
      this.#child.kill("SIGTERM");
      await closed;
    }
    await rm(this.#built, { recursive: true, force: true });
  }

  async #post(alias: string, what: string, body: object): Promise<unknown> {
    const response = await fetch(new URL(`/keys/${encodeURIComponent(alias)}/${what}`, this.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ algorithm: "Ed25519", ...body }),
    });
    if (!response.ok) throw new Error(`The signing service answered ${response.status}: ${await response.text()}`);
    return response.json();
  }
}

/** Whether the signature is right under the public key the answer gives, by Node.js alone. */
export function isRight(message: string, { signature, publicKey }: ServiceSignature): boolean {
  const key = createPublicKey({ key: publicKey, format: "jwk" });
  return nodeVerify(null, Buffer.from(message), key, Buffer.from(signature, "base64url"));
}

function encoded(text: string): string {
  return Buffer.from(text).toString("base64url");
}

async function listening({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error("The signing service has no output.");
  for await (const line of createInterface({ input: stdout })) return readySchema.parse(JSON.parse(line)).listening;
  throw new Error("The signing service ended before it listened.");
}
