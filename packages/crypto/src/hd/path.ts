/** Derivation paths: `m/44'/0'/0` and the numbers they stand for (BIP-32). */

import { KeyrailError } from "@keyrail/core";

import { invalidRequest } from "../errors.ts";

/** Added to an index to make it hardened: 2^31. */
export const HARDENED = 0x8000_0000;

/** How many levels an extended key can be deep. */
const MAXIMUM_DEPTH = 255;

const ELEMENT = /^(0|[1-9]\d{0,9})(['hH]?)$/;

/** A path as text, or as the child numbers themselves (hardened ones 2^31 or more). */
export type DerivationPath = string | readonly number[];

/**
 * Reads a path: `m`, or `m/` and indices below 2^31 separated by `/`, hardened by `'`, `h` or `H` after them.
 *
 * @returns the child numbers, hardened ones with 2^31 added.
 * @throws KeyrailError `InvalidRequest` for anything else, spaces and leading zeros included; `LimitExceeded` for more
 *   than 255 levels.
 */
export function parsePath(path: DerivationPath): readonly number[] {
  const numbers = typeof path === "string" ? parseText(path) : path;
  if (numbers.length > MAXIMUM_DEPTH) {
    throw new KeyrailError("LimitExceeded", `A derivation path has at most ${MAXIMUM_DEPTH} levels.`, {
      limit: "derivation path levels",
      maximum: MAXIMUM_DEPTH,
      actual: numbers.length,
    });
  }
  if (!numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 2 * HARDENED)) throw malformed();
  return numbers;
}

/**
 * Writes a path, hardened indices with `'`.
 *
 * @throws KeyrailError as {@link parsePath}.
 */
export function formatPath(numbers: readonly number[]): string {
  const elements = parsePath(numbers).map((number) => (isHardened(number) ? `${number - HARDENED}'` : `${number}`));
  return ["m", ...elements].join("/");
}

/** Whether a child number is a hardened one. */
export function isHardened(childNumber: number): boolean {
  return childNumber >= HARDENED;
}

function parseText(path: string): number[] {
  const [root, ...elements] = path.split("/");
  if (root !== "m") throw malformed();
  return elements.map((element) => {
    const [, digits, mark] = ELEMENT.exec(element) ?? [];
    const index = Number(digits);
    if (digits === undefined || index >= HARDENED) throw malformed();
    return mark === "" ? index : index + HARDENED;
  });
}

function malformed(): KeyrailError {
  return invalidRequest(
    "A derivation path is written m/44'/0'/0: indices below 2147483648, ' or h for hardened.",
    "path",
  );
}
