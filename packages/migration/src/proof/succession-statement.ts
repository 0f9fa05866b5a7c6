/** The succession statement: what the old and the new key both say about one move. */

import { createHash } from "node:crypto";
import { decodeBase64Url, encodeBase64Url, type KeyType, type PublicKey, type PublicJwk } from "@keyrail/core";
import { encodePublicKey } from "../public-key-text.ts";

/** The `typ` of the payload and, with `+jws`, of the JWS headers (RFC 8725, section 3.11). */
export const STATEMENT_TYPE = "keyrail-succession";
/** The version of the statement's members. */
export const STATEMENT_VERSION = 1;

/**
 * The longest payload with the keys' JWKs in it, in bytes. A payload of this length makes a signing input of at most
 * 2,048 bytes, the most an Encedo HEM signs; a longer one names the keys by their thumbprints alone.
 */
export const LONGEST_PAYLOAD = 1360;
const LONGEST_REASON = 200;

/** One end of a succession. */
export interface StatementKey {
  /** Key URI. */
  readonly uri: string;
  readonly keyType: KeyType;
  /** RFC 7638, SHA-256, base64url; absent for a secret key. */
  readonly jkt?: string;
  /** Absent for a secret key, and where the payload would be too long for the signing device. */
  readonly jwk?: PublicJwk;
}

/** The payload of every proof by succession. */
export interface SuccessionStatement {
  readonly typ: typeof STATEMENT_TYPE;
  readonly version: typeof STATEMENT_VERSION;
  /** The run's id. */
  readonly run: string;
  /** The plan's digest. */
  readonly plan: string;
  /** The key's place in the plan. */
  readonly ordinal: number;
  /** Why the key was rotated, in the plan's words, cut to 200 UTF-16 code units. */
  readonly reason: string;
  readonly old: StatementKey;
  readonly new: StatementKey;
}

/** What a statement is made of. */
export interface StatementFacts {
  readonly run: { readonly id: string; readonly planDigest: string };
  readonly ordinal: number;
  readonly reason: string;
  readonly old: { readonly uri: string; readonly keyType: KeyType; readonly publicKey?: PublicKey | undefined };
  readonly new: { readonly uri: string; readonly keyType: KeyType; readonly publicKey?: PublicKey | undefined };
}

/**
 * The payload's bytes: JSON, UTF-8, without white space. The same facts give the same bytes, so that a statement made
 * again after a crash is the same statement.
 */
export function statementPayload(facts: StatementFacts): Uint8Array {
  const payload = encoded(facts, true);
  return payload.length <= LONGEST_PAYLOAD ? payload : encoded(facts, false);
}

function encoded(facts: StatementFacts, withKeys: boolean): Uint8Array {
  const statement: SuccessionStatement = {
    typ: STATEMENT_TYPE,
    version: STATEMENT_VERSION,
    run: facts.run.id,
    plan: facts.run.planDigest,
    ordinal: facts.ordinal,
    reason: facts.reason.slice(0, LONGEST_REASON),
    old: statementKey(facts.old, withKeys),
    new: statementKey(facts.new, withKeys),
  };
  return new TextEncoder().encode(JSON.stringify(statement));
}

function statementKey({ uri, keyType, publicKey }: StatementFacts["old"], withKey: boolean): StatementKey {
  if (publicKey === undefined) return { uri, keyType };
  return { uri, keyType, jkt: publicKey.thumbprint(), ...(withKey ? { jwk: publicKey.toJwk() } : {}) };
}

/** `sha-256:` and base64url of a public key as plans write it. */
export function publicKeyDigest(publicKey: PublicKey): string {
  const bytes = decodeBase64Url(encodePublicKey(publicKey));
  return `sha-256:${encodeBase64Url(createHash("sha256").update(bytes).digest())}`;
}
