import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { encodeBase64Url } from "@keyrail/core";

/** Text gathered before it is written. */
const BATCH = 65_536;

/** What was written. */
export interface WrittenFile {
  readonly bytes: number;
  /** `sha-256:` and base64url. */
  readonly digest: string;
}

/** Writes one new file in pieces, and knows its length and digest at the end. */
export class FileWriter implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #hash = createHash("sha256");
  #batch = "";
  #bytes = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Makes the file; it must not be there. */
  static async create(path: string): Promise<FileWriter> {
    return new FileWriter(await open(path, "wx"));
  }

  /** Adds a text. */
  async write(text: string): Promise<void> {
    this.#batch += text;
    if (this.#batch.length >= BATCH) await this.#flush();
  }

  /** Adds a line and a line feed. */
  line(text: string): Promise<void> {
    return this.write(`${text}\n`);
  }

  /** Brings everything to the disk. */
  async finish(): Promise<WrittenFile> {
    await this.#flush();
    await this.#handle.sync();
    return { bytes: this.#bytes, digest: `sha-256:${encodeBase64Url(this.#hash.digest())}` };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#handle.close();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.from(this.#batch);
    this.#batch = "";
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    await this.#handle.writeFile(bytes);
  }
}
