/** One request from headers to reply, in the order of checks of fact sheet section 12. Synchronous, so nothing interleaves. */

import { ApiError, badRequest, errorBody, notFound } from "../api-error.ts";
import type { BearerCheck, Caller } from "../auth/bearer.ts";
import type { UserActions } from "../auth/user-actions.ts";
import type { FaultEffects } from "../faults/fault.ts";
import { tryParseJson } from "../json.ts";
import type { Permission } from "../organisation/permissions.ts";
import type { Services } from "../services.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import { EMPTY_QUERY } from "./route.ts";
import type { RouteMatch } from "./router.ts";

/** A request after its body has been read. */
export interface IncomingCall {
  readonly method: string;
  /** As sent, percent-encoded, without the query. */
  readonly path: string;
  readonly query: string;
  readonly authorization: string | undefined;
  readonly userAction: string | undefined;
  readonly body: string;
  readonly match: RouteMatch | undefined;
  readonly effects: FaultEffects;
}

export interface Reply {
  readonly status: number;
  /** Beside content type and length. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly body: string;
}

export class Dispatcher {
  readonly #bearer: BearerCheck;
  readonly #rateLimiter: RateLimiter;
  readonly #userActions: UserActions;
  readonly #services: Services;

  constructor(bearer: BearerCheck, rateLimiter: RateLimiter, userActions: UserActions, services: Services) {
    this.#bearer = bearer;
    this.#rateLimiter = rateLimiter;
    this.#userActions = userActions;
    this.#services = services;
  }

  handle(call: IncomingCall): Reply {
    try {
      return reply(200, this.#run(call));
    } catch (error) {
      if (error instanceof ApiError) {
        return reply(error.status, errorBody(error.status, error.message, error.details), error.headers);
      }
      return reply(500, errorBody(500, "Internal Server Error"));
    }
  }

  #run(call: IncomingCall): unknown {
    const caller = this.#bearer.authenticate(call.authorization);
    this.#rateLimiter.admit();
    if (call.match === undefined) throw notFound("Not Found");
    const { route, params } = call.match;
    const prepared = route.prepare(route.method === "GET" ? {} : parseBody(call.body), parseQuery(call.query), params);
    for (const permission of prepared.permissions) requirePermission(caller, permission, route.endUser);
    if (route.userAction) this.#userActions.use(caller, call.userAction, call, call.effects.expireUserAction);
    return prepared.run({ caller, effects: call.effects }, this.#services);
  }
}

/** A reply with a JSON body. */
export function reply(status: number, body: unknown, headers?: Readonly<Record<string, string>>): Reply {
  return { status, headers, body: JSON.stringify(body) };
}

function requirePermission({ user }: Caller, permission: Permission, endUser: boolean): void {
  const kindMay = endUser || user.kind !== "EndUser";
  if (kindMay && (user.permissions === "all" || user.permissions.has(permission))) return;
  throw new ApiError(403, `${user.kind} ${user.id} is not authorized to perform operation (${permission})`);
}

function parseBody(text: string): unknown {
  if (text === "") return {};
  const parsed = tryParseJson(text);
  if (parsed === undefined) throw badRequest("The body is not JSON");
  return parsed.value;
}

function parseQuery(text: string): Readonly<Record<string, string>> {
  if (text === "") return EMPTY_QUERY;
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    if (Object.hasOwn(query, name)) throw badRequest(`The query parameter ${name} is given twice`);
    query[name] = value;
  }
  return query;
}
