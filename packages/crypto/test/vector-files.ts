/** The published vectors, read from outside the repository; absent on a plain clone. */

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { test } from "vitest";

const folder = process.env["KEYRAIL_VECTORS"] ?? fileURLToPath(new URL("../../../../shared/vectors", import.meta.url));

/** Declares tests that need the vectors; where these are absent, one test that says why it is skipped. */
export function withVectors(declare: () => void): void {
  if (existsSync(path.join(folder, "MANIFEST.json"))) declare();
  else {
    test("published vectors", ({ skip }) => {
      skip("The published vectors are not here: set KEYRAIL_VECTORS to their folder.");
    });
  }
}

/** Bytes of a hex string; of nothing when it is absent. */
export function hex(text: string | undefined): Uint8Array {
  return new Uint8Array(Buffer.from(text ?? "", "hex"));
}

/** A file of the vectors as text, unpacked. */
export function readVectorText(name: string): string {
  const plain = path.join(folder, name);
  if (existsSync(plain)) return readFileSync(plain, "utf8");
  return gunzipSync(readFileSync(`${plain}.gz`)).toString("utf8");
}

/** One Wycheproof case; the fields depend on the file. */
export interface WycheproofCase {
  readonly tcId: number;
  readonly comment: string;
  readonly result: "valid" | "invalid" | "acceptable";
  readonly flags?: readonly string[];
  readonly [field: string]: unknown;
}

/** One Wycheproof group. */
export interface WycheproofGroup {
  readonly tests: readonly WycheproofCase[];
  readonly [field: string]: unknown;
}

/** The groups of a Wycheproof file; fails when there is no case in it. */
export function wycheproof(name: string): readonly WycheproofGroup[] {
  const file: { testGroups: readonly WycheproofGroup[] } = JSON.parse(readVectorText(`wycheproof/${name}.json`));
  if (file.testGroups.every((group) => group.tests.length === 0)) throw new Error(`${name} has no case.`);
  return file.testGroups;
}
