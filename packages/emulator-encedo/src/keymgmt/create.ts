/** `keymgmt/create` and `import` (fact sheet, section 5). */

import { randomBytes } from "node:crypto";
import { z } from "zod";

import { IMPORT_CHECKS_POINT, MODE_ON_OTHER_TYPES, STATUS_CREATE_UNKNOWN_TYPE } from "../assumptions.ts";
import { IMPORT_PUBLIC_KEY_LIMIT } from "../limits.ts";
import { LOG_TYPES } from "../logger/audit-log.ts";
import { generateKeyPair, isPoint, isWeierstrass } from "../primitives/asymmetric.ts";
import { refuse } from "../refusal.ts";
import { bytesField, labelField, modeField, storedDescription } from "../routing/fields.ts";
import { keymgmt } from "../routing/presets.ts";
import { route, type Route, type RouteContext } from "../routing/route.ts";
import { json } from "../transport/messages.ts";
import { computeKid, usageFlags, type Flag, type KeyMode } from "./key-record.ts";
import { isAsymmetric, isDeviceKeyType, isSymmetric, KEY_TYPE_FACTS, type DeviceKeyType } from "./key-types.ts";
import { storeKey } from "./store-key.ts";

const create = route({
  method: "POST",
  path: "/api/keymgmt/create",
  ...keymgmt("keymgmt:gen"),
  body: z.object({ label: labelField, type: z.string(), mode: modeField.optional(), descr: bytesField.optional() }),
  auditType: LOG_TYPES.keyGenerated,
  handle(context, body) {
    const description = storedDescription(body.descr, context.device.quirks.descriptionLengthUnchecked);
    if (!isDeviceKeyType(body.type)) refuse(STATUS_CREATE_UNKNOWN_TYPE);
    const flags = usageFlags(body.type, effectiveMode(body.type, body.mode)).add("ATT");
    const kid = storeKey(context.device, {
      ...generate(body.type, flags),
      type: body.type,
      flags,
      label: body.label,
      description,
    });
    return created(context, kid);
  },
});

const importKey = route({
  method: "POST",
  path: "/api/keymgmt/import",
  ...keymgmt("keymgmt:imp"),
  body: z.object({
    label: labelField,
    pubkey: bytesField,
    type: z.string(),
    mode: modeField.optional(),
    descr: bytesField.optional(),
  }),
  auditType: LOG_TYPES.keyImported,
  handle(context, body) {
    const { device } = context;
    const description = storedDescription(body.descr, device.quirks.descriptionLengthUnchecked);
    const { type, pubkey } = body;
    if (!isDeviceKeyType(type) || !isAsymmetric(type) || pubkey.length !== KEY_TYPE_FACTS[type].publicKeyLength)
      refuse(406);
    if (pubkey.length > IMPORT_PUBLIC_KEY_LIMIT && !device.quirks.importLengthUnchecked) refuse(406);
    if (isWeierstrass(type) && pubkey[0] !== 2 && pubkey[0] !== 3) refuse(406);
    if (isWeierstrass(type) && IMPORT_CHECKS_POINT && !isPoint(type, pubkey)) refuse(406);
    context.auditData = computeKid(pubkey);
    if (device.quirks.reimportAfterRebootRefused && device.keys.deletedBefore(context.auditData, device.boot.number))
      refuse(406);
    const flags = usageFlags(type, effectiveMode(type, body.mode));
    return created(context, storeKey(device, { type, flags, label: body.label, description, publicKey: pubkey }));
  },
});

/** The endpoints that add a key from nothing or from its public half. */
export const CREATE_ROUTES: readonly Route[] = [create, importKey];

/** The answer to a created record, noted for the audit log. */
export function created(context: RouteContext, kid: string): ReturnType<typeof json> {
  context.auditData = kid;
  return json({ kid });
}

/** The mode that counts: other types than the Weierstrass curves have none. */
export function effectiveMode(type: DeviceKeyType, mode: KeyMode | undefined): KeyMode | undefined {
  if (mode !== undefined && !isWeierstrass(type) && MODE_ON_OTHER_TYPES === "refused") refuse(400);
  return mode;
}

function generate(type: DeviceKeyType, flags: Set<Flag>): { publicKey?: Uint8Array; secretKey: Uint8Array } {
  if (isSymmetric(type)) return { secretKey: new Uint8Array(randomBytes(KEY_TYPE_FACTS[type].derivedLength ?? 0)) };
  flags.add("PKEY");
  return generateKeyPair(type);
}
