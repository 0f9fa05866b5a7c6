/** Constants of the Weierstrass curves: orders and lengths (SEC 2, FIPS 186-5; stark as published by StarkWare). */

/** Weierstrass curves of the vocabulary. */
export type Curve = "P-256" | "P-384" | "P-521" | "secp256k1" | "stark";

/** A curve's constants. */
export interface CurveConstants {
  /** Length in bytes of a scalar, of a coordinate and of each half of a signature. */
  readonly bytes: number;
  /** Length in bits of the group order. */
  readonly orderBits: number;
  /** Group order n, big-endian, `bytes` long. */
  readonly order: Uint8Array;
  /** floor(n / 2): the largest s of a low-S signature. */
  readonly halfOrder: Uint8Array;
}

function constants(order: bigint): CurveConstants {
  const orderBits = order.toString(2).length;
  const bytes = Math.ceil(orderBits / 8);
  const encode = (value: bigint): Uint8Array =>
    new Uint8Array(Buffer.from(value.toString(16).padStart(2 * bytes, "0"), "hex"));
  return { bytes, orderBits, order: encode(order), halfOrder: encode(order / 2n) };
}

/** The constants of each curve. */
export const CURVES: Readonly<Record<Curve, CurveConstants>> = {
  "P-256": constants(0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n),
  "P-384":
    constants(0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n),
  "P-521":
    constants(
      0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
    ),
  secp256k1: constants(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n),
  stark: constants(0x0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2fn),
};

/** Whether the key type is a Weierstrass curve. */
export function isCurve(keyType: string): keyType is Curve {
  return Object.hasOwn(CURVES, keyType);
}
