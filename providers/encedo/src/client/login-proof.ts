/** The proof of a local login (encedo-hem.md, section 2): PBKDF2, X25519 and an HMAC over a compact JWT. */

import { createHmac } from "node:crypto";
import { decodeBase64, encodeBase64, encodeBase64Url, KeyrailError, wipe } from "@keyrail/core";
import { agree, openPrivateKey, openPublicKey, type OpenedPrivateKey, pbkdf2 } from "@keyrail/crypto";

const ITERATIONS = 600_000;
const SEED_BYTES = 32;

/** The key a passphrase stands for on one device: held in memory only, wiped on close. */
export class LoginKey implements Disposable {
  /** The device it belongs to, as the device spells it. */
  readonly eid: string;
  /** Base64 of the public key: what the device knows the user by. */
  readonly iss: string;
  readonly #key: OpenedPrivateKey;

  private constructor(eid: string, key: OpenedPrivateKey) {
    this.eid = eid;
    this.#key = key;
    this.iss = encodeBase64(key.publicKey);
  }

  /**
   * Derives the key; takes about a fifth of a second in the thread pool. The salt is the text of `eid` as received, not
   * what it encodes. The passphrase is not kept.
   */
  static async derive(passphrase: Uint8Array, eid: string): Promise<LoginKey> {
    const salt = new TextEncoder().encode(eid);
    const seed = await pbkdf2(passphrase, { hash: "SHA-256", iterations: ITERATIONS, salt, length: SEED_BYTES });
    try {
      return new LoginKey(eid, openPrivateKey({ keyType: "X25519", format: "seed", bytes: seed }));
    } finally {
      wipe(seed);
    }
  }

  /** The proof, `<header>.<claims>.<tag>`: the raw X25519 secret with the session key is the HMAC key. */
  prove(claims: ProofClaims): string {
    const body = `${encodeJson(HEADER)}.${encodeJson({
      jti: claims.jti,
      aud: claims.aud,
      exp: claims.exp,
      iat: claims.iat,
      iss: this.iss,
      scope: claims.scope,
    })}`;
    const secret = this.#agree(claims.aud);
    try {
      return `${body}.${encodeBase64Url(createHmac("sha256", secret).update(body).digest())}`;
    } finally {
      wipe(secret);
    }
  }

  #agree(sessionKey: string): Uint8Array {
    const peer = decodeBase64(sessionKey);
    if (peer.length !== SEED_BYTES) {
      throw new KeyrailError("InvalidKeyMaterial", "The device's session key does not have 32 bytes.", {
        reason: "wrong length",
      });
    }
    return agree(this.#key, openPublicKey("X25519", peer), "X25519");
  }

  [Symbol.dispose](): void {
    this.#key.wipe();
  }
}

/** Claims of a proof that the challenge and the caller decide. */
export interface ProofClaims {
  /** `jti` of the challenge, verbatim. */
  readonly jti: string;
  /** `spk` of the challenge, verbatim. */
  readonly aud: string;
  /** When the bearer is to expire, seconds since the epoch by the device's clock. */
  readonly exp: number;
  /** Seconds since the epoch by the device's clock. */
  readonly iat: number;
  readonly scope: string;
}

const HEADER = { ecdh: "x25519", alg: "HS256", typ: "JWT" };

function encodeJson(value: object): string {
  return encodeBase64Url(new TextEncoder().encode(JSON.stringify(value)));
}
