/** Changes bytes of an evidence bundle one at a time, and checks it each time. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { verifyEvidence } from "../../src/index.ts";

/** What came of it. */
export interface ChangedBytes {
  readonly changed: number;
  /** Changes that were not noticed, or under another name. */
  readonly missed: readonly string[];
}

/**
 * Flips the lowest bit of bytes of every file, and puts it back.
 * @param step every how manieth byte of a file.
 */
export async function changeBytes(folder: string, step: (name: string) => number): Promise<ChangedBytes> {
  const missed: string[] = [];
  let changed = 0;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const content = readFileSync(path);
    for (let at = 0; at < content.length; at += step(name)) {
      const copy = Buffer.from(content);
      copy[at] = (copy[at] ?? 0) ^ 1;
      writeFileSync(path, copy);
      const { valid, problems } = await verifyEvidence(folder);
      // A manifest that was changed may name other digests than the files have.
      const named = problems.some(({ file }) => file === name || file === "manifest.json");
      if (valid || !named) missed.push(`byte ${at} of ${name}`);
      changed++;
    }
    writeFileSync(path, content);
  }
  return { changed, missed };
}
