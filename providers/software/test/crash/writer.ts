/**
 * The child of a crash round: writes to a store as fast as it can until it is killed. Before and after each write it
 * says so in a log file, which the kernel keeps when the process dies.
 *
 * Arguments: store path, log path, seed.
 */

import { openSync, writeSync } from "node:fs";
import type { KeyRecord } from "@keyrail/core";
import { openSoftwareProvider } from "@keyrail/software";
import { crashKeyEncryptionKey, type LogLine, randomNumbers } from "./log.ts";

const [, , path = "", logPath = "", seed = "0"] = process.argv;
const log = openSync(logPath, "a");
const random = randomNumbers(Number(seed));
const provider = await openSoftwareProvider({
  store: { kind: "sqlite", path, keyEncryptionKey: crashKeyEncryptionKey },
});
const { catalog } = provider;
if (catalog === undefined) throw new Error("The software provider has a catalog.");

function say(line: LogLine): void {
  writeSync(log, `${JSON.stringify(line)}\n`);
}

const TYPES = ["Ed25519", "P-256", "AES-256", "ML-DSA-44"] as const;
const made: KeyRecord[] = [];
let count = 0;

async function create(): Promise<void> {
  const keyType = TYPES[Math.floor(random() * TYPES.length)] ?? "Ed25519";
  const label = `${seed}-${count++}`;
  const usages = keyType === "AES-256" ? (["encrypt"] as const) : (["sign", "verify"] as const);
  const record = await provider.keys.create(
    { keyType, usages, label },
    random() < 0.5 ? { idempotencyKey: label } : {},
  );
  say({ done: "create", id: record.id, label, thumbprint: record.publicKey?.thumbprint() });
  made.push(record);
}

async function change(): Promise<void> {
  const [record] = made.splice(Math.floor(random() * made.length), 1);
  if (record === undefined) return create();
  const { id, uri } = record;
  if (random() < 0.5) {
    const label = `${record.label}-renamed`;
    say({ begun: "rename", id, label });
    await catalog?.rename({ key: uri, label });
    say({ done: "rename", id, label });
  } else {
    say({ begun: "remove", id });
    await catalog?.remove(uri);
    say({ done: "remove", id });
  }
}

/** One of several writers in flight. */
async function run(): Promise<never> {
  for (;;) await (random() < 0.75 ? create() : change());
}

say({ done: "open" });
await Promise.all(Array.from({ length: 1 + Math.floor(random() * 16) }, run));
