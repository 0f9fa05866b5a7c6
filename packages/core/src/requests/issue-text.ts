import type * as z from "zod/mini";

/**
 * Words for a schema issue. Given to each parse, so that no global setting of zod is touched; never speaks of the
 * value itself, which may be secret.
 */
export function issueText(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return `missing, expected ${issue.expected}`;
      // Infinity and NaN are numbers to everybody but the schema.
      if (issue.expected === "int") return "expected a whole number";
      return issue.expected === "number" && typeof issue.input === "number"
        ? "expected a finite number"
        : `expected ${issue.expected}`;
    case "invalid_value":
      return `expected ${issue.values.map((value) => String(value)).join(", ")}`;
    case "unrecognized_keys":
      return `unknown member ${issue.keys.map((key) => `"${key}"`).join(", ")}`;
    case "too_small":
      return `expected ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}${unitOf(issue.origin)}`;
    case "too_big":
      return `expected ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}${unitOf(issue.origin)}`;
    case "invalid_union":
      return "fits none of the forms this takes";
    default:
      return undefined;
  }
}

function unitOf(origin: string): string {
  return origin === "string" ? " characters" : origin === "array" ? " entries" : "";
}
