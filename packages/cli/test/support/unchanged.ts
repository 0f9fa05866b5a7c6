/** What is in a folder, to see that a command changed nothing of it. */

import { createHash } from "node:crypto";
import { globSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/**
 * The files below a folder with a digest of each. SQLite's own files beside a database are left out: opening a database
 * makes them, and they are gone or empty when nothing was written.
 */
export function snapshotOf(folder: string): Record<string, string> {
  const files = globSync("**/*", { cwd: folder, exclude: (name) => name === "tmp" }).toSorted();
  return Object.fromEntries(
    files
      .filter((file) => !/-(?:wal|shm)$/.test(file))
      .map((file) => {
        const whole = path.join(folder, file);
        if (!statSync(whole).isFile()) return [`${file}/`, "folder"];
        return [file, createHash("sha256").update(readFileSync(whole)).digest("base64url")];
      }),
  );
}
