/** Limits and lengths the fact sheet states. Assumed ones are in `assumptions.ts`. */

/** Largest JSON body in bytes; above it 413 (section 1). */
export const JSON_BODY_LIMIT: number = 7300;
/** Length of a key id in hex digits (section 1). */
export const KID_HEX_LENGTH: number = 32;
/** Longest label in characters (section 4). */
export const LABEL_LIMIT: number = 32;
/** Longest description in bytes (section 4). */
export const DESCRIPTION_LIMIT: number = 64;
/** Longest search needle in bytes; above it 406 (section 5). */
export const NEEDLE_LIMIT: number = 64;
/** Shortest needle of an anonymous search in bytes (section 5). */
export const ANONYMOUS_NEEDLE_MINIMUM: number = 6;
/** Records on one list or search page (section 5). */
export const PAGE_LIMIT: number = 15;
/** Longest message in bytes (section 6). */
export const MESSAGE_LIMIT: number = 2048;
/** Longest ciphertext `cipher/decrypt` reads, in bytes (section 6). */
export const CIPHERTEXT_LIMIT: number = 2064;
/** Longest signature `exdsa/verify` reads, in bytes (section 6). */
export const SIGNATURE_LIMIT: number = 148;
/** Longest signature `pqc/mldsa/verify` reads, in bytes (section 6). */
export const MLDSA_SIGNATURE_LIMIT: number = 4627;
/** Longest MAC `hmac/verify` reads, in bytes (section 6). */
export const MAC_LIMIT: number = 64;
/** Longest signature context in bytes (section 6). */
export const SIGNATURE_CONTEXT_LIMIT: number = 255;
/** Longest derivation context of the cipher endpoints in bytes (section 6). */
export const CIPHER_CONTEXT_LIMIT: number = 64;
/** Longest additional authenticated data in bytes, when the check is alive (section 6). */
export const AAD_LIMIT: number = 16;
/** Longest public key of an import in bytes, when the check is alive (section 5). */
export const IMPORT_PUBLIC_KEY_LIMIT: number = 70;
/** Seconds a login challenge may be answered in (section 2). */
export const CHALLENGE_LIFETIME: number = 60;
/** Longest scope of a local login in characters (section 2). */
export const LOCAL_SCOPE_LIMIT: number = 127;
/** Longest `ctx` claim of a local login in characters: "< 64" (section 2). */
export const LOCAL_CONTEXT_LIMIT: number = 63;
/** Least duration of a login answer in milliseconds (section 2). */
export const LOGIN_DURATION: number = 500;
/** Least duration of a login answer after {@link LOGIN_FAILURES_BEFORE_DELAY} failures, in milliseconds (section 2). */
export const LOGIN_DURATION_THROTTLED: number = 1500;
/** Consecutive failures after which every login answer is slow (section 2). */
export const LOGIN_FAILURES_BEFORE_DELAY: number = 3;
/** Milliseconds after the last failure at which the failure count is forgotten (section 2). */
export const LOGIN_FAILURE_MEMORY: number = 15_000;
/** Seconds a token lives when none was asked for (sections 2 and 3). */
export const DEFAULT_TOKEN_LIFETIME: number = 8 * 3600;
/** Pairings a device holds (section 3). */
export const PAIRING_LIMIT: number = 8;
/** Prefix of the description of a pairing (section 3). */
export const PAIRING_PREFIX: string = "EXTAID";
/** Longest scope of an external login in characters (section 3). */
export const EXTERNAL_SCOPE_LIMIT: number = 1023;
/** Longest `ctx` of an external login in characters (section 3). */
export const EXTERNAL_CONTEXT_LIMIT: number = 64;
/** Longest `note` of an external login in characters (section 3). */
export const EXTERNAL_NOTE_LIMIT: number = 128;
/** Seconds a pairing request may be answered in (section 3). */
export const PAIRING_REQUEST_LIFETIME: number = 24 * 3600;
/** Seconds an approval request may be answered in (section 3). */
export const APPROVAL_LIFETIME: number = 60 * 60;
/** Seconds an approval request for one key may be answered in (section 3). */
export const KEY_APPROVAL_LIFETIME: number = 15 * 60;
/** Seconds a token lives that the phone app approves (section 3). */
export const APPROVED_TOKEN_LIFETIME: number = 15 * 60;
/** Identifiers on one page of the log list (section 7). */
export const LOG_LIST_LIMIT: number = 128;
/** Duration of a self-test in milliseconds (section 1). */
export const SELFTEST_DURATION: number = 5000;
/** Milliseconds between the answer to a reboot and the device going down (section 7). */
export const SHUTDOWN_LEAD: number = 2000;
/** Shortest observed duration of a reboot in milliseconds (section 1). */
export const REBOOT_DURATION: number = 15_000;
/** Longest user label in characters (section 8). */
export const USER_LABEL_LIMIT: number = 32;
/** Seconds the real-time clock gains per second: about 8 % (section 7). */
export const CLOCK_GAIN: number = 1.08;
/** PBKDF2 iterations of the login seed (section 2). */
export const LOGIN_ITERATIONS: number = 600_000;
