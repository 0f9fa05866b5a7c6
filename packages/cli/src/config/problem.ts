/** The one problem of a configuration file that is worth telling: which member, and what is wrong with it. */

import type { z } from "zod";

/** Where in the file, and what. */
export interface ConfigProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The most telling issue of a failed check: inside a union the alternative that got furthest. */
export function firstProblem(issues: readonly z.core.$ZodIssue[]): ConfigProblem {
  const [issue] = issues;
  if (issue === undefined) return { path: [], message: "not valid" };
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    return { path: [...issue.path, key], message: "there is no such member" };
  }
  if (issue.code === "invalid_union") {
    const alternatives = issue.errors
      .map((alternative) => firstProblem(alternative))
      .sort((left, right) => right.path.length - left.path.length);
    // A custom issue speaks of the content; the others only say that the type is another.
    const content = issue.errors.flat().find(({ code }) => code === "custom");
    const best = content === undefined ? alternatives[0] : { path: content.path, message: content.message };
    if (best !== undefined) return { path: [...issue.path, ...best.path], message: best.message };
  }
  if (issue.code === "invalid_key") {
    return { path: issue.path, message: issue.issues[0]?.message ?? issue.message };
  }
  return { path: issue.path, message: issue.message.replace(/^Invalid input: /, "") };
}

/** `providers.main.uri`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.map(String).join(".");
}
