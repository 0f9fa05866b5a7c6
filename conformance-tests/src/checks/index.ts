/** The whole suite, in the order in which it runs. */

import { CHECK_GROUPS, type Check } from "../check.ts";
import { AGREE_CHECKS } from "./agree-checks.ts";
import { APPROVAL_CHECKS } from "./approval-checks.ts";
import { CAPABILITY_CHECKS } from "./capability-checks.ts";
import { CATALOG_CHECKS } from "./catalog-checks.ts";
import { CIPHER_CHECKS } from "./cipher-checks.ts";
import { CLOSE_CHECKS } from "./close-checks.ts";
import { CREATE_CHECKS } from "./create-checks.ts";
import { DECLARATION_CHECKS } from "./declaration-checks.ts";
import { DERIVE_ECDH_CHECKS } from "./derive-ecdh-checks.ts";
import { DERIVE_HD_CHECKS } from "./derive-hd-checks.ts";
import { DERIVE_OUTPUT_CHECKS } from "./derive-output-checks.ts";
import { ERROR_CHECKS } from "./error-checks.ts";
import { EXPORT_CHECKS } from "./export-checks.ts";
import { GET_PUBLIC_CHECKS } from "./get-public-checks.ts";
import { IDEMPOTENCY_CHECKS } from "./idempotency-checks.ts";
import { IMPORT_CHECKS } from "./import-checks.ts";
import { KEM_CHECKS } from "./kem-checks.ts";
import { KEY_WRAP_CHECKS } from "./key-wrap-checks.ts";
import { LIMIT_CHECKS } from "./limit-checks.ts";
import { MAC_CHECKS } from "./mac-checks.ts";
import { OPENER_CHECKS } from "./opener-checks.ts";
import { SECRET_CHECKS } from "./secret-checks.ts";
import { SIGN_CHECKS } from "./sign-checks.ts";
import { TIMING_CHECKS } from "./timing-checks.ts";
import { USAGE_CHECKS } from "./usage-checks.ts";
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
  ...DERIVE_ECDH_CHECKS,
  ...DERIVE_HD_CHECKS,
  ...DERIVE_OUTPUT_CHECKS,
  ...EXPORT_CHECKS,
  ...OPENER_CHECKS,
  ...APPROVAL_CHECKS,
  ...CATALOG_CHECKS,
  ...USAGE_CHECKS,
  ...LIMIT_CHECKS,
  ...ERROR_CHECKS,
  ...IDEMPOTENCY_CHECKS,
  ...TIMING_CHECKS,
  ...CAPABILITY_CHECKS,
  ...SECRET_CHECKS,
  ...CLOSE_CHECKS,
];

/** Every check, by group. */
export const CHECKS: readonly Check[] = CHECK_GROUPS.flatMap((group) => ALL.filter((check) => check.group === group));
