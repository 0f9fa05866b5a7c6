import { z } from "zod";
import { ApiError } from "../api-error.ts";
import { unknownQueryStatus } from "../assumptions.ts";
import type { Caller } from "../auth/bearer.ts";
import type { FaultEffects } from "../faults/fault.ts";
import type { Permission } from "../organisation/permissions.ts";
import type { Services } from "../services.ts";

export type HttpMethod = "GET" | "POST" | "PUT" | "DELETE";

/** A request as a handler sees it: checked and of one type. */
export interface RouteRequest<Body, Query> {
  readonly caller: Caller;
  readonly body: Body;
  readonly query: Query;
  readonly effects: FaultEffects;
  /** A named segment of the path, percent-decoded. */
  readonly param: (name: string) => string;
}

/** One row of the endpoint table (fact sheet, section 3). */
export interface RouteDefinition<Body, Query> {
  /** Name of the operation as in the official SDK; faults and counters use it. */
  readonly operation: string;
  readonly method: HttpMethod;
  /** `/keys/:keyId`: a segment that starts with a colon matches anything. */
  readonly path: string;
  /** All of these are needed; what is needed may depend on the body. */
  readonly permissions: (body: Body) => readonly Permission[];
  /** False: refused for an `EndUser`. */
  readonly endUser: boolean;
  /** Whether a user action is needed: every non-GET but the pair that makes them. */
  readonly userAction: boolean;
  readonly body: z.ZodType<Body>;
  readonly query: z.ZodType<Query>;
  readonly run: (request: RouteRequest<Body, Query>, services: Services) => unknown;
}

/** A call whose body and query have passed their schemas. */
export interface PreparedCall {
  readonly permissions: readonly Permission[];
  run(context: { readonly caller: Caller; readonly effects: FaultEffects }, services: Services): unknown;
}

/** A row with its types closed over, so that the router can hold rows of every body type. */
export interface Route {
  readonly operation: string;
  readonly method: HttpMethod;
  readonly path: string;
  readonly segments: readonly string[];
  readonly endUser: boolean;
  readonly userAction: boolean;
  /** @throws ApiError 400 when body or query do not fit. */
  prepare(body: unknown, query: Readonly<Record<string, string>>, params: ReadonlyMap<string, string>): PreparedCall;
}

/** No body, or `{}`: what the Go and Python SDKs and the TypeScript SDK send with DELETE. */
export const noBody: z.ZodType<Record<string, never>> = z.strictObject({});
/** The query of a request that has none: spared the schema. */
export const EMPTY_QUERY: Readonly<Record<string, string>> = Object.freeze({});
/** No query parameter at all. */
export const noQuery: z.ZodType<Record<string, never>> = z.strictObject({});

export function defineRoute<Body, Query>(definition: RouteDefinition<Body, Query>): Route {
  const { operation, method, path, endUser, userAction } = definition;
  const withoutQuery = definition.query.safeParse({});
  return {
    operation,
    method,
    path,
    segments: path.split("/").slice(1),
    endUser,
    userAction,
    prepare: (rawBody, rawQuery, params) => {
      const body = parse(definition.body, rawBody, "body");
      const query =
        rawQuery === EMPTY_QUERY && withoutQuery.success
          ? withoutQuery.data
          : parse(definition.query, rawQuery, "query");
      const param = (name: string): string => params.get(name) ?? "";
      return {
        permissions: definition.permissions(body),
        run: ({ caller, effects }, services) => definition.run({ caller, body, query, effects, param }, services),
      };
    },
  };
}

function parse<Value>(schema: z.ZodType<Value>, value: unknown, where: "body" | "query"): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => ({
    path: [where, ...issue.path.map(String)].join("."),
    // zod's messages never hold the value; a key's name they may.
    message: issue.message,
  }));
  throw new ApiError(
    where === "query" ? unknownQueryStatus : 400,
    `Validation error in ${where}: ${issues.map(({ path, message }) => `${path}: ${message}`).join("; ")}`.slice(
      0,
      500,
    ),
    {
      issues,
    },
  );
}
