/** Whether a configuration is one, and if not, the one problem worth telling. */

import { isKeyrailError, parseProviderUri } from "@keyrail/core";
import * as z from "zod/mini";
import type { KeyrailConfiguration } from "./configuration.ts";

/** Which member is wrong, and what is wrong with it. */
export interface ConfigurationProblem {
  readonly path: readonly PropertyKey[];
  /** Without a full stop. */
  readonly message: string;
}

const providerUri = z.string().check((context) => {
  try {
    parseProviderUri(context.value);
  } catch (error) {
    if (!isKeyrailError(error)) throw error;
    context.issues.push({ code: "custom", message: error.message, input: context.value });
  }
});
const file = z.string().check(z.minLength(1, "expected the path of a file"));
const database = z
  .string()
  .check(z.minLength(1, "expected the path of an SQLite file, or postgres://USER@HOST/DATABASE"));
const name = z
  .string()
  .check(z.regex(/^[A-Za-z][A-Za-z0-9_-]*$/, "a name has letters, digits, - and _, and starts with a letter"));

/** Unknown members are refused: a misspelt one must not be ignored. */
const schema: z.ZodMiniType<KeyrailConfiguration> = z.strictObject({
  provider: z.exactOptional(z.string().check(z.minLength(1))),
  providers: z.exactOptional(
    z.record(
      name,
      z.union([
        providerUri,
        z.strictObject({
          uri: providerUri,
          passphraseFile: z.exactOptional(file),
          options: z.exactOptional(z.record(z.string(), z.unknown())),
        }),
      ]),
    ),
  ),
  passphraseFile: z.exactOptional(file),
  registry: z.exactOptional(database),
  registryFile: z.exactOptional(file),
  journal: z.exactOptional(database),
  journalFile: z.exactOptional(file),
});

/** A configuration, or what is wrong with it. */
export type CheckedConfiguration =
  | { readonly valid: true; readonly configuration: KeyrailConfiguration }
  | { readonly valid: false; readonly problem: ConfigurationProblem };

/** Checks what a file, or a caller, gives as a configuration. */
export function checkConfiguration(value: unknown): CheckedConfiguration {
  const result = schema.safeParse(value);
  return result.success
    ? { valid: true, configuration: result.data }
    : { valid: false, problem: firstProblem(result.error.issues) };
}

/** The most telling issue of a failed check: inside a union the alternative that got furthest. */
function firstProblem(issues: readonly z.core.$ZodIssue[]): ConfigurationProblem {
  const [issue] = issues;
  if (issue === undefined) return { path: [], message: "not valid" };
  switch (issue.code) {
    case "unrecognized_keys": {
      const [key = ""] = issue.keys;
      return { path: [...issue.path, key], message: "there is no such member" };
    }
    case "invalid_key":
      return { path: issue.path, message: issue.issues[0]?.message ?? issue.message };
    case "invalid_type":
      return { path: issue.path, message: `expected ${issue.expected}` };
    case "invalid_union": {
      const best = bestAlternative(issue.errors);
      if (best !== undefined) return { path: [...issue.path, ...best.path], message: best.message };
      return { path: issue.path, message: "not valid" };
    }
    default:
      return { path: issue.path, message: issue.message.replace(/\.$/, "") };
  }
}

function bestAlternative(alternatives: readonly (readonly z.core.$ZodIssue[])[]): ConfigurationProblem | undefined {
  // A custom issue speaks of the content; the others only say that the type is another.
  const content = alternatives.flat().find(({ code }) => code === "custom");
  if (content !== undefined) return { path: content.path, message: content.message.replace(/\.$/, "") };
  return alternatives
    .map((issues) => firstProblem(issues))
    .sort((left, right) => right.path.length - left.path.length)[0];
}
