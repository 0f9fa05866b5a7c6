/** What the control endpoint can do: one row per call, the body checked by a strict schema. */

import { KeyrailError } from "@keyrail/core";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { FaultPlan } from "../faults/fault-plan.ts";
import { faultSchema } from "../faults/fault.ts";
import type { Counters } from "../http/counters.ts";
import type { RateLimiter } from "../http/rate-limiter.ts";
import type { RequestLog } from "../http/request-log.ts";
import { credentialKinds } from "../organisation/credential.ts";
import type { Organisation } from "../organisation/organisation.ts";
import { permissions } from "../organisation/permissions.ts";
import type { Approvals } from "../policies/approvals.ts";
import { type Policies, policySchema } from "../policies/policies.ts";
import type { Features } from "../services.ts";

/** What can be steered and read from outside the API, by program and over the control endpoint. */
export interface ControlParts {
  /** Users, credentials, permissions and bearer tokens. */
  readonly organisation: Organisation;
  readonly policies: Policies;
  readonly approvals: Approvals;
  readonly faults: FaultPlan;
  readonly requests: RequestLog;
  readonly counters: Counters;
  readonly rateLimiter: RateLimiter;
  readonly features: Features;
  readonly clock: Clock;
}

interface ControlRequest<Body> {
  readonly body: Body;
  /** The `:id` segment, or empty. */
  readonly id: string;
  readonly query: URLSearchParams;
}

/** A row; `path` may hold one `:id` segment. */
export interface ControlRoute {
  readonly method: string;
  readonly path: string;
  /** @throws KeyrailError `InvalidRequest` */
  run(request: ControlRequest<unknown>, parts: ControlParts): unknown;
}

const done = { done: true };
const empty = z.strictObject({});
const permissionList = z.union([z.array(z.enum(permissions)), z.literal("all")]);
const daysValid = z.int().min(1).max(730);
const newUser = z.strictObject({
  username: z.string().min(1).exactOptional(),
  kind: z.enum(["CustomerEmployee", "EndUser"]).exactOptional(),
  isServiceAccount: z.boolean().exactOptional(),
  permissions: permissionList.exactOptional(),
  credential: z
    .union([z.enum(credentialKinds), z.literal("none"), z.strictObject({ publicKeyPem: z.string() })])
    .exactOptional(),
  daysValid: daysValid.exactOptional(),
});

const featureSwitches = z.strictObject({
  allowDiffieHellman: z.boolean().exactOptional(),
  forbidSigningAfterExport: z.boolean().exactOptional(),
  importEnabled: z.boolean().exactOptional(),
  exportEnabled: z.boolean().exactOptional(),
});

export const controlRoutes: readonly ControlRoute[] = [
  row("GET", "/requests", empty, ({ query }, { requests }) => ({
    items: requests.list(Number(query.get("since") ?? 0)),
  })),
  row("DELETE", "/requests", empty, (_request, { requests }) => {
    requests.clear();
    return done;
  }),
  row("GET", "/counters", empty, (_request, { counters }) => counters.values()),
  row("DELETE", "/counters", empty, (_request, { counters }) => {
    counters.reset();
    return done;
  }),
  row("GET", "/faults", empty, (_request, { faults }) => ({ items: faults.list() })),
  row("POST", "/faults", faultSchema, ({ body }, { faults }) => ({ id: faults.add(body) })),
  row("DELETE", "/faults", empty, (_request, { faults }) => {
    faults.clear();
    return done;
  }),
  row("DELETE", "/faults/:id", empty, ({ id }, { faults }) => {
    faults.clear(id);
    return done;
  }),
  row("POST", "/policies", policySchema, ({ body }, { policies }) => ({ id: policies.add(body) })),
  row("DELETE", "/policies", empty, (_request, { policies }) => {
    policies.clear();
    return done;
  }),
  row("DELETE", "/policies/:id", empty, ({ id }, { policies }) => {
    policies.clear(id);
    return done;
  }),
  row("GET", "/approvals", empty, (_request, { approvals }) => ({ pending: approvals.pending() })),
  row(
    "POST",
    "/approvals/:id/decision",
    z.strictObject({ value: z.enum(["Approved", "Denied"]), reason: z.string().exactOptional() }),
    ({ id, body }, { approvals }) => {
      approvals.decideAsSystem(id, body.value, body.reason);
      return done;
    },
  ),
  row("POST", "/users", newUser, ({ body }, { organisation }) => organisation.addUser(body)),
  row(
    "POST",
    "/users/:id/tokens",
    z.strictObject({ daysValid: daysValid.exactOptional() }),
    ({ id, body }, { organisation }) => ({
      authToken: organisation.issueToken(id, body.daysValid),
    }),
  ),
  row("DELETE", "/users/:id/tokens", empty, ({ id }, { organisation }) => {
    organisation.expireTokens(id);
    return done;
  }),
  row(
    "PUT",
    "/users/:id/permissions",
    z.strictObject({ permissions: permissionList }),
    ({ id, body }, { organisation }) => {
      organisation.setPermissions(id, body.permissions);
      return done;
    },
  ),
  row("PUT", "/users/:id/active", z.strictObject({ active: z.boolean() }), ({ id, body }, { organisation }) => {
    organisation.setActive(id, body.active);
    return done;
  }),
  row("POST", "/clock", z.strictObject({ advanceMs: z.int().min(0) }), ({ body }, { clock }) => {
    clock.advance(body.advanceMs);
    return { now: clock.now() };
  }),
  row(
    "PUT",
    "/rate-limit",
    z.strictObject({ requestsPerMinute: z.union([z.int().min(1), z.literal("unlimited")]) }),
    ({ body }, { rateLimiter }) => {
      rateLimiter.requestsPerMinute = body.requestsPerMinute;
      return done;
    },
  ),
  row("PUT", "/features", featureSwitches, ({ body }, { features }) => Object.assign(features, body)),
];

function row<Body>(
  method: string,
  path: string,
  schema: z.ZodType<Body>,
  run: (request: ControlRequest<Body>, parts: ControlParts) => unknown,
): ControlRoute {
  return {
    method,
    path,
    run: (request, parts) => {
      const parsed = schema.safeParse(request.body);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        const where = issue?.path.join(".") ?? "";
        throw new KeyrailError("InvalidRequest", `The body is malformed: ${where}: ${issue?.message ?? ""}`, {
          path: where,
        });
      }
      return run({ ...request, body: parsed.data }, parts);
    },
  };
}
