/** `crypto/exdsa/sign` and `verify` (fact sheet, section 6). */

import { z } from "zod";

import {
  ED448_USES_CONTEXT,
  STATUS_ED25519CTX_WITHOUT_CONTEXT,
  STATUS_UNKNOWN_ALGORITHM,
  VERIFY_NEEDS_EXDSA_FLAG,
} from "../assumptions.ts";
import type { KeyRecord } from "../keymgmt/key-record.ts";
import { SIGNATURE_CONTEXT_LIMIT, SIGNATURE_LIMIT } from "../limits.ts";
import { LOG_TYPES } from "../logger/audit-log.ts";
import {
  eddsaType,
  isEddsaName,
  isWeierstrass,
  signEcdsa,
  signEddsa,
  verifyEcdsa,
  verifyEddsa,
  type EddsaName,
  type WeierstrassType,
} from "../primitives/asymmetric.ts";
import type { HashName } from "../primitives/hash.ts";
import { refuse } from "../refusal.ts";
import { bytesField, kidField, kidSubject, limitedBytes, requireMessage } from "../routing/fields.ts";
import { route, type Route } from "../routing/route.ts";
import { encodeBase64 } from "../bytes.ts";
import { empty, json } from "../transport/messages.ts";
import { CRYPTO } from "../routing/presets.ts";

/** Any hash goes with any Weierstrass curve. */
const ECDSA_HASHES: Readonly<Record<string, HashName>> = {
  SHA256WithECDSA: "SHA2-256",
  SHA384WithECDSA: "SHA2-384",
  SHA512WithECDSA: "SHA2-512",
};

/** A signature algorithm that fits the key's curve. */
type Scheme =
  | { readonly kind: "ecdsa"; readonly type: WeierstrassType; readonly hash: HashName }
  | { readonly kind: "eddsa"; readonly name: EddsaName; readonly context: Uint8Array | undefined };

const signFields = {
  kid: kidField,
  msg: bytesField,
  alg: z.string(),
  ctx: limitedBytes(SIGNATURE_CONTEXT_LIMIT).optional(),
};

const sign = route({
  ...CRYPTO,
  path: "/api/crypto/exdsa/sign",
  plainHttp: 418,
  subject: kidSubject,
  body: z.object(signFields),
  auditType: LOG_TYPES.signed,
  handle({ device }, body) {
    requireMessage(body.msg);
    const record = device.keys.find(body.kid);
    if (record?.secretKey === undefined || !record.flags.has("ExDSA")) refuse(406);
    const scheme = chooseScheme(record, body.alg, body.ctx);
    const signature =
      scheme.kind === "ecdsa"
        ? signEcdsa(scheme.type, record.secretKey, scheme.hash, body.msg)
        : signEddsa(scheme.name, record.secretKey, body.msg, scheme.context);
    return json({ sign: encodeBase64(signature) });
  },
});

const verify = route({
  ...CRYPTO,
  path: "/api/crypto/exdsa/verify",
  plainHttp: 418,
  subject: kidSubject,
  body: z.object({ ...signFields, sign: limitedBytes(SIGNATURE_LIMIT) }),
  auditType: LOG_TYPES.signatureVerified,
  handle({ device }, body) {
    requireMessage(body.msg);
    const record = device.keys.find(body.kid);
    if (record?.publicKey === undefined || (VERIFY_NEEDS_EXDSA_FLAG && !record.flags.has("ExDSA"))) refuse(406);
    const scheme = chooseScheme(record, body.alg, body.ctx);
    const valid =
      scheme.kind === "ecdsa"
        ? verifyEcdsa(scheme.type, record.publicKey, scheme.hash, body.msg, body.sign)
        : verifyEddsa(scheme.name, record.publicKey, body.msg, body.sign, scheme.context);
    return valid ? empty() : refuse(406);
  },
});

/** The signature endpoints of the curves. */
export const EXDSA_ROUTES: readonly Route[] = [sign, verify];

/** Fits algorithm and key together; 406 when they don't fit. */
function chooseScheme(record: KeyRecord, algorithm: string, context: Uint8Array | undefined): Scheme {
  const hash = Object.hasOwn(ECDSA_HASHES, algorithm) ? ECDSA_HASHES[algorithm] : undefined;
  if (hash !== undefined) return isWeierstrass(record.type) ? { kind: "ecdsa", type: record.type, hash } : refuse(406);
  if (!isEddsaName(algorithm)) refuse(STATUS_UNKNOWN_ALGORITHM);
  if (eddsaType(algorithm) !== record.type) refuse(406);
  return { kind: "eddsa", name: algorithm, context: schemeContext(algorithm, context) };
}

/** The context a scheme uses: the plain schemes have none, whatever the caller sends. */
function schemeContext(name: EddsaName, context: Uint8Array | undefined): Uint8Array | undefined {
  if (name === "Ed25519" || (name === "Ed448" && !ED448_USES_CONTEXT)) return undefined;
  const isEmpty = context === undefined || context.length === 0;
  if (name === "Ed25519ctx" && isEmpty) refuse(STATUS_ED25519CTX_WITHOUT_CONTEXT);
  return isEmpty ? undefined : context;
}
