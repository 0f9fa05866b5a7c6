/**
 * The keys of the demonstration's device, as data: every key type in every mode, as a company that has used the device
 * for years would have them. Labels and descriptions are as odd as the device lets them be.
 */

import type { AsymmetricKeyType, KeyType, Usage } from "@keyrail/core";
import type { FixtureKey } from "@keyrail/emulator-encedo";

/** A key that is generated inside the device. */
export interface GeneratedKey {
  readonly keyType: KeyType;
  readonly usages: readonly Usage[];
  /** 1 to 32 printable ASCII characters. */
  readonly label: string;
  /** 0 to 39 bytes of UTF-8. */
  readonly description?: string;
}

/** A public key that somebody else owns. */
export interface PartnerKey {
  readonly keyType: AsymmetricKeyType;
  readonly usages: readonly Usage[];
  readonly label: string;
  readonly description?: string;
}

/** A key that the device and a partner agreed on. */
export interface AgreedKey {
  readonly keyType: KeyType;
  readonly usages: readonly Usage[];
  readonly label: string;
}

const SIGNS: readonly Usage[] = ["sign", "verify"];
const ALL: readonly Usage[] = ["sign", "verify", "agree", "derive"];
const SIGNS_AND_DERIVES: readonly Usage[] = ["sign", "verify", "derive"];
const AGREES: readonly Usage[] = ["agree", "derive"];

/** What services use: the labels can be aliases. */
const SERVICES: readonly GeneratedKey[] = [
  { keyType: "Ed25519", usages: SIGNS, label: "orders/signing", description: "order service" },
  { keyType: "Ed25519", usages: SIGNS, label: "payouts/solana" },
  { keyType: "Ed25519", usages: SIGNS, label: "audit/log", description: "nightly, by cron" },
  { keyType: "secp256k1", usages: SIGNS, label: "treasury/hot-1", description: "ETH" },
  { keyType: "secp256k1", usages: SIGNS, label: "treasury/hot-2", description: "ETH" },
  { keyType: "secp256k1", usages: SIGNS, label: "treasury/cold", description: "BTC, 3 of 5" },
  { keyType: "P-256", usages: SIGNS, label: "web/session-tokens", description: "JWT, ES256" },
  { keyType: "P-384", usages: SIGNS, label: "release/code-signing" },
  { keyType: "HMAC-SHA-256", usages: ["mac"], label: "web/webhooks" },
  { keyType: "AES-256", usages: ["encrypt"], label: "records/encryption" },
];

/** The rest of every key type in every mode. */
const EVERY_TYPE_AND_MODE: readonly GeneratedKey[] = [
  { keyType: "P-256", usages: AGREES, label: "mailbox of branch 12" },
  { keyType: "P-256", usages: ALL, label: "legacy gateway" },
  { keyType: "P-384", usages: ["derive"], label: "backup keys, derived from" },
  { keyType: "P-384", usages: SIGNS_AND_DERIVES, label: "P-384 both" },
  { keyType: "P-521", usages: SIGNS, label: "root of trust" },
  { keyType: "P-521", usages: ["derive"], label: "P-521 derive" },
  { keyType: "P-521", usages: SIGNS_AND_DERIVES, label: "P-521 both" },
  { keyType: "secp256k1", usages: AGREES, label: "encrypted memos" },
  { keyType: "secp256k1", usages: ALL, label: "wallet 2019" },
  { keyType: "Ed448", usages: SIGNS, label: "archive-signing" },
  { keyType: "X25519", usages: AGREES, label: "partner exchange" },
  { keyType: "X448", usages: ["derive"], label: "partner exchange, long" },
  { keyType: "ML-KEM-512", usages: ["encapsulate"], label: "PQ pilot 512" },
  { keyType: "ML-KEM-768", usages: ["encapsulate"], label: "PQ pilot 768" },
  { keyType: "ML-KEM-1024", usages: ["encapsulate"], label: "PQ pilot 1024" },
  { keyType: "ML-DSA-44", usages: SIGNS, label: "firmware 44" },
  { keyType: "ML-DSA-65", usages: SIGNS, label: "firmware 65" },
  { keyType: "ML-DSA-87", usages: SIGNS, label: "firmware 87" },
  { keyType: "HMAC-SHA-384", usages: ["mac"], label: "webhooks v2" },
  { keyType: "HMAC-SHA-512", usages: ["mac"], label: "webhooks v3" },
  { keyType: "HMAC-SHA3-256", usages: ["mac"], label: "SHA-3 256" },
  { keyType: "HMAC-SHA3-384", usages: ["mac"], label: "SHA-3 384" },
  { keyType: "HMAC-SHA3-512", usages: ["mac"], label: "SHA-3 512" },
  { keyType: "AES-128", usages: ["encrypt", "wrap"], label: "tape 128" },
  { keyType: "AES-192", usages: ["encrypt", "wrap"], label: "tape 192" },
  { keyType: "AES-256", usages: ["wrap"], label: "key-encryption key" },
];

/** What people have typed, and what breaks tables, pages, spreadsheets and shells. */
const ODD_NAMES: readonly GeneratedKey[] = [
  { keyType: "Ed25519", usages: SIGNS, label: "<script>alert(1)</script>", description: "<b>not bold</b> &amp;" },
  { keyType: "Ed25519", usages: SIGNS, label: `O'Brien & "Sons" \\ Co; 100 %`, description: "Łódź – kasa główna 🏦" },
  { keyType: "Ed25519", usages: SIGNS, label: '=HYPERLINK("//x","click")', description: "👩‍👩‍👧‍👦 family" },
  { keyType: "secp256k1", usages: SIGNS, label: "thirty-two characters to the dot", description: "e".repeat(39) },
  { keyType: "secp256k1", usages: SIGNS, label: "x", description: "مفتاح التوقيع" },
  { keyType: "secp256k1", usages: SIGNS, label: " spaces at both ends ", description: "署名鍵・本番" },
  { keyType: "Ed25519", usages: SIGNS, label: "$(rm -rf ~) `id` %s {{x}}", description: "../../etc" },
  { keyType: "Ed25519", usages: SIGNS, label: "spare" },
  { keyType: "Ed25519", usages: SIGNS, label: "spare" },
];

/** Keys generated in the device, in the order they are made. */
export const GENERATED_KEYS: readonly GeneratedKey[] = [...SERVICES, ...EVERY_TYPE_AND_MODE, ...ODD_NAMES];

/** Public keys that were brought in. The first X25519 one is the partner of {@link AGREED_KEYS}. */
export const PARTNER_KEYS: readonly PartnerKey[] = [
  { keyType: "P-256", usages: ["verify"], label: "bank: statements" },
  { keyType: "P-384", usages: ["verify"], label: "bank: certificates" },
  { keyType: "secp256k1", usages: ["verify"], label: "exchange: withdrawals" },
  { keyType: "Ed25519", usages: ["verify"], label: "supplier: deliveries" },
  { keyType: "X25519", usages: AGREES, label: "partner exchange (theirs)" },
  { keyType: "ML-DSA-65", usages: ["verify"], label: "auditor", description: "post-quantum" },
];

/** Keys derived by X25519 with the partner: the device stores them, nobody ever sees them. */
export const AGREED_KEYS: readonly AgreedKey[] = [
  { keyType: "AES-256", usages: ["encrypt", "wrap"], label: "partner exchange: AES" },
  { keyType: "HMAC-SHA-256", usages: ["mac"], label: "partner exchange: HMAC" },
  { keyType: "Ed25519", usages: SIGNS, label: "partner exchange: Ed25519" },
  { keyType: "X25519", usages: AGREES, label: "partner exchange: X25519" },
];

/**
 * Keys that other programs made: what no port would make. Without a mode the device lets a key agree only; a description
 * may be no text at all, or hold control characters.
 */
export const FOREIGN_KEYS: readonly FixtureKey[] = [
  { type: "SECP256R1", label: "made without a mode" },
  { type: "ED25519", label: "by another program", description: Uint8Array.of(0xff, 0x00, 0xfe, 0x80) },
  { type: "ED25519", label: "two lines", description: new TextEncoder().encode("one\nand\ttwo") },
];

/** The label of the X25519 key that agrees with the partner. */
export const AGREEING_LABEL = "partner exchange";

/** Phones that may approve logins. */
export const PAIRED_PHONE = "Anna's phone";
