/** What the routing table says of an endpoint: path, state, transport, scope, order of checks, handler. */

import { z } from "zod";

import type { Device } from "../device/device.ts";
import { refuse } from "../refusal.ts";
import type { BearerToken, Role } from "../session/bearer.ts";
import type { DeviceRequest, DeviceResponse } from "../transport/messages.ts";

/** What a request can meet on its way beyond the device's own state. Set by the fault plan. */
export interface RequestFaults {
  /** A derivation finds its scalar out of range. */
  readonly deriveOutOfRange: boolean;
}

/** What a handler works with. */
export interface RouteContext {
  readonly device: Device;
  readonly request: DeviceRequest;
  /** Absent where no token was sent and none is needed. */
  readonly token: BearerToken | undefined;
  /** Path arguments in order; an optional one that is absent is missing at the end. */
  readonly parameters: readonly string[];
  readonly faults: RequestFaults;
  /** What the audit log says of this request: a kid, mostly. */
  auditData: string;
}

/**
 * In which state the device serves the endpoint; otherwise 409.
 *
 * - `any`: always.
 * - `idle`: no installation or format running.
 * - `healthy`: idle, and no self-test fault.
 * - `initialised`: healthy, and initialised.
 */
export type RequiredState = "any" | "idle" | "healthy" | "initialised";

/** Who may call. Prefixes: the token's scope starts with one of them. */
export type Access =
  | { readonly kind: "open" }
  /** Any valid token; none at all while the device is uninitialised. */
  | { readonly kind: "token" }
  | {
      readonly kind: "scope";
      readonly prefixes: readonly string[];
      /** The scope may also be exactly `keymgmt:use:<kid>` of the request's key. */
      readonly use?: boolean;
      readonly roles: readonly Role[];
      /** No token is needed while the device is uninitialised. */
      readonly openWhenUninitialised?: boolean;
      /** No token is needed for what {@link RouteDefinition.anonymous} allows. */
      readonly anonymous?: (context: RouteContext, subject: string) => boolean;
    };

/**
 * What comes first, the scope (403) or the request's subject (400).
 *
 * `scope-first`: keymgmt. `subject-first`: crypto, whose subject is the body's `kid`, and search,
 * whose subject is the needle.
 */
export type CheckOrder = "scope-first" | "subject-first";

/** One endpoint. */
export interface RouteDefinition<B> {
  readonly method: "GET" | "POST" | "DELETE";
  /** Path pattern: `:name` is one segment, `:name?` one that may be absent. */
  readonly path: string;
  readonly state: RequiredState;
  /** Status over plain HTTP; `served` when there is no difference. */
  readonly plainHttp: "served" | 418 | 409;
  readonly access: Access;
  readonly order: CheckOrder;
  /** Reads what {@link CheckOrder} calls the subject, or refuses. */
  readonly subject?: (context: RouteContext, body: Readonly<Record<string, unknown>>) => string;
  /** Shape of the JSON body, a POST's only; a mismatch is 400. */
  readonly body: z.ZodType<B>;
  /** Audit log type of an answer; absent when the endpoint writes its own records or none. */
  readonly auditType?: number;
  /** Audit result of a 406, where it is not "failed". */
  readonly auditRefusalAsError?: boolean;
  /** Runs around everything from the token on, whatever comes of it: for answers that take their time. */
  readonly around?: (context: RouteContext, serve: () => Promise<DeviceResponse>) => Promise<DeviceResponse>;
  readonly handle: (context: RouteContext, body: B) => DeviceResponse | Promise<DeviceResponse>;
}

/** A route whose body type is closed over. */
export interface Route extends Omit<RouteDefinition<never>, "body" | "handle"> {
  readonly run: (
    context: RouteContext,
    body: Readonly<Record<string, unknown>>,
  ) => DeviceResponse | Promise<DeviceResponse>;
}

/** Makes a definition a row of the table. */
export function route<B>(definition: RouteDefinition<B>): Route {
  const { body: schema, handle, ...rest } = definition;
  return {
    ...rest,
    run(context, body) {
      const parsed = schema.safeParse(body);
      if (!parsed.success) refuse(400);
      return handle(context, parsed.data);
    },
  };
}

/** Body of an endpoint that reads none. */
export const NO_BODY: z.ZodType<Record<string, unknown>> = z.looseObject({});

/** Matches a path against a pattern; the path arguments, or `undefined`. */
export function matchPath(pattern: string, path: string): readonly string[] | undefined {
  const expected = pattern.split("/");
  const actual = path.split("/");
  if (actual.length > expected.length) return undefined;
  const parameters: string[] = [];
  for (const [index, segment] of expected.entries()) {
    const value = actual[index];
    if (!segment.startsWith(":")) {
      if (value !== segment) return undefined;
      continue;
    }
    if (value === undefined) return segment.endsWith("?") ? parameters : undefined;
    if (value === "") return undefined;
    parameters.push(value);
  }
  return parameters;
}
