/** The order in which the device checks a request (fact sheet, section 1, "Emulator check order"). */

import {
  CONTENT_TYPE_CHECKED,
  CORS_ECHOES_ORIGIN,
  ORIGIN_LIST_SEPARATOR,
  PREFLIGHT_CHECKS_ORIGIN,
  REBOOT_REFUSED_ON_SELFTEST_FAULT,
  SCOPE_KID_CASE_SENSITIVE,
  STATUS_UNKNOWN_PATH,
} from "../assumptions.ts";
import { isOriginAllowed } from "../device/config.ts";
import type { Device } from "../device/device.ts";
import { JSON_BODY_LIMIT } from "../limits.ts";
import { LOG_RESULTS, LOG_TYPES } from "../logger/audit-log.ts";
import { Refusal, refuse } from "../refusal.ts";
import { readBearer, type BearerToken } from "../session/bearer.ts";
import { parseJsonObject } from "../session/jws.ts";
import { empty, type DeviceRequest, type DeviceResponse } from "../transport/messages.ts";
import { matchPath, type RequestFaults, type RequiredState, type Route, type RouteContext } from "./route.ts";

/** What the dashboard path serves over plain GETs outside `/api`. */
const DASHBOARD = "<!doctype html><title>Encedo HEM</title><p>Emulated Encedo HEM: the API is under /api.</p>\n";

const CORS_HEADERS: Readonly<Record<string, string>> = {
  "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
  "Access-Control-Allow-Headers": "Content-Type, Cache-Control, Pragma, Expires, Authorization, Content-Disposition",
  "Access-Control-Max-Age": "86400",
  "Access-Control-Allow-Credentials": "true",
};

/** Status of a request whose framing is wrong, told from its head alone; `undefined` when it is right. */
export function framingRefusal(method: string, headers: DeviceRequest["headers"]): 411 | 413 | undefined {
  const text = headers["content-length"];
  const length = text === undefined ? 0 : Number(text);
  if (method === "POST" && (headers["transfer-encoding"] !== undefined || !(length > 0))) return 411;
  return length > JSON_BODY_LIMIT ? 413 : undefined;
}

/** Serves one request: the device's whole answer, short of faults. */
export async function serveRequest(
  device: Device,
  routes: readonly Route[],
  request: DeviceRequest,
  faults: RequestFaults,
): Promise<DeviceResponse> {
  const allowed = corsHeaders(device, request);
  try {
    const response = await answer(device, routes, request, faults);
    return { ...response, headers: { ...allowed, ...response.headers } };
  } catch (error) {
    if (error instanceof Refusal) return empty(error.status);
    throw error;
  }
}

async function answer(
  device: Device,
  routes: readonly Route[],
  request: DeviceRequest,
  faults: RequestFaults,
): Promise<DeviceResponse> {
  const origin = request.headers.origin;
  const checksOrigin = request.method !== "OPTIONS" || PREFLIGHT_CHECKS_ORIGIN;
  if (origin !== undefined && checksOrigin && !isOriginAllowed(device.config.origin, ORIGIN_LIST_SEPARATOR, origin))
    refuse(412);
  if (request.method === "OPTIONS") return { status: 204, headers: CORS_HEADERS };
  const authorization = request.headers.authorization;
  const token = authorization === undefined ? undefined : readBearer(device, authorization);
  if (authorization !== undefined && token === undefined) refuse(401);
  const isJson = request.headers["content-type"]?.startsWith("application/json") === true;
  if (CONTENT_TYPE_CHECKED && request.method === "POST" && !isJson) refuse(400);

  const found = findRoute(routes, request);
  if (found === undefined) {
    if (request.method === "GET" && !isApi(request.path))
      return { status: 200, text: { contentType: "text/html", content: DASHBOARD } };
    refuse(STATUS_UNKNOWN_PATH);
  }
  if (!isInState(device, found.route.state)) refuse(409);
  if (!request.secure && found.route.plainHttp !== "served") refuse(found.route.plainHttp);
  const context: RouteContext = { device, request, token, parameters: found.parameters, faults, auditData: "" };
  const serve = (): Promise<DeviceResponse> => run(found.route, context);
  return found.route.around === undefined ? serve() : found.route.around(context, serve);
}

/** From the token on: 401, then 403 and 400 in the route's order, then the handler; logged. */
async function run(route: Route, context: RouteContext): Promise<DeviceResponse> {
  let body: Readonly<Record<string, unknown>> | undefined;
  const readBody = (): Readonly<Record<string, unknown>> => {
    body ??= route.method === "POST" ? parseJsonObject(context.request.body) : {};
    return body ?? refuse(400);
  };
  try {
    requireToken(route, context);
    if (route.order === "subject-first") {
      authorise(route, context, route.subject?.(context, readBody()) ?? "");
    } else {
      const argument = context.parameters[0] ?? "";
      authorise(route, context, argument);
    }
    const response = await route.run(context, readBody());
    logOutcome(route, context, response.status);
    return response;
  } catch (error) {
    if (error instanceof Refusal) logOutcome(route, context, error.status);
    throw error;
  }
}

function requireToken(route: Route, context: RouteContext): void {
  const { access } = route;
  if (access.kind === "open" || context.token !== undefined) return;
  if (!context.device.isInitialised && (access.kind === "token" || access.openWhenUninitialised === true)) return;
  // An anonymous search is judged by its needle, which is read later.
  if (access.kind === "scope" && access.anonymous !== undefined && context.device.config.allow_keysearch) return;
  refuse(401);
}

function authorise(route: Route, context: RouteContext, subject: string): void {
  const { access } = route;
  const { token } = context;
  if (access.kind !== "scope") return;
  if (token === undefined) {
    if (access.anonymous === undefined || access.anonymous(context, subject)) return;
    refuse(401);
  }
  if (!access.roles.includes(token.role) || !coversScope(access, token, subject)) refuse(403);
}

function coversScope(
  access: Extract<Route["access"], { kind: "scope" }>,
  token: BearerToken,
  subject: string,
): boolean {
  if (access.prefixes.some((prefix) => token.scope.startsWith(prefix))) return true;
  if (access.use !== true) return false;
  const scope = SCOPE_KID_CASE_SENSITIVE ? token.scope : token.scope.toLowerCase();
  return scope === `keymgmt:use:${subject.toLowerCase()}`;
}

function isInState(device: Device, state: RequiredState): boolean {
  if (state === "any") return true;
  if (device.job !== undefined) return false;
  if (state === "idle") return device.flsState === 0 || !REBOOT_REFUSED_ON_SELFTEST_FAULT;
  return device.flsState === 0 && (state === "healthy" || device.isInitialised);
}

function logOutcome(route: Route, context: RouteContext, status: number): void {
  const { device, token } = context;
  const actor = token?.subject ?? "";
  if (status === 403 && token !== undefined) {
    device.audit(LOG_TYPES.scopeRefused, LOG_RESULTS.failed, actor, context.request.path);
    return;
  }
  if (route.auditType === undefined || status === 401) return;
  const refused = status === 400 || (status === 406 && route.auditRefusalAsError === true);
  const result = status === 200 ? LOG_RESULTS.ok : refused ? LOG_RESULTS.error : LOG_RESULTS.failed;
  device.audit(route.auditType, result, actor, context.auditData);
}

function corsHeaders(device: Device, request: DeviceRequest): Record<string, string> {
  const { origin } = request.headers;
  const allowed = origin !== undefined && isOriginAllowed(device.config.origin, ORIGIN_LIST_SEPARATOR, origin);
  return allowed && CORS_ECHOES_ORIGIN ? { "Access-Control-Allow-Origin": origin } : {};
}

function findRoute(
  routes: readonly Route[],
  request: DeviceRequest,
): { route: Route; parameters: readonly string[] } | undefined {
  for (const route of routes) {
    if (route.method !== request.method) continue;
    const parameters = matchPath(route.path, request.path);
    if (parameters !== undefined) return { route, parameters };
  }
  return undefined;
}

function isApi(path: string): boolean {
  return path === "/api" || path.startsWith("/api/");
}
