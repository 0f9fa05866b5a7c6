/**
 * The audit log: one text file per power-up, records authenticated with a key of the file that the
 * device signs (fact sheet, section 7).
 */

import { ed25519 } from "@noble/curves/ed25519.js";

import { encodeBase64Url, utf8 } from "../bytes.ts";
import { hmacSha256 } from "../session/jws.ts";

/** Record types (decimal, as in the fact sheet). */
export const LOG_TYPES = {
  keyInit: 0,
  startup: 1,
  reboot: 2,
  shutdown: 3,
  upgrade: 4,
  selftestPassed: 7,
  unsafeState: 8,
  logListed: 9,
  logRead: 11,
  scopeRefused: 12,
  localLogin: 13,
  externalLogin: 14,
  paired: 15,
  configChanged: 18,
  clockSet: 19,
  keyGenerated: 20,
  keyDeleted: 21,
  keyImported: 22,
  keyUsed: 23,
  integrityError: 24,
  attributesChanged: 25,
  keyDerived: 26,
  initialised: 29,
  hmacMade: 30,
  hmacVerified: 31,
  signed: 32,
  signatureVerified: 33,
  wrapped: 34,
  unwrapped: 35,
  encrypted: 36,
  decrypted: 37,
  agreed: 38,
  encapsulated: 39,
  decapsulated: 40,
  mldsaSigned: 41,
  mldsaVerified: 42,
} as const;

/** Outcome of a record. */
export const LOG_RESULTS = { ok: 0, failed: 1, error: 2 } as const;

/** One log file, as kept in the state. */
export interface LogFile {
  /** Power-up time, 8 hex digits. */
  readonly id: string;
  readonly text: string;
}

interface OpenLog {
  readonly id: string;
  readonly key: Uint8Array;
  readonly lines: string[];
  sequence: number;
}

/** The log of one device. */
export class AuditLog {
  readonly #signingKey: Uint8Array;
  readonly #firmware: string;
  readonly #closed: LogFile[] = [];
  #open: OpenLog | undefined;

  /** @param signingKey Ed25519 seed of the device; its public key is `eid_sign`. */
  constructor(signingKey: Uint8Array, firmware: string) {
    this.#signingKey = signingKey;
    this.#firmware = firmware;
  }

  /** Ids of all files, the current boot's last. */
  ids(): readonly string[] {
    return [...this.#closed.map((file) => file.id), ...(this.#open === undefined ? [] : [this.#open.id])];
  }

  /** Id of the file being written. */
  get currentId(): string | undefined {
    return this.#open?.id;
  }

  /** Text of a closed file. */
  read(id: string): string | undefined {
    return this.#closed.find((file) => file.id === id)?.text;
  }

  /** Every file, the current one included, for the state file. */
  files(): readonly LogFile[] {
    return [...this.#closed, ...this.#openAsFile()];
  }

  /** Puts back closed files of earlier runs. */
  restore(files: readonly LogFile[]): void {
    this.#closed.push(...files);
  }

  /** Closes the current file and starts the next one, with the key record and the start-up record. */
  start(seconds: number, key: Uint8Array): void {
    this.close();
    let id = hex8(seconds);
    for (let next = seconds + 1; this.#closed.some((file) => file.id === id); next += 1) id = hex8(next);
    this.#open = { id, key, lines: [`# ${this.#firmware} log ${id}`], sequence: 0 };
    const signature = ed25519.sign(key, this.#signingKey);
    this.append(seconds, LOG_TYPES.keyInit, LOG_RESULTS.ok, encodeBase64Url(key), encodeBase64Url(signature));
    this.append(seconds, LOG_TYPES.startup, LOG_RESULTS.ok, "", "");
  }

  /** Closes the current file: it becomes readable. */
  close(): void {
    this.#closed.push(...this.#openAsFile());
    this.#open = undefined;
  }

  /** Appends a record. `actor` is the token's subject, `data` a kid or another public datum. */
  append(seconds: number, type: number, result: number, actor: string, data: string): void {
    const open = this.#open;
    if (open === undefined) return;
    const clean = [actor, data].map((field) => field.replace(/[|\r\n]/g, " ")).join("|");
    const line = `${open.sequence}|${hex8(seconds)}|${type.toString(16)}|${result}|${clean}|`;
    open.sequence += 1;
    open.lines.push(`${line}${encodeBase64Url(hmacSha256(open.key, utf8(line)).subarray(0, 16))}`);
  }

  /** Erases every closed file. */
  erase(): void {
    this.#closed.length = 0;
  }

  #openAsFile(): LogFile[] {
    const open = this.#open;
    return open === undefined ? [] : [{ id: open.id, text: open.lines.map((line) => `${line}\r\n`).join("") }];
  }
}

function hex8(seconds: number): string {
  return (seconds >>> 0).toString(16).padStart(8, "0");
}
