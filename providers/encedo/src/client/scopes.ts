/**
 * Which scope a request needs (encedo-hem.md, section 1, endpoint matrix). A token has one scope; the lists below name
 * every scope of ours that satisfies an endpoint, the narrowest first: a token at hand is used before a new login.
 */

/** Scopes that satisfy an endpoint; the first one is asked for when no token is at hand. */
export type Scopes = readonly [string, ...string[]];

const GENERATE = "keymgmt:gen";
const LIST = "keymgmt:list";

/** Making keys. Also good for `derive` and `get`. */
export const CREATE: Scopes = [GENERATE];
/** Importing public keys. */
export const IMPORT: Scopes = ["keymgmt:imp"];
/** Deriving keys. `keymgmt:ecdh` of older guides is refused. */
export const DERIVE: Scopes = ["keymgmt:derive", GENERATE];
/** Listing. */
export const LISTING: Scopes = [LIST];
/** Searching: the token of a list will do, so none of its own is asked for. */
export const SEARCH: Scopes = [LIST, "keymgmt:search"];
/** Changing label and description. */
export const UPDATE: Scopes = ["keymgmt:upd"];
/** Destroying keys. */
export const DELETE: Scopes = ["keymgmt:del"];

/** All cryptography with one key: exactly so, in lower case. */
export function use(kid: string): Scopes {
  return [useScope(kid)];
}

/** Reading the public half of a key; a list token is no use for it. */
export function get(kid: string): Scopes {
  return ["keymgmt:get", useScope(kid), GENERATE];
}

/** As {@link get}, when the key is about to be used: one login for both. */
export function getForUse(kid: string): Scopes {
  return [useScope(kid), "keymgmt:get", GENERATE];
}

function useScope(kid: string): string {
  return `keymgmt:use:${kid}`;
}
