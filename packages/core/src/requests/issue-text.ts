import type * as z from "zod/mini";

/**
 * Words for a schema issue. Given to each parse, so that no global setting of zod is touched; never speaks of the
 * value itself, which may be secret.
 */
export function issueText(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? `missing, expected ${issue.expected}` : `expected ${issue.expected}`;
    case "invalid_value":
      return `expected ${issue.values.map((value) => String(value)).join(", ")}`;
    case "unrecognized_keys":
      return `unknown member ${issue.keys.map((key) => `"${key}"`).join(", ")}`;
    case "too_small":
      return `expected at least ${issue.minimum}${issue.origin === "string" ? " characters" : ""}`;
    case "too_big":
      return `expected at most ${issue.maximum}${issue.origin === "string" ? " characters" : ""}`;
    case "invalid_union":
      return "fits none of the forms this takes";
    default:
      return undefined;
  }
}
