/** The routing table: every endpoint of the device. */

import { EXDSA_ROUTES } from "./crypto/exdsa.ts";
import { BROWSE_ROUTES } from "./keymgmt/browse.ts";
import { CHANGE_ROUTES } from "./keymgmt/change.ts";
import { CREATE_ROUTES } from "./keymgmt/create.ts";
import { DERIVE_ROUTES } from "./keymgmt/derive.ts";
import type { Route } from "./routing/route.ts";
import { LOGIN_ROUTES } from "./session/routes.ts";

/** Every endpoint of the device. */
export const ROUTES: readonly Route[] = [
  ...LOGIN_ROUTES,
  ...BROWSE_ROUTES,
  ...CREATE_ROUTES,
  ...DERIVE_ROUTES,
  ...CHANGE_ROUTES,
  ...EXDSA_ROUTES,
];
