/** The fact sheet's endpoint matrix, written out by hand from section 1. */

import { base64, counting } from "./fixture.ts";

/** One row. */
export interface Row {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  /** A scope that is accepted; absent where no token is needed. */
  readonly scope?: string;
  /** Status without a token, where it is not 401. */
  readonly anonymous?: number;
  /** Any scope will do. */
  readonly anyScope?: true;
  /** Status of role M with the right scope, where it is not 403. */
  readonly master?: "allowed";
  readonly plain: 418 | 409 | "served";
  /** Status on a device that is not initialised, without a token. */
  readonly uninitialised: number;
  /** A body that is well-formed. */
  readonly body?: Record<string, unknown>;
  /** A body that is not, in fields. */
  readonly malformed?: Record<string, unknown>;
  /** Status for an unknown kid. */
  readonly notFound?: number;
}

/** A kid no key has. */
export const KID: string = "00112233445566778899aabbccddeeff";
/** The scope for it. */
export const USE: string = `keymgmt:use:${KID}`;
/** A message. */
export const msg: string = base64("message");
/** 32 bytes. */
export const key32: string = base64(counting(1, 32));

const keymgmt = { plain: 418, uninitialised: 409 } as const;
const crypto = { ...keymgmt, method: "POST", scope: USE, malformed: { kid: "xyz" }, notFound: 406 } as const;
const open = { method: "GET", anonymous: 200, plain: "served" } as const;

/** Every endpoint but those that stop the device. */
export const ROWS: readonly Row[] = [
  { ...open, path: "/api/auth/token", uninitialised: 409 },
  {
    ...open,
    method: "POST",
    path: "/api/auth/token",
    anonymous: 400,
    uninitialised: 409,
    body: { auth: "x" },
    malformed: { auth: 1 },
  },
  { ...open, path: "/api/auth/init", anonymous: 406, uninitialised: 200 },
  { ...open, method: "POST", path: "/api/auth/init", anonymous: 406, uninitialised: 400, body: { init: "x" } },
  {
    method: "POST",
    path: "/api/auth/ext/init",
    scope: "auth:ext:pair",
    plain: "served",
    uninitialised: 409,
    body: { epk: key32 },
    malformed: { epk: "AA" },
  },
  {
    method: "POST",
    path: "/api/auth/ext/mac",
    scope: "system:config",
    plain: "served",
    uninitialised: 409,
    body: { epk: key32 },
    malformed: {},
  },
  {
    method: "POST",
    path: "/api/auth/ext/validate",
    scope: "auth:ext:pair",
    plain: "served",
    uninitialised: 409,
    body: { pid: "AAAA", reply: "x" },
    malformed: { pid: 1 },
  },
  {
    ...open,
    method: "POST",
    path: "/api/auth/ext/request",
    uninitialised: 409,
    body: { epk: key32, scope: "keymgmt:list" },
    malformed: { epk: key32 },
  },
  {
    ...open,
    method: "POST",
    path: "/api/auth/ext/token",
    anonymous: 400,
    uninitialised: 409,
    body: { authreply: "x" },
    malformed: {},
  },
  { ...open, path: "/api/system/status", uninitialised: 200 },
  { ...open, path: "/api/system/version", uninitialised: 200 },
  { ...open, path: "/api/system/checkin", uninitialised: 200 },
  {
    ...open,
    method: "POST",
    path: "/api/system/checkin",
    anonymous: 401,
    uninitialised: 401,
    body: { checked: "x" },
    malformed: {},
  },
  {
    method: "GET",
    path: "/api/system/config",
    scope: "system:config",
    master: "allowed",
    plain: "served",
    uninitialised: 401,
  },
  {
    method: "POST",
    path: "/api/system/config",
    scope: "system:config",
    master: "allowed",
    plain: "served",
    uninitialised: 200,
    body: { email: "a@b" },
  },
  {
    method: "GET",
    path: "/api/system/selftest",
    scope: "x",
    anyScope: true,
    master: "allowed",
    plain: "served",
    uninitialised: 200,
  },
  {
    method: "GET",
    path: "/api/system/config/attestation",
    scope: "x",
    anyScope: true,
    master: "allowed",
    plain: "served",
    uninitialised: 200,
  },
  { method: "GET", path: "/api/keymgmt/list", scope: "keymgmt:list", ...keymgmt },
  { method: "GET", path: "/api/keymgmt/list/0/5", scope: "keymgmt:listing", ...keymgmt },
  {
    method: "POST",
    path: "/api/keymgmt/search",
    scope: "keymgmt:search",
    ...keymgmt,
    body: { descr: "AAAA" },
    malformed: { descr: "*" },
  },
  { method: "GET", path: `/api/keymgmt/get/${KID}`, scope: "keymgmt:get", ...keymgmt, notFound: 406 },
  { method: "DELETE", path: `/api/keymgmt/delete/${KID}`, scope: "keymgmt:del", ...keymgmt, plain: 409, notFound: 406 },
  {
    method: "POST",
    path: "/api/keymgmt/create",
    scope: "keymgmt:gen",
    ...keymgmt,
    body: { label: "m", type: "AES128" },
    malformed: { label: "", type: "AES128" },
  },
  {
    method: "POST",
    path: "/api/keymgmt/import",
    scope: "keymgmt:imp",
    ...keymgmt,
    body: { label: "m", type: "CURVE25519", pubkey: key32 },
    malformed: { label: "m", type: "CURVE25519" },
  },
  {
    method: "POST",
    path: "/api/keymgmt/derive",
    scope: "keymgmt:derive",
    ...keymgmt,
    body: { kid: KID, label: "m", type: "AES128", pubkey: key32 },
    malformed: { kid: KID },
    notFound: 406,
  },
  {
    method: "POST",
    path: "/api/keymgmt/update",
    scope: "keymgmt:upd",
    ...keymgmt,
    body: { kid: KID, label: "m" },
    malformed: { kid: KID },
    notFound: 406,
  },
  { ...crypto, path: "/api/crypto/hmac/hash", plain: 409, body: { kid: KID, msg } },
  { ...crypto, path: "/api/crypto/hmac/verify", body: { kid: KID, msg, mac: key32 } },
  { ...crypto, path: "/api/crypto/exdsa/sign", body: { kid: KID, msg, alg: "Ed25519" } },
  { ...crypto, path: "/api/crypto/exdsa/verify", body: { kid: KID, msg, alg: "Ed25519", sign: key32 } },
  { ...crypto, path: "/api/crypto/ecdh", body: { kid: KID, pubkey: key32 } },
  { ...crypto, path: "/api/crypto/cipher/encrypt", body: { kid: KID, msg, alg: "AES256-GCM" } },
  {
    ...crypto,
    path: "/api/crypto/cipher/decrypt",
    body: { kid: KID, msg, alg: "AES256-CBC", iv: base64(counting(0, 16)) },
  },
  { ...crypto, path: "/api/crypto/cipher/wrap", body: { kid: KID, msg: key32 } },
  { ...crypto, path: "/api/crypto/cipher/unwrap", body: { kid: KID, msg: key32 } },
  { ...crypto, path: "/api/crypto/pqc/mlkem/encaps", body: { kid: KID } },
  { ...crypto, path: "/api/crypto/pqc/mlkem/decaps", body: { kid: KID, ct: "AAAA" } },
  { ...crypto, path: "/api/crypto/pqc/mldsa/sign", body: { kid: KID, msg } },
  // No 406 here: the defect writes a raw code.
  { ...crypto, path: "/api/crypto/pqc/mldsa/verify", body: { kid: KID, msg, sign: key32 }, notFound: 795 },
  {
    method: "GET",
    path: "/api/logger/key",
    scope: "logger:get",
    master: "allowed",
    plain: "served",
    uninitialised: 409,
  },
  {
    method: "GET",
    path: "/api/logger/list",
    scope: "logger:get",
    master: "allowed",
    plain: "served",
    uninitialised: 409,
  },
  {
    method: "GET",
    path: "/api/logger/00000001",
    scope: "logger:get",
    master: "allowed",
    plain: "served",
    uninitialised: 409,
    notFound: 404,
  },
  {
    method: "GET",
    path: "/api/storage/lock",
    scope: "storage:disk0",
    master: "allowed",
    plain: "served",
    uninitialised: 409,
  },
  {
    method: "GET",
    path: "/api/storage/unlock",
    scope: "storage:disk0",
    master: "allowed",
    plain: "served",
    uninitialised: 409,
  },
  {
    method: "GET",
    path: "/api/storage/unlock/rw",
    scope: "storage:disk0:rw",
    master: "allowed",
    plain: "served",
    uninitialised: 409,
  },
  {
    method: "GET",
    path: "/api/storage/unlock/ro",
    scope: "storage:disk0",
    master: "allowed",
    plain: "served",
    uninitialised: 409,
  },
];

/** Reboot and shutdown stop the device: each is tried on a device of its own. */
export const STOPPING = [
  { path: "/api/system/reboot", scopes: ["system:config", "system:upgrade", "system:shutdown"], uninitialised: 200 },
  { path: "/api/system/shutdown", scopes: ["system:config", "system:shutdown"], uninitialised: 401 },
] as const;
