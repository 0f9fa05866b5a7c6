/** `keymgmt/derive` (fact sheet, section 5). */

import { z } from "zod";

import { DERIVE_TAG, DERIVED_KEYS_ATTESTED, DERIVED_P521_TOP_BYTE_MASK } from "../assumptions.ts";
import { concatenate, utf8 } from "../bytes.ts";
import type { Device } from "../device/device.ts";
import { LOG_TYPES } from "../logger/audit-log.ts";
import { isMlDsa, isMlKem, publicKeyOf } from "../primitives/asymmetric.ts";
import { digest, hkdfSha256 } from "../primitives/hash.ts";
import { refuse } from "../refusal.ts";
import { bytesField, kidField, labelField, modeField, peerFields, storedDescription } from "../routing/fields.ts";
import { keymgmt } from "../routing/presets.ts";
import { route, type Route } from "../routing/route.ts";
import { json } from "../transport/messages.ts";
import { agreeWithPeer } from "./agreement.ts";
import { created, effectiveMode } from "./create.ts";
import { usageFlags } from "./key-record.ts";
import { isDeviceKeyType, isSymmetric, KEY_TYPE_FACTS, type DeviceKeyType } from "./key-types.ts";
import { storeKey } from "./store-key.ts";

const derive = route({
  method: "POST",
  path: "/api/keymgmt/derive",
  ...keymgmt("keymgmt:derive", "keymgmt:gen"),
  body: z.object({
    kid: kidField,
    label: labelField,
    type: z.string(),
    ...peerFields,
    mode: modeField.optional(),
    descr: z.unknown().optional(),
  }),
  auditType: LOG_TYPES.keyDerived,
  auditRefusalAsError: true,
  handle(context, body) {
    const { device } = context;
    context.auditData = body.kid;
    const description = readDescription(device, body.descr);
    const secret = agreeWithPeer(device, body.kid, body);
    if (!isDeviceKeyType(body.type)) {
      if (device.quirks.deriveEchoesSourceKid) return json({ kid: body.kid });
      refuse(406);
    }
    const flags = usageFlags(body.type, effectiveMode(body.type, body.mode));
    if (DERIVED_KEYS_ATTESTED) flags.add("ATT");
    const key = deriveKey(body.type, secret, context.faults.deriveOutOfRange);
    secret.fill(0);
    if (key.publicKey !== undefined) flags.add("PKEY");
    return created(context, storeKey(device, { ...key, type: body.type, flags, label: body.label, description }));
  },
});

/** The endpoint that derives. */
export const DERIVE_ROUTES: readonly Route[] = [derive];

function readDescription(device: Device, value: unknown): Uint8Array {
  const parsed = bytesField.optional().safeParse(value);
  if (parsed.success) return storedDescription(parsed.data, device.quirks.descriptionLengthUnchecked);
  if (device.quirks.deriveDropsMalformedDescription) return new Uint8Array(0);
  refuse(400);
}

/**
 * The declared HKDF, then a step of the emulator's own in the place of the device's undisclosed one.
 * 406 when the type can't be derived, needs more bytes than the secret has, or the scalar is out of
 * range.
 */
function deriveKey(
  type: DeviceKeyType,
  secret: Uint8Array,
  outOfRange: boolean,
): { publicKey?: Uint8Array; secretKey: Uint8Array } {
  const length = KEY_TYPE_FACTS[type].derivedLength;
  if (length === undefined || length > secret.length || isMlKem(type) || isMlDsa(type)) refuse(406);
  const seed = hkdfSha256(secret, utf8(`encedo-${derivationName(type)}`), length);
  const secretKey = undisclosedStep(type, seed, length);
  seed.fill(0);
  if (isSymmetric(type)) return { secretKey };
  if (type === "SECP521R1") secretKey[0] = (secretKey[0] ?? 0) & DERIVED_P521_TOP_BYTE_MASK;
  const publicKey = outOfRange && type.startsWith("SECP") ? undefined : publicKeyOf(type, secretKey);
  if (publicKey === undefined) refuse(406);
  return { publicKey, secretKey };
}

/** `encedo-sha256` is the one literal seen, for SHA2-256. */
function derivationName(type: DeviceKeyType): string {
  return type.toLowerCase().replace(/^sha2-/, "sha");
}

function undisclosedStep(type: DeviceKeyType, seed: Uint8Array, length: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let produced = 0; produced < length; produced += 32) {
    blocks.push(digest("SHA2-256", concatenate(utf8(`${DERIVE_TAG}|${type}|`), seed, Uint8Array.of(blocks.length))));
  }
  return concatenate(...blocks).slice(0, length);
}
