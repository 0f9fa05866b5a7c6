/** Wrong input to a command: what it must answer with. */

import { expect } from "vitest";
import { snapshotOf } from "./unchanged.ts";
import type { Workspace } from "./command.ts";

/** What is typed after `keyrail`, the exit code, what the one sentence says, and variables. */
export type WrongInput = readonly [args: readonly string[], code: number, says: RegExp, env?: Record<string, string>];

/** The cases as a table of tests has them. */
export function casesOf(
  inputs: readonly WrongInput[],
): readonly (readonly [readonly string[], number, RegExp, Record<string, string>])[] {
  return inputs.map(([args, code, says, env = {}]) => [args, code, says, env]);
}

/** One sentence and a hint on standard error, nothing on standard output, the exit code, and no file changed. */
export async function expectRefused(place: Workspace, [args, wanted, says, env = {}]: WrongInput): Promise<void> {
  const before = snapshotOf(place.folder);
  const { code, stdout, stderr } = await place.run(args, { env });
  expect({ code, stdout, stderr }).toEqual({ code: wanted, stdout: "", stderr: expect.any(String) });
  const [sentence = "", hint = "", ...rest] = stderr.trimEnd().split("\n");
  expect(sentence).toMatch(/^keyrail: .+[.?…]$/);
  expect(sentence).toMatch(says);
  expect(sentence).not.toContain("secret");
  expect(hint).toMatch(/^ {2}\S/);
  expect(rest).toEqual([]);
  expect(snapshotOf(place.folder)).toEqual(before);
}
