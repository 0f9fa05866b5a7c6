/** Where the key files made by other people's tools are: beside the repository, or beside KEYRAIL_VECTORS. */

import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";

const repository = path.join(import.meta.dirname, "../../../..");
const vectors = process.env["KEYRAIL_VECTORS"];

/** The folder of the key files. */
export const SAMPLE_KEYS: string =
  vectors === undefined ? path.join(repository, "../shared/keys") : path.join(vectors, "../keys");

/** Whether the folder is there; where it is not, the tests of it say so as skipped. */
export const HAS_SAMPLE_KEYS: boolean = existsSync(SAMPLE_KEYS);

/** The password of every encrypted sample. */
export const SAMPLE_PASSWORD: Uint8Array = new TextEncoder().encode("keyrail-test");

export function sampleKey(name: string): Uint8Array {
  return new Uint8Array(readFileSync(path.join(SAMPLE_KEYS, name)));
}

/** Names of the samples with this ending. */
export function sampleNames(...endings: readonly string[]): string[] {
  if (!HAS_SAMPLE_KEYS) return [];
  return readdirSync(SAMPLE_KEYS).filter((name) => endings.some((ending) => name.endsWith(ending)));
}
