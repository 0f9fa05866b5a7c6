/** The routing table: every endpoint of the device. */

import { CIPHER_ROUTES } from "./crypto/cipher.ts";
import { ECDH_ROUTES } from "./crypto/ecdh.ts";
import { EXDSA_ROUTES } from "./crypto/exdsa.ts";
import { HMAC_ROUTES } from "./crypto/hmac.ts";
import { POST_QUANTUM_ROUTES } from "./crypto/post-quantum.ts";
import { WRAP_ROUTES } from "./crypto/wrap.ts";
import type { DeviceModel } from "./device/device.ts";
import { BROWSE_ROUTES } from "./keymgmt/browse.ts";
import { CHANGE_ROUTES } from "./keymgmt/change.ts";
import { CREATE_ROUTES } from "./keymgmt/create.ts";
import { DERIVE_ROUTES } from "./keymgmt/derive.ts";
import { APPROVAL_ROUTES } from "./external-auth/approval.ts";
import { PAIRING_ROUTES } from "./external-auth/pairing.ts";
import { LOG_FILE_ROUTES, LOG_KEY_ROUTES } from "./logger/routes.ts";
import type { Route } from "./routing/route.ts";
import { LOGIN_ROUTES } from "./session/routes.ts";
import { CHECKIN_ROUTES } from "./system/checkin.ts";
import { CONFIG_ROUTES } from "./system/config.ts";
import { POWER_ROUTES } from "./system/power.ts";
import { STATUS_ROUTES } from "./system/status.ts";
import { STORAGE_ROUTES } from "./system/storage.ts";

const COMMON: readonly Route[] = [
  ...LOGIN_ROUTES,
  ...PAIRING_ROUTES,
  ...APPROVAL_ROUTES,
  ...STATUS_ROUTES,
  ...CHECKIN_ROUTES,
  ...CONFIG_ROUTES,
  ...POWER_ROUTES,
  ...BROWSE_ROUTES,
  ...CREATE_ROUTES,
  ...DERIVE_ROUTES,
  ...CHANGE_ROUTES,
  ...HMAC_ROUTES,
  ...EXDSA_ROUTES,
  ...ECDH_ROUTES,
  ...CIPHER_ROUTES,
  ...WRAP_ROUTES,
  ...POST_QUANTUM_ROUTES,
  ...LOG_KEY_ROUTES,
];

/** Endpoints only a device with mass storage has; 404 on the other (section 1). */
const MASS_STORAGE: readonly Route[] = [...LOG_FILE_ROUTES, ...STORAGE_ROUTES];

/** Every endpoint of a model. */
export function routesOf(model: DeviceModel): readonly Route[] {
  return model === "PPA" ? [...COMMON, ...MASS_STORAGE] : COMMON;
}
