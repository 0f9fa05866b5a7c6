/**
 * What the documentation of the device leaves open, and what the emulator does there.
 *
 * One constant per assumption. "Section 9" names the row of the fact sheet's list of undocumented
 * behaviour; "own" marks a gap found while writing the emulator, with the section it is in. Whoever
 * learns better changes the constant: the code reads it, except for those of type `string` that only
 * name the one way the code has (`LOGIN_THROTTLE_SCOPE`, `GENERIC_DER_KID_SOURCE`, `AUTHENTICATOR_REPLY_KEY`).
 */

// Sessions

/** Section 9, "max token lifetime": seconds a token may be asked for. No cap. */
export const TOKEN_LIFETIME_MAXIMUM: number = Number.POSITIVE_INFINITY;

/** Section 9, "proof iat checks": whether the `iat` of a login proof is compared with the clock. */
export const PROOF_ISSUED_AT_CHECKED: boolean = false;

/** Section 9, "local login `ctx` echoed": whether the `ctx` claim of a proof is in the bearer. */
export const LOGIN_CONTEXT_ECHOED: boolean = true;

/** Section 9, "jti length": bytes of a challenge nonce, its four bytes of time included. */
export const CHALLENGE_NONCE_LENGTH: number = 32;

/** Section 9, "expired token vs RTC jump": a token is compared with the device clock on each request. */
export const TOKEN_CHECKED_EACH_REQUEST: boolean = true;

/** Section 9, "throttle scope": the login failure count is one for the device, not one per client. */
export const LOGIN_THROTTLE_SCOPE: string = "device";

/** Own, section 2: challenges that may be open at once; the oldest is forgotten beyond that. */
export const OPEN_CHALLENGE_LIMIT: number = 64;

/** Own, section 2: a challenge is used up by any proof that names it, a wrong one included. */
export const CHALLENGE_SPENT_BY_FAILURE: boolean = true;

/** Own, section 7: the unix time from which a clock counts that was never set. */
export const UNSET_CLOCK_START: number = 0;

// Transport

/** Section 9, "missing/other Content-Type": accepted. */
export const CONTENT_TYPE_CHECKED: boolean = false;

/** Section 9, "parallel requests": how many requests the device works on at once; the others queue. */
export const REQUESTS_SERVED_AT_ONCE: number = 1;

/** Section 9, "unknown path / wrong method". */
export const STATUS_UNKNOWN_PATH: number = 404;

/** Own, section 1: grammar "list" of the origin allow-list: entries are separated by this character. */
export const ORIGIN_LIST_SEPARATOR: string = ",";

/** Own, section 1: a preflight (`OPTIONS`) from a forbidden origin is refused with 412 like any request. */
export const PREFLIGHT_CHECKS_ORIGIN: boolean = true;

// Keys

/** Section 9, "kid of symmetric / PQC keys": SHA-1 of key bytes or public key, cut to this many bytes. */
export const KID_LENGTH: number = 16;

/** Section 9, "case of kid inside the scope text": compared with the lowercase kid, case-sensitively. */
export const SCOPE_KID_CASE_SENSITIVE: boolean = true;

/** Section 9, "derive transform": tag of the undisclosed step; the same on all emulators. */
export const DERIVE_TAG: string = "keyrail emulator-encedo derive v1";

/** Own, section 5: bits of the first byte of a derived P-521 scalar that are kept, without which 127 of 128 derivations would fail. */
export const DERIVED_P521_TOP_BYTE_MASK: number = 0x01;

/** Section 9, "derived-key flags": whether derived keys carry `ATT`. */
export const DERIVED_KEYS_ATTESTED: boolean = false;

/** Section 9, "mode on non-SECP": a valid literal is ignored, another one is 400. */
export const MODE_ON_OTHER_TYPES: "ignored" | "refused" = "ignored";

/** Section 9, "empty needle". */
export const STATUS_EMPTY_NEEDLE: number = 400;

/** Section 9, "both anchors": `^...$` compares the whole description. */
export const BOTH_ANCHORS_MEAN_EQUAL: boolean = true;

/** Section 9, "`deleted` count": what the counter restarts at on each start. */
export const DELETED_COUNT_AT_START: number = 0;

/** Section 9, "capacity full". */
export const STATUS_CAPACITY_FULL: number = 406;

/** Section 9, "capacity full": keys a device holds when no other number is configured. */
export const DEFAULT_CAPACITY: number = 3000;

/** Section 9, "label charset edges": allowed characters; no trimming. */
export const LABEL_CHARACTERS: RegExp = /^[\x20-\x7e]*$/;

/** Section 9, "SECP point not on curve at import": checked by length and prefix 02/03 only. */
export const IMPORT_CHECKS_POINT: boolean = false;

/** Section 9, "error status when repository busy", list. */
export const STATUS_LIST_BUSY: number = 406;

/** Section 9, "error status when repository busy", search. */
export const STATUS_SEARCH_BUSY: number = 410;

/** Own, section 5: `keymgmt/create` with a type the device does not know. */
export const STATUS_CREATE_UNKNOWN_TYPE: number = 406;

/** Own, section 4: how the id of a TLS record (`GENERIC_DER`) is computed: SHA-1 of its DER bytes. */
export const GENERIC_DER_KID_SOURCE: string = "der";

// Cryptography

/** Section 9, "msg > 2048". */
export const STATUS_MESSAGE_TOO_LONG: number = 400;

/** Section 6, "empty -> 400 or 406 (emulate 400)". */
export const STATUS_MESSAGE_EMPTY: number = 400;

/** Section 9, "Ed25519ctx without ctx": refused, since RFC 8032 asks for a context there. */
export const STATUS_ED25519CTX_WITHOUT_CONTEXT: number = 406;

/** Own, section 6: plain `Ed448` ignores `ctx` ("used only by ph/ctx"), though RFC 8032 has a context there. */
export const ED448_USES_CONTEXT: boolean = false;

/** Section 9, "HMAC peer secret for > 256-bit curves": the full secret is the HMAC key. */
export const HMAC_PEER_USES_FULL_SECRET: boolean = true;

/** Section 9, "ECDSA nonce": random. */
export const ECDSA_NONCE_RANDOM: boolean = true;

/** Section 9, "low-S": signatures are not normalised. */
export const ECDSA_LOW_S: boolean = false;

/** Own, section 6: an unknown hash, signature or ten-character cipher name. */
export const STATUS_UNKNOWN_ALGORITHM: number = 406;

/** Own, section 6: `exdsa/verify` asks for the ExDSA flag, so an import without `mode` can't verify. */
export const VERIFY_NEEDS_EXDSA_FLAG: boolean = true;

/** Own, section 7: the raw code a failed `mldsa/verify` writes; 795 was seen on hardware, 100 and 7 are documented. */
export const MLDSA_VERIFY_RAW_STATUS: number = 795;

// System, log, external authenticator

/** Own, section 7: a reboot is refused (409) while an installation or a format runs, not on a self-test fault, which it clears. */
export const REBOOT_REFUSED_ON_SELFTEST_FAULT: boolean = false;

/** Own, section 7: entries of the log directory that are not logs (`.` and `..`). */
export const LOG_DIRECTORY_EXTRA_ENTRIES: number = 2;

/** Own, section 7: content of `system/config/attestation`, which the sheet does not describe. */
export const ATTESTATION_MEMBER: string = "genuine";

/** Own, section 1: `Access-Control-Allow-Origin` answers an allowed origin with itself. */
export const CORS_ECHOES_ORIGIN: boolean = true;

/** Own, section 7: letters of a check-in status that act: L erase user key, W wipe, B stop web, R reboot. */
export const CHECKIN_STATUS_R_REBOOTS: boolean = true;

/**
 * Own, section 3: form of the phone app's `reply` and `authreply`. Both are HS256 JWTs under
 * X25519(app key, device identity); the scope travels as in the request, encrypted under
 * HMAC-SHA256(that secret, `jti` bytes).
 */
export const AUTHENTICATOR_REPLY_KEY: string = "identity-agreement";

/** Own, section 7: a wipe starts a new boot, so that the erased user's tokens die with the user. */
export const WIPE_RESTARTS: boolean = true;

/** Own, section 3: seconds an authreq may be ahead of the broker's time before it answers 401. */
export const BROKER_CLOCK_TOLERANCE: number = 5;
