/** Reads the published vectors, which lie outside the repository. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import * as z from "zod/mini";

/** `KEYRAIL_VECTORS`, or `../shared/vectors` beside the repository. */
export const VECTOR_FOLDER: string =
  process.env["KEYRAIL_VECTORS"] ?? fileURLToPath(new URL("../../../../../shared/vectors", import.meta.url));

/** Whether the vectors are here. */
export const hasVectors: boolean = existsSync(join(VECTOR_FOLDER, "MANIFEST.json"));

/** One case of a Wycheproof file; further members depend on the file. */
export interface VectorCase {
  readonly tcId: number;
  readonly result: "valid" | "invalid" | "acceptable";
  readonly [member: string]: unknown;
}

/** One group of a Wycheproof file; further members depend on the file. */
export interface VectorGroup {
  readonly tests: readonly VectorCase[];
  readonly [member: string]: unknown;
}

const wycheproofSchema: z.ZodMiniType<{ readonly testGroups: readonly VectorGroup[] }> = z.object({
  testGroups: z.array(
    z.looseObject({
      tests: z.array(z.looseObject({ tcId: z.number(), result: z.enum(["valid", "invalid", "acceptable"]) })),
    }),
  ),
});

/** The text of a file, unpacked. */
export function readText(name: string): string {
  const path = join(VECTOR_FOLDER, name);
  return existsSync(path) ? readFileSync(path, "utf8") : gunzipSync(readFileSync(`${path}.gz`)).toString("utf8");
}

/** A JSON file, checked. */
export function readJson<T>(name: string, schema: z.ZodMiniType<T>): T {
  return schema.parse(JSON.parse(readText(name)));
}

/** The groups of a Wycheproof file; fails when it has no case. */
export function wycheproof(name: string): readonly VectorGroup[] {
  const { testGroups } = readJson(`wycheproof/${name}.json`, wycheproofSchema);
  if (testGroups.every(({ tests }) => tests.length === 0)) throw new Error(`${name} has no case.`);
  return testGroups;
}

/** Bytes of a member in hex; an absent one has none. */
export function hex(member: unknown): Uint8Array {
  if (member !== undefined && typeof member !== "string") throw new Error("This member of a vector is not hex.");
  return new Uint8Array(Buffer.from(member ?? "", "hex"));
}

/** A member of a member, in hex. */
export function innerHex(member: unknown, name: string): Uint8Array {
  if (typeof member !== "object" || member === null || !(name in member)) throw new Error(`${name} is missing.`);
  return hex(Object.entries(member).find(([key]) => key === name)?.[1]);
}
