/**
 * A copy with the same steps and checks as the executor's, on `node:crypto` and `node:sqlite` alone: no port, no schema, no
 * plan. It can't resume, and stops at the first error; what is measured against it is what all of that costs.
 */

import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  type CipherGCM,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { z } from "zod";

/** Keys per transaction. */
const BATCH = 500;
const KEY_ENCRYPTION_KEY = new Uint8Array(32).fill(7);

const blob = z.instanceof(Uint8Array);
const rowSchema = z.object({ id: z.string(), type: z.string(), facts: z.string(), spki: blob, iv: blob, sealed: blob });

function openTable(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec("pragma journal_mode = wal; pragma synchronous = full");
  database.exec(`create table if not exists key
    (id text primary key, type text, facts text, spki blob, iv blob, sealed blob) without rowid`);
  return database;
}

function insertInto(database: DatabaseSync): StatementSync {
  return database.prepare("insert into key values (?, ?, ?, ?, ?, ?)");
}

/** AES-256-GCM; the tag follows the ciphertext. */
function seal(der: Uint8Array): { readonly iv: Uint8Array; readonly sealed: Uint8Array } {
  const iv = randomBytes(12);
  const cipher: CipherGCM = createCipheriv("aes-256-gcm", KEY_ENCRYPTION_KEY, iv);
  return { iv, sealed: Buffer.concat([cipher.update(der), cipher.final(), cipher.getAuthTag()]) };
}

function unseal(iv: Uint8Array, sealed: Uint8Array): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", KEY_ENCRYPTION_KEY, iv);
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

function spkiOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: "der", type: "spki" });
}

/** Makes the source: half Ed25519, half P-256. */
export function fillPrimitives(folder: string, count: number): void {
  using source = openTable(join(folder, "source.sqlite"));
  const insert = insertInto(source);
  source.exec("begin");
  for (let number = 0; number < count; number++) {
    const type = number % 2 === 0 ? "Ed25519" : "P-256";
    const { privateKey, publicKey } =
      type === "P-256" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("ed25519");
    const { iv, sealed } = seal(privateKey.export({ format: "der", type: "pkcs8" }));
    const id = `01a1fe1e-f3ad-70c3-9959-${String(number).padStart(12, "0")}`;
    const facts = JSON.stringify({ usages: ["sign", "verify"], label: `key ${number}`, extractable: true });
    insert.run(id, type, facts, spkiOf(publicKey), iv, sealed);
  }
  source.exec("commit");
}

/** Unwraps, imports, compares, wraps, writes, reads again, signs and verifies, and notes it in a journal. @returns how many keys. */
export function copyPrimitives(folder: string): number {
  using source = openTable(join(folder, "source.sqlite"));
  using target = openTable(join(folder, "target.sqlite"));
  using journal = new DatabaseSync(join(folder, "journal.sqlite"));
  journal.exec("pragma journal_mode = wal; pragma synchronous = full");
  journal.exec("create table copied (source text primary key, target text, spki text, proof text) without rowid");
  const insert = insertInto(target);
  const read = target.prepare("select * from key where id = ?");
  const note = journal.prepare("insert into copied values (?, ?, ?, ?)");
  const both = (statement: "begin" | "commit"): void => {
    target.exec(statement);
    journal.exec(statement);
  };
  let keys = 0;
  both("begin");
  for (const found of source.prepare("select * from key").iterate()) {
    const { id, type, facts, spki, iv, sealed } = rowSchema.parse(found);
    const der = unseal(iv, sealed);
    const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    if (!spkiOf(createPublicKey(privateKey)).equals(spki)) throw new Error("Another key.");
    const wrapped = seal(der);
    der.fill(0);
    insert.run(id, type, facts, spki, wrapped.iv, wrapped.sealed);
    const copied = Buffer.from(rowSchema.parse(read.get(id)).spki);
    if (!copied.equals(spki)) throw new Error("Another key.");
    const message = Buffer.from(`copied ${id} ${randomBytes(16).toString("base64url")}`);
    const hash = type === "P-256" ? "sha256" : null;
    const signature = sign(hash, message, privateKey);
    const publicKey = createPublicKey({ key: copied, format: "der", type: "spki" });
    if (!verify(hash, message, publicKey, signature)) throw new Error("The copy does not sign.");
    const proof = { message: message.toString("base64url"), signature: signature.toString("base64url") };
    note.run(id, id, copied.toString("base64url"), JSON.stringify(proof));
    keys += 1;
    if (keys % BATCH === 0) {
      both("commit");
      both("begin");
    }
  }
  both("commit");
  return keys;
}
