/** `crypto/pqc/mlkem/*` and `crypto/pqc/mldsa/*` (fact sheet, section 6). */

import { z } from "zod";

import { MLDSA_VERIFY_RAW_STATUS } from "../assumptions.ts";
import { encodeBase64 } from "../bytes.ts";
import type { Device } from "../device/device.ts";
import { MLDSA_SIGNATURE_LIMIT, SIGNATURE_CONTEXT_LIMIT } from "../limits.ts";
import { LOG_TYPES } from "../logger/audit-log.ts";
import {
  decapsulate,
  encapsulate,
  isMlDsa,
  isMlKem,
  signMlDsa,
  verifyMlDsa,
  type MlDsaType,
  type MlKemType,
} from "../primitives/asymmetric.ts";
import { refuse } from "../refusal.ts";
import { bytesField, kidField, kidSubject, limitedBytes, requireMessage } from "../routing/fields.ts";
import { CRYPTO } from "../routing/presets.ts";
import { route, type Route } from "../routing/route.ts";
import { empty, json } from "../transport/messages.ts";

const CIPHERTEXT_LENGTHS: Readonly<Record<MlKemType, number>> = { MLKEM512: 768, MLKEM768: 1088, MLKEM1024: 1568 };

const encaps = route({
  ...CRYPTO,
  path: "/api/crypto/pqc/mlkem/encaps",
  plainHttp: 418,
  subject: kidSubject,
  body: z.object({ kid: kidField }),
  auditType: LOG_TYPES.encapsulated,
  handle({ device }, body) {
    const { type, publicKey } = findKeyPair(device, body.kid, isMlKem);
    const { ciphertext, sharedSecret } = encapsulate(type, publicKey);
    return json({ alg: type, ss: encodeBase64(sharedSecret), ct: encodeBase64(ciphertext) });
  },
});

const decaps = route({
  ...CRYPTO,
  path: "/api/crypto/pqc/mlkem/decaps",
  plainHttp: 418,
  subject: kidSubject,
  body: z.object({ kid: kidField, ct: bytesField }),
  auditType: LOG_TYPES.decapsulated,
  handle({ device, token }, body) {
    const { type, secretKey } = findKeyPair(device, body.kid, isMlKem);
    if (body.ct.length !== CIPHERTEXT_LENGTHS[type]) refuse(406);
    const alg = device.quirks.decapsulateGarbageAlgorithm ? (token?.scope ?? "") : type;
    return json({ alg, ss: encodeBase64(decapsulate(type, secretKey, body.ct)) });
  },
});

const signFields = { kid: kidField, msg: bytesField, ctx: limitedBytes(SIGNATURE_CONTEXT_LIMIT).optional() };

const sign = route({
  ...CRYPTO,
  path: "/api/crypto/pqc/mldsa/sign",
  plainHttp: 418,
  subject: kidSubject,
  body: z.object(signFields),
  auditType: LOG_TYPES.mldsaSigned,
  handle({ device }, body) {
    requireMessage(body.msg);
    const { type, secretKey } = findKeyPair(device, body.kid, isMlDsa);
    return json({ alg: type, sign: encodeBase64(signMlDsa(type, secretKey, body.msg, body.ctx)) });
  },
});

const verify = route({
  ...CRYPTO,
  path: "/api/crypto/pqc/mldsa/verify",
  plainHttp: 418,
  subject: kidSubject,
  body: z.object({ ...signFields, sign: limitedBytes(MLDSA_SIGNATURE_LIMIT) }),
  auditType: LOG_TYPES.mldsaVerified,
  handle({ device }, body) {
    requireMessage(body.msg);
    // Section 1: this endpoint has no 406; whatever fails writes the raw code.
    const failure = device.quirks.mldsaVerifyRawStatus ? MLDSA_VERIFY_RAW_STATUS : 406;
    const { type, publicKey } = findKeyPair(device, body.kid, isMlDsa, failure);
    return verifyMlDsa(type, publicKey, body.msg, body.sign, body.ctx) ? empty() : refuse(failure);
  },
});

/** The post-quantum endpoints. */
export const POST_QUANTUM_ROUTES: readonly Route[] = [encaps, decaps, sign, verify];

/** A device-generated key pair of the family; `failure` for anything else, imported public keys included. */
function findKeyPair<T extends MlKemType | MlDsaType>(
  device: Device,
  kid: string,
  isType: (type: string) => type is T,
  failure = 406,
): { type: T; publicKey: Uint8Array; secretKey: Uint8Array } {
  const record = device.keys.find(kid);
  if (record?.secretKey === undefined || record.publicKey === undefined) refuse(failure);
  const { type, publicKey, secretKey } = record;
  if (!isType(type)) refuse(failure);
  return { type, publicKey, secretKey };
}
