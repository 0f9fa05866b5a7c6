/** `crypto/cipher/encrypt` and `decrypt` (fact sheet, section 6). */

import { randomBytes } from "node:crypto";
import { z } from "zod";

import { STATUS_UNKNOWN_ALGORITHM } from "../assumptions.ts";
import { encodeBase64 } from "../bytes.ts";
import type { Device } from "../device/device.ts";
import { AAD_LIMIT, CIPHER_CONTEXT_LIMIT, CIPHERTEXT_LIMIT } from "../limits.ts";
import { LOG_TYPES } from "../logger/audit-log.ts";
import { decryptBlocks, decryptGcm, encryptBlocks, encryptGcm, TAG_LENGTH } from "../primitives/aes.ts";
import { refuse } from "../refusal.ts";
import { bytesField, kidField, kidSubject, limitedBytes, peerFields, requireMessage } from "../routing/fields.ts";
import { CRYPTO } from "../routing/presets.ts";
import { route, type Route } from "../routing/route.ts";
import { json } from "../transport/messages.ts";
import { aesKey } from "./aes-key.ts";

/** Length of every IV and nonce, of GCM too. */
const IV_LENGTH = 16;
const BLOCK = 16;

interface CipherName {
  readonly keyLength: number;
  readonly mode: "ecb" | "cbc" | "gcm";
}

const cipherFields = {
  kid: kidField,
  msg: bytesField,
  alg: z.string(),
  ...peerFields,
  ctx: limitedBytes(CIPHER_CONTEXT_LIMIT).optional(),
  aad: bytesField.optional(),
};

const encrypt = route({
  ...CRYPTO,
  path: "/api/crypto/cipher/encrypt",
  plainHttp: 418,
  subject: kidSubject,
  body: z.object(cipherFields),
  auditType: LOG_TYPES.encrypted,
  handle({ device }, body) {
    const { keyLength, mode } = readCipherName(body.alg);
    requireMessage(body.msg);
    const aad = checkAad(device, body.aad);
    if (mode === "ecb" && body.msg.length % BLOCK !== 0) refuse(400);
    const key = aesKey(device, body, "encedo-aes", keyLength);
    if (mode === "ecb") return json({ ciphertext: encodeBase64(encryptBlocks("ecb", key, null, body.msg)) });
    const iv = new Uint8Array(randomBytes(IV_LENGTH));
    if (mode === "cbc")
      return json({ ciphertext: encodeBase64(encryptBlocks("cbc", key, iv, body.msg)), iv: encodeBase64(iv) });
    const { ciphertext, tag } = encryptGcm(key, iv, aad, body.msg);
    return json({ ciphertext: encodeBase64(ciphertext), iv: encodeBase64(iv), tag: encodeBase64(tag) });
  },
});

const decrypt = route({
  ...CRYPTO,
  path: "/api/crypto/cipher/decrypt",
  plainHttp: 418,
  subject: kidSubject,
  body: z.object({ ...cipherFields, iv: bytesField.optional(), tag: bytesField.optional() }),
  auditType: LOG_TYPES.decrypted,
  handle({ device }, body) {
    const { keyLength, mode } = readCipherName(body.alg);
    requireMessage(body.msg, CIPHERTEXT_LIMIT);
    const aad = checkAad(device, body.aad);
    if (mode === "ecb" && body.msg.length % BLOCK !== 0) refuse(400);
    const { iv, tag, msg } = body;
    if (mode !== "ecb" && iv?.length !== IV_LENGTH) refuse(400);
    if (mode === "gcm" && tag?.length !== TAG_LENGTH) refuse(400);
    const key = aesKey(device, body, "encedo-aes", keyLength);
    const plaintext =
      mode === "gcm"
        ? decryptGcm(key, iv ?? refuse(400), aad, msg, tag ?? refuse(400))
        : decryptBlocks(mode, key, mode === "ecb" ? null : (iv ?? refuse(400)), msg);
    return json({ plaintext: encodeBase64(plaintext ?? refuse(406)) });
  },
});

/** The cipher endpoints. */
export const CIPHER_ROUTES: readonly Route[] = [encrypt, decrypt];

/** `AES{128,192,256}-{ECB,CBC,GCM}`; a name of other length is 400. */
function readCipherName(name: string): CipherName {
  if (name.length !== 10) refuse(400);
  const match = /^AES(128|192|256)-(ECB|CBC|GCM)$/.exec(name);
  const mode = match?.[2];
  if (mode === undefined) refuse(STATUS_UNKNOWN_ALGORITHM);
  return { keyLength: Number(match?.[1]) / 8, mode: mode === "ECB" ? "ecb" : mode === "CBC" ? "cbc" : "gcm" };
}

function checkAad(device: Device, aad: Uint8Array | undefined): Uint8Array {
  if (aad !== undefined && aad.length > AAD_LIMIT && !device.quirks.aadLengthUnchecked) refuse(400);
  return aad ?? new Uint8Array(0);
}
