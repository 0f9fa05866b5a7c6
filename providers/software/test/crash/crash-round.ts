/** Kills a writing process and checks what its store holds: every acknowledged write, whole. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { KeyRecord } from "@keyrail/core";
import { openSoftwareProvider, type SoftwareProvider } from "@keyrail/software";
import { crashKeyEncryptionKey, type LogLine } from "./log.ts";

const WRITER = fileURLToPath(new URL("writer.ts", import.meta.url));

/** What one round found. */
export interface CrashRound {
  /** Milliseconds between the child's first word and its death. */
  readonly killedAfterMs: number;
  /** Keys acknowledged in this round, and keys in the store after it, from all rounds. */
  readonly acknowledged: number;
  readonly held: number;
  /** Sentences; empty when all is well. */
  readonly faults: readonly string[];
}

/** What is known of one key. */
interface Expected {
  readonly thumbprint: string | undefined;
  labels: readonly string[];
  mayBeGone: boolean;
  gone: boolean;
  /** Whether an operation was tried with it. */
  used: boolean;
}

/** Crash rounds over one store: each continues where the killed one before it left off. */
export class CrashRounds {
  readonly #store: string;
  readonly #log: string;
  readonly #expected = new Map<string, Expected>();
  #read = 0;

  constructor(folder: string) {
    this.#store = join(folder, "keys.sqlite");
    this.#log = join(folder, "writer.log");
  }

  /** Starts a writer, kills it `delayMs` after it has begun to write, and checks the store. */
  async run(seed: number, delayMs: number): Promise<CrashRound> {
    const child = spawn(
      process.execPath,
      ["--conditions=keyrail-source", "--no-warnings", WRITER, this.#store, this.#log, `${seed}`],
      {
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    let complaints = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
    await this.#hasBegun(child);
    await wait(delayMs);
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
    const faults = complaints === "" ? [] : [`The writer complained: ${complaints}`];
    const acknowledged = this.#learn();
    const held = await this.#check(faults);
    return { killedAfterMs: delayMs, acknowledged, held, faults };
  }

  async #hasBegun(child: ChildProcess): Promise<void> {
    while (child.exitCode === null && this.#lines().length <= this.#read) await wait(2);
  }

  #lines(): string[] {
    if (!existsSync(this.#log)) return [];
    // The last piece is empty, or a line that the writer did not finish.
    return readFileSync(this.#log, "utf8").split("\n").slice(0, -1);
  }

  /** Reads the new lines of the log; gives how many keys were acknowledged. */
  #learn(): number {
    const lines = this.#lines();
    const fresh = lines.slice(this.#read);
    this.#read = lines.length;
    let acknowledged = 0;
    for (const text of fresh) {
      const line: LogLine = JSON.parse(text);
      if ("done" in line && line.done === "open") continue;
      if ("done" in line && line.done === "create") {
        this.#expected.set(line.id, {
          thumbprint: line.thumbprint,
          labels: [line.label],
          mayBeGone: false,
          gone: false,
          used: false,
        });
        acknowledged++;
        continue;
      }
      const key = this.#expected.get(line.id);
      if (key === undefined) throw new Error("The log speaks of a key that was not made.");
      if ("begun" in line) {
        if (line.begun === "rename") key.labels = [...key.labels, line.label];
        else key.mayBeGone = true;
      } else if (line.done === "rename") key.labels = [line.label];
      else key.gone = true;
    }
    return acknowledged;
  }

  async #check(faults: string[]): Promise<number> {
    const provider = await openSoftwareProvider({
      store: { kind: "sqlite", path: this.#store, keyEncryptionKey: crashKeyEncryptionKey, create: false },
    });
    try {
      const held = new Map<string, KeyRecord>();
      for await (const record of provider.catalog?.list() ?? []) held.set(record.id, record);
      for (const [id, key] of this.#expected) {
        const record = held.get(id);
        checkKey(id, key, record, faults);
        // Listing has opened every seal; using the key as well is done once for each.
        if (record === undefined || key.used) continue;
        key.used = true;
        if (!(await works(provider, record))) faults.push(`The key ${id} does not work.`);
      }
      return held.size;
    } catch (error) {
      faults.push(`The store does not list: ${String(error)}`);
      return 0;
    } finally {
      await provider.close();
    }
  }
}

function checkKey(id: string, key: Expected, record: KeyRecord | undefined, faults: string[]): void {
  if (record === undefined) {
    if (!key.gone && !key.mayBeGone) faults.push(`The acknowledged key ${id} is lost.`);
    // A removal whose answer was lost is settled now.
    key.gone = true;
    return;
  }
  if (key.gone) faults.push(`The removed key ${id} is back.`);
  if (!key.labels.includes(record.label)) faults.push(`The key ${id} has the label ${record.label}.`);
  key.labels = [record.label];
  key.mayBeGone = false;
  if (record.publicKey?.thumbprint() !== key.thumbprint) faults.push(`The key ${id} has another public key.`);
}

async function works(provider: SoftwareProvider, { uri: key, keyType }: KeyRecord): Promise<boolean> {
  const message = Uint8Array.of(1, 2, 3);
  if (keyType === "AES-256") {
    const sealed = await provider.cipher?.encrypt({ key, algorithm: "A256GCM", plaintext: message });
    if (sealed === undefined) return false;
    const opened = await provider.cipher?.decrypt({ key, algorithm: "A256GCM", ...sealed });
    return Buffer.compare(opened ?? new Uint8Array(0), message) === 0;
  }
  const algorithm = keyType === "P-256" ? "ES256" : keyType === "Ed25519" ? "Ed25519" : "ML-DSA-44";
  const made = await provider.signer?.sign({ key, algorithm, message });
  if (made === undefined) return false;
  return (await provider.verifier?.verify({ key, algorithm, message, signature: made.signature })) ?? false;
}
