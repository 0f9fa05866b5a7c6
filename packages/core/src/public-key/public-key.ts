/** The public half of a key: one immutable value with every encoding. */

import { hash } from "node:crypto";
import { decodePem, encodePem } from "../encoding/pem.ts";
import { wipe } from "../bytes.ts";
import type { AsymmetricKeyType } from "../vocabulary.ts";
import { decodePublicJwk, encodePublicJwk, thumbprintInput, type PublicJwk } from "./jwk.ts";
import { canonicalRawPublicKey, copyCanonicalPublicKey, invalidPublicKey, pointFromX } from "./raw.ts";
import { decodeSpki, encodeSpki } from "./spki.ts";
import { isWeierstrassKeyType } from "./weierstrass.ts";

const SPKI_LABEL = "PUBLIC KEY";

/**
 * An immutable public key. Every reader checks that the bytes are a key of its type (the point is on the curve, the
 * coefficients are in range); every writer computes its encoding on first use and keeps it. All errors of the readers
 * are `InvalidKeyMaterial`.
 */
export class PublicKey {
  /** What the key is. */
  readonly keyType: AsymmetricKeyType;
  readonly #raw: Uint8Array;
  #spki: Uint8Array | undefined;
  #jwk: PublicJwk | undefined;
  #thumbprint: string | undefined;

  private constructor(keyType: AsymmetricKeyType, raw: Uint8Array) {
    this.keyType = keyType;
    this.#raw = raw;
  }

  /**
   * From raw bytes: a SEC 1 point, uncompressed or compressed, for P-256, P-384, P-521, secp256k1 and stark; the
   * encodings of RFC 8032, RFC 7748, FIPS 203 (`ek`) and FIPS 204 (`pk`) for the others. Refuses the point at
   * infinity, hybrid points, coordinates of `p` or more, points off the curve, Edwards encodings that do not decode,
   * and ML-KEM keys that fail the check of FIPS 203 section 7.2.
   */
  static fromRaw(keyType: AsymmetricKeyType, bytes: Uint8Array): PublicKey {
    return new PublicKey(keyType, canonicalRawPublicKey(keyType, bytes));
  }

  /**
   * From canonical raw bytes (`PUBLIC_KEY_BYTES`) that an engine has just computed or that come out of an
   * authenticated record: only the length and the point's first byte are checked. Never for bytes from outside.
   */
  static fromTrustedRaw(keyType: AsymmetricKeyType, bytes: Uint8Array): PublicKey {
    return new PublicKey(keyType, copyCanonicalPublicKey(keyType, bytes));
  }

  /** From the 32-byte x coordinate of a secp256k1 point: the point with even y (BIP-340, `lift_x`). */
  static fromXOnly(bytes: Uint8Array): PublicKey {
    if (bytes.length !== 32) {
      throw invalidPublicKey(`An x-only secp256k1 public key has 32 bytes, not ${bytes.length}.`, "wrong length");
    }
    return new PublicKey("secp256k1", pointFromX("secp256k1", bytes, false));
  }

  /** From a DER SubjectPublicKeyInfo: named curves only, no trailing bytes, no parameters where the standard forbids them. */
  static fromSpki(der: Uint8Array): PublicKey {
    const { keyType, raw } = decodeSpki(der);
    return PublicKey.fromRaw(keyType, raw);
  }

  /** From a PEM text with exactly one block, `PUBLIC KEY`. */
  static fromPem(text: string): PublicKey {
    const blocks = decodePem(text);
    try {
      const [block, second] = blocks;
      if (block === undefined || second !== undefined || block.label !== SPKI_LABEL) {
        const found = blocks.map(({ label }) => `"${label}"`).join(", ");
        throw invalidPublicKey(
          `The PEM text must have exactly one "${SPKI_LABEL}" block; it has ${found}.`,
          "not a public key",
          "pem",
        );
      }
      return PublicKey.fromSpki(block.bytes);
    } finally {
      // The text may have held a private key by mistake.
      wipe(...blocks.map(({ bytes }) => bytes));
    }
  }

  /**
   * From a public JWK: `EC` (P-256, P-384, P-521, secp256k1, and `stark` as a private name), `OKP`, `AKP` (ML-DSA by RFC
   * 9964, ML-KEM likewise). Other members are ignored, but a private or secret JWK is refused.
   */
  static fromJwk(jwk: unknown): PublicKey {
    const { keyType, raw } = decodePublicJwk(jwk);
    return PublicKey.fromRaw(keyType, raw);
  }

  /** A copy of the canonical raw bytes, `PUBLIC_KEY_BYTES[keyType]` long. */
  toRaw(): Uint8Array {
    return this.#raw.slice();
  }

  /**
   * The compressed SEC 1 point (02 or 03, then x) of a P-256, P-384, P-521, secp256k1 or stark key.
   *
   * @throws `InvalidKeyMaterial` for other key types.
   */
  toCompressed(): Uint8Array {
    if (!isWeierstrassKeyType(this.keyType)) {
      throw invalidPublicKey(`A ${this.keyType} public key has no compressed form.`, "no compressed form");
    }
    const compressed = this.#raw.slice(0, 1 + (this.#raw.length - 1) / 2);
    compressed[0] = 2 + ((this.#raw.at(-1) ?? 0) & 1);
    return compressed;
  }

  /**
   * The x coordinate of a secp256k1 key, 32 bytes (BIP-340). The parity of y is lost.
   *
   * @throws `InvalidKeyMaterial` for other key types.
   */
  toXOnly(): Uint8Array {
    if (this.keyType !== "secp256k1") {
      throw invalidPublicKey(`Only secp256k1 has x-only public keys (BIP-340), not ${this.keyType}.`, "no x-only form");
    }
    return this.#raw.slice(1, 33);
  }

  /**
   * DER SubjectPublicKeyInfo, with the uncompressed point where there is one.
   *
   * @throws `InvalidKeyMaterial` for `stark`, which has no object identifier.
   */
  toSpki(): Uint8Array {
    this.#spki ??= encodeSpki(this.keyType, this.#raw);
    return this.#spki.slice();
  }

  /** PEM text of {@link toSpki}, label `PUBLIC KEY`. */
  toPem(): string {
    return encodePem(SPKI_LABEL, this.toSpki());
  }

  /** The JWK with the required members only, frozen. `stark` uses `EC` with the private curve name `stark`. */
  toJwk(): PublicJwk {
    this.#jwk ??= Object.freeze(encodePublicJwk(this.keyType, this.#raw));
    return this.#jwk;
  }

  /** The JWK thumbprint with SHA-256, in base64url: 43 characters (RFC 7638; RFC 8037 for OKP, RFC 9964 for AKP). */
  thumbprint(): string {
    this.#thumbprint ??= hash("sha256", thumbprintInput(this.toJwk()), "base64url");
    return this.#thumbprint;
  }

  /** Whether the other is the same key of the same type. */
  equals(other: PublicKey): boolean {
    return this.keyType === other.keyType && Buffer.compare(this.#raw, other.#raw) === 0;
  }

  /** The JWK, so that a public key in a JSON document is readable by others. */
  toJSON(): PublicJwk {
    return this.toJwk();
  }

  /** `P-256 <thumbprint>`, for logs. */
  toString(): string {
    return `${this.keyType} ${this.thumbprint()}`;
  }
}
