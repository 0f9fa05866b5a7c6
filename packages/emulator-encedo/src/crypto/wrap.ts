/** `crypto/cipher/wrap` and `unwrap` (fact sheet, section 6). */

import { z } from "zod";

import { encodeBase64 } from "../bytes.ts";
import { CIPHER_CONTEXT_LIMIT, MESSAGE_LIMIT } from "../limits.ts";
import { LOG_TYPES } from "../logger/audit-log.ts";
import { unwrapKey, wrapKey } from "../primitives/aes.ts";
import { refuse } from "../refusal.ts";
import { bytesField, kidField, kidSubject, limitedBytes, peerFields, requireMessage } from "../routing/fields.ts";
import { CRYPTO } from "../routing/presets.ts";
import { route, type Route } from "../routing/route.ts";
import { json } from "../transport/messages.ts";
import { aesKey } from "./aes-key.ts";

const KEY_LENGTHS = { AES128: 16, AES192: 24, AES256: 32 } as const;
/** Bytes RFC 3394 adds. */
const WRAP_OVERHEAD = 8;
const WRAP_IV_LENGTH = 8;

const wrapFields = z.object({
  kid: kidField,
  msg: bytesField,
  alg: z.enum(["AES128", "AES192", "AES256"]).default("AES256"),
  ...peerFields,
  ctx: limitedBytes(CIPHER_CONTEXT_LIMIT).optional(),
  iv: bytesField.optional(),
});

const wrap = route({
  ...CRYPTO,
  path: "/api/crypto/cipher/wrap",
  plainHttp: 418,
  subject: kidSubject,
  body: wrapFields,
  auditType: LOG_TYPES.wrapped,
  handle({ device }, body) {
    requireMessage(body.msg);
    if (body.msg.length % 8 !== 0 || body.msg.length < 16) refuse(406);
    if (body.iv !== undefined && body.iv.length !== WRAP_IV_LENGTH) refuse(406);
    const key = aesKey(device, body, "encedo-kek", KEY_LENGTHS[body.alg]);
    return json({ wrapped: encodeBase64(wrapKey(key, body.msg, body.iv)) });
  },
});

const unwrap = route({
  ...CRYPTO,
  path: "/api/crypto/cipher/unwrap",
  plainHttp: 418,
  subject: kidSubject,
  body: wrapFields,
  auditType: LOG_TYPES.unwrapped,
  handle({ device }, body) {
    requireMessage(body.msg, MESSAGE_LIMIT + WRAP_OVERHEAD);
    if (body.msg.length % 8 !== 0) refuse(400);
    if (body.msg.length < 24) refuse(406);
    if (body.iv !== undefined && body.iv.length !== WRAP_IV_LENGTH) refuse(406);
    const key = aesKey(device, body, "encedo-kek", KEY_LENGTHS[body.alg]);
    return json({ unwrapped: encodeBase64(unwrapKey(key, body.msg, body.iv) ?? refuse(406)) });
  },
});

/** The key wrapping endpoints. */
export const WRAP_ROUTES: readonly Route[] = [wrap, unwrap];
