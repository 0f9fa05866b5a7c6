/** The published vectors, read from outside the repository; absent on a plain clone. */

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { beforeEach, describe } from "vitest";

const folder = process.env["KEYRAIL_VECTORS"] ?? fileURLToPath(new URL("../../../../shared/vectors", import.meta.url));

const present = existsSync(path.join(folder, "MANIFEST.json"));

/** Declares tests that need the vectors; where these are absent, they are skipped and say why. */
export function withVectors(declare: () => void): void {
  describe("published vectors", () => {
    beforeEach(({ skip }) => {
      skip(!present, "The published vectors are not here: set KEYRAIL_VECTORS to their folder.");
    });
    declare();
  });
}

/** Bytes of a field that holds hex; none when it is absent. */
export function hex(field: unknown): Uint8Array {
  if (field !== undefined && typeof field !== "string") throw new Error("This field of a vector is not hex.");
  return new Uint8Array(Buffer.from(field ?? "", "hex"));
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
