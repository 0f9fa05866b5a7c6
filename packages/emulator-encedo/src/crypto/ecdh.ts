/** `crypto/ecdh` (fact sheet, section 6). */

import { z } from "zod";

import { STATUS_UNKNOWN_ALGORITHM } from "../assumptions.ts";
import { encodeBase64 } from "../bytes.ts";
import { agreeWithPeer } from "../keymgmt/agreement.ts";
import { LOG_TYPES } from "../logger/audit-log.ts";
import { digest, isHashName } from "../primitives/hash.ts";
import { refuse } from "../refusal.ts";
import { kidField, kidSubject, peerFields } from "../routing/fields.ts";
import { CRYPTO } from "../routing/presets.ts";
import { route, type Route } from "../routing/route.ts";
import { json } from "../transport/messages.ts";

/** Bytes of a raw secret the device lets out (section 7, defects). */
const RAW_SECRET_CUT = 32;

const ecdh = route({
  ...CRYPTO,
  path: "/api/crypto/ecdh",
  plainHttp: 418,
  subject: kidSubject,
  body: z.object({ kid: kidField, alg: z.string().optional(), ...peerFields }),
  auditType: LOG_TYPES.agreed,
  handle({ device }, body) {
    const algorithm = body.alg === undefined || body.alg === "" ? undefined : body.alg;
    if (algorithm !== undefined && !isHashName(algorithm)) refuse(STATUS_UNKNOWN_ALGORITHM);
    const secret = agreeWithPeer(device, body.kid, body);
    if (algorithm !== undefined) return json({ ecdh: encodeBase64(digest(algorithm, secret)) });
    const raw = device.quirks.ecdhCutTo32Bytes ? secret.subarray(0, RAW_SECRET_CUT) : secret;
    return json({ ecdh: encodeBase64(raw) });
  },
});

/** The key agreement endpoint. */
export const ECDH_ROUTES: readonly Route[] = [ecdh];
