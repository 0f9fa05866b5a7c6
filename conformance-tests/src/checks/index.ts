/** The whole suite, in the order in which it runs. */

import { CHECK_GROUPS, type Check } from "../check.ts";
import { AGREE_CHECKS } from "./agree-checks.ts";
import { CIPHER_CHECKS } from "./cipher-checks.ts";
import { CREATE_CHECKS } from "./create-checks.ts";
import { DECLARATION_CHECKS } from "./declaration-checks.ts";
import { GET_PUBLIC_CHECKS } from "./get-public-checks.ts";
import { IMPORT_CHECKS } from "./import-checks.ts";
import { KEM_CHECKS } from "./kem-checks.ts";
import { KEY_WRAP_CHECKS } from "./key-wrap-checks.ts";
import { MAC_CHECKS } from "./mac-checks.ts";
import { SIGN_CHECKS } from "./sign-checks.ts";
import { VERIFY_CHECKS } from "./verify-checks.ts";

const ALL: readonly Check[] = [
  ...DECLARATION_CHECKS,
  ...CREATE_CHECKS,
  ...IMPORT_CHECKS,
  ...GET_PUBLIC_CHECKS,
  ...SIGN_CHECKS,
  ...VERIFY_CHECKS,
  ...AGREE_CHECKS,
  ...MAC_CHECKS,
  ...CIPHER_CHECKS,
  ...KEY_WRAP_CHECKS,
  ...KEM_CHECKS,
];

/** Every check, by group. */
export const CHECKS: readonly Check[] = CHECK_GROUPS.flatMap((group) => ALL.filter((check) => check.group === group));
