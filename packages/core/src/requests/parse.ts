import type * as z from "zod/mini";
import { KeyrailError } from "../errors.ts";
import { issueText } from "./issue-text.ts";

const PARSE_CONTEXT = { error: issueText };

/**
 * Checks a value against a schema and gives the checked copy. Members that are present but `undefined` count as
 * absent, as JavaScript callers expect.
 * @throws KeyrailError `InvalidRequest` that names the member and what was expected; never the value, which may be secret.
 */
export function parseRequest<Request>(schema: z.ZodMiniType<Request>, value: unknown): Request {
  const result = schema.safeParse(withoutUndefined(value), PARSE_CONTEXT);
  if (result.success) return result.data;
  const issue = deepest(result.error.issues);
  const path = issue.path.map(String).join(".");
  const where = path === "" ? "The request" : `"${path}"`;
  throw new KeyrailError("InvalidRequest", `${where} is not valid: ${issue.message}.`, {
    ...(path === "" ? {} : { path }),
    expected: issue.message,
  });
}

function withoutUndefined(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  for (const member of Object.values(value)) {
    if (member === undefined) {
      return Object.fromEntries(Object.entries(value).filter(([, kept]) => kept !== undefined));
    }
  }
  return value;
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly errors?: readonly (readonly Issue[])[];
}

/** The most telling issue: inside a union, the alternative that got furthest. */
function deepest(issues: readonly Issue[]): Issue {
  const first = issues[0] ?? { path: [], message: "not valid" };
  const inner = (first.errors ?? []).map((alternative) => deepest(alternative));
  inner.sort((left, right) => right.path.length - left.path.length);
  const best = inner[0];
  return best === undefined ? first : { path: [...first.path, ...best.path], message: best.message };
}
