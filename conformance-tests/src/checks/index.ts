/** The whole suite, in the order in which it runs. */

import { CHECK_GROUPS, type Check } from "../check.ts";
import { SIGN_CHECKS } from "./sign-checks.ts";

const ALL: readonly Check[] = [...SIGN_CHECKS];

/** Every check, by group. */
export const CHECKS: readonly Check[] = CHECK_GROUPS.flatMap((group) => ALL.filter((check) => check.group === group));
