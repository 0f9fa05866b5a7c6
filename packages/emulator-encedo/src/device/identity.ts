/** What makes a device itself: its key agreement key, its log signing key, its numbers. */

import { ed25519, x25519 } from "@noble/curves/ed25519.js";

import { encodeBase64 } from "../bytes.ts";

/** Identity of a device; stable over reboots and wipes. */
export class DeviceIdentity {
  /** 32-byte X25519 private key behind `eid`. */
  readonly agreementKey: Uint8Array;
  /** 32-byte Ed25519 seed behind `eid_sign`. */
  readonly signingKey: Uint8Array;
  /** 8 bytes, `devid`. */
  readonly serial: Uint8Array;
  /** 32-byte X25519 public key. */
  readonly publicKey: Uint8Array;
  /** `eid` as it is sent: standard base64 of {@link publicKey}. */
  readonly eid: string;
  /** 32-byte Ed25519 public key. */
  readonly signingPublicKey: Uint8Array;

  constructor(agreementKey: Uint8Array, signingKey: Uint8Array, serial: Uint8Array) {
    this.agreementKey = agreementKey;
    this.signingKey = signingKey;
    this.serial = serial;
    this.publicKey = x25519.getPublicKey(agreementKey);
    this.eid = encodeBase64(this.publicKey);
    this.signingPublicKey = ed25519.getPublicKey(signingKey);
  }

  /**
   * X25519 of the identity key and a peer.
   *
   * @returns `undefined` for a peer key of low order or wrong length.
   */
  agree(peer: Uint8Array): Uint8Array | undefined {
    return agreeX25519(this.agreementKey, peer);
  }
}

/** X25519; `undefined` for a peer key of low order or wrong length. */
export function agreeX25519(privateKey: Uint8Array, peer: Uint8Array): Uint8Array | undefined {
  try {
    return x25519.getSharedSecret(privateKey, peer);
  } catch {
    // The peer key comes from the wire; the caller refuses the request.
    return undefined;
  }
}
