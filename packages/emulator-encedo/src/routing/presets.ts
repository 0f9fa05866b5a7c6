/** What groups of endpoints share (fact sheet, section 1, endpoint matrix). */

import type { Access, RequiredState, RouteDefinition } from "./route.ts";

type Preset = Pick<RouteDefinition<unknown>, "state" | "plainHttp" | "access" | "order">;

/** All crypto endpoints: POST, initialised, scope exactly `keymgmt:use:<kid>`, roles U and Ext, kid before scope. */
export const CRYPTO: Omit<Preset, "plainHttp"> & Pick<RouteDefinition<unknown>, "method"> = {
  method: "POST",
  state: "initialised",
  access: { kind: "scope", prefixes: [], use: true, roles: ["U", "Ext"] },
  order: "subject-first",
};

/** All keymgmt endpoints: initialised, TLS only, a scope that starts with a prefix, roles U and Ext, scope first. */
export function keymgmt(...prefixes: readonly string[]): Preset {
  return {
    state: "initialised",
    plainHttp: 418,
    access: { kind: "scope", prefixes, roles: ["U", "Ext"] },
    order: "scope-first",
  };
}

/** Endpoints that are served over plain HTTP too. */
export function overBoth(state: RequiredState, access: Access): Preset {
  return { state, plainHttp: "served", access, order: "scope-first" };
}

/** Endpoints that need no token. */
export function open(state: RequiredState): Preset {
  return overBoth(state, { kind: "open" });
}
