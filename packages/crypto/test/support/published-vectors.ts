/** Published test vectors that lie outside the repository: found, checked, or skipped with the reason. */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

import { describe, it } from "vitest";
import type { z } from "zod";

const REPOSITORY = resolve(fileURLToPath(new URL("../../../..", import.meta.url)));

/** `KEYRAIL_VECTORS`, or `../shared/vectors` beside the repository. */
const VECTORS: string = process.env["KEYRAIL_VECTORS"] ?? resolve(REPOSITORY, "../shared/vectors");

/**
 * Declares tests over one vector file (`.json`, or `.json.gz`). Where the file is missing there is one test that is
 * skipped and says why; a file that is there but does not fit the schema fails.
 */
export function describeVectors<T>(file: string, schema: z.ZodType<T>, declare: (vectors: T) => void): void {
  describe(`vectors ${file}`, () => {
    const path = join(VECTORS, file);
    // oxlint-disable-next-line vitest/no-conditional-tests -- what there is to test is known only once the file is found
    if (!existsSync(path)) {
      // oxlint-disable-next-line vitest/expect-expect -- a skip that says why, so that a missing file is seen
      it("runs the published cases", ({ skip }) => {
        const reason = `${file} is not there: set KEYRAIL_VECTORS to the folder of published vectors`;
        process.stderr.write(`skipped: ${reason}\n`);
        skip(reason);
      });
      return;
    }
    const bytes = readFileSync(path);
    declare(schema.parse(JSON.parse((file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"))));
  });
}
