import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { encodeBase64Url } from "@keyrail/core";
import type { WrittenFile } from "./file-writer.ts";

/** Length and digest of a file. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<WrittenFile> {
  const hash = createHash("sha256");
  let bytes = 0;
  const stream: AsyncIterable<Buffer> = createReadStream(path, signal === undefined ? {} : { signal });
  for await (const chunk of stream) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, digest: `sha-256:${encodeBase64Url(hash.digest())}` };
}
