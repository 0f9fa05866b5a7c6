/** The client's side of import and export (fact sheet, sections 8 and 9), for tests: nothing of the emulator's is used. */

import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { type WeierstrassPointCons, weierstrass } from "@noble/curves/abstract/weierstrass.js";

export type Curve = "secp256k1" | "stark" | "ed25519";

export const stark: WeierstrassPointCons<bigint> = weierstrass({
  p: 2n ** 251n + 17n * 2n ** 192n + 1n,
  n: 0x0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2fn,
  h: 1n,
  a: 1n,
  b: 3141592653589793238462643383279502884197169399375105820974944592307816406665n,
  Gx: 874739451078007766457464989774322083649278607533249481151382481072868806602n,
  Gy: 152666792071518830868575557812948353041420400780739481342941381225525861407n,
});

export const orders: Readonly<Record<Curve, bigint>> = {
  secp256k1: secp256k1.Point.Fn.ORDER,
  stark: stark.Fn.ORDER,
  ed25519: ed25519.Point.Fn.ORDER,
};

export interface SignerInfo {
  readonly signerId: string;
  readonly encryptionKey: string;
}

/** H(s) of the fact sheet, as bytes and as an integer. */
export const H = (text: string): Buffer => createHash("sha256").update(text).digest();
export const integer = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
export const hex64 = (value: bigint): string => value.toString(16).padStart(64, "0");
export const sha256Hex = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

export function randomScalar(order: bigint): bigint {
  return (integer(randomBytes(48)) % (order - 1n)) + 1n;
}

/** Compressed public key as the API writes it, hexadecimal. */
export function publicKeyHex(curve: Curve, scalar: bigint): string {
  if (curve === "ed25519") return ed25519.Point.BASE.multiply(scalar).toHex();
  return (curve === "stark" ? stark : secp256k1.Point).BASE.multiply(scalar).toHex(true);
}

function sharePoint(curve: Curve, scalar: bigint): string {
  if (curve === "ed25519") return ed25519.Point.BASE.multiply(scalar).toHex();
  return (curve === "stark" ? stark : secp256k1.Point).BASE.multiply(scalar).toHex(false);
}

/** f(1)..f(5) for f(x) = secret + a1 x + a2 x^2. */
export function split(curve: Curve, secret: bigint, [a1, a2]: readonly [bigint, bigint]): readonly bigint[] {
  return [1n, 2n, 3n, 4n, 5n].map((x) => (secret + a1 * x + a2 * x * x) % orders[curve]);
}

/** f(0) over the points given as [x, f(x)]. */
export function interpolate(curve: Curve, points: readonly (readonly [bigint, bigint])[]): bigint {
  const q = orders[curve];
  const mod = (value: bigint): bigint => ((value % q) + q) % q;
  const power = (base: bigint, exponent: bigint): bigint => {
    let [result, square, left] = [1n, mod(base), exponent];
    for (; left > 0n; left >>= 1n) {
      if (left & 1n) result = mod(result * square);
      square = mod(square * square);
    }
    return result;
  };
  let sum = 0n;
  for (const [x, y] of points) {
    let term = y;
    for (const [other] of points) if (other !== x) term = mod(term * other * power(other - x, q - 2n));
    sum = mod(sum + term);
  }
  return sum;
}

/** Encrypts to a signer; `ephemeral` is fixed for published vectors only. */
export function encryptFor(
  encryptionKey: string,
  plaintext: string,
  ephemeral: bigint = randomScalar(orders.secp256k1),
): Buffer {
  const recipient = secp256k1.Point.fromBytes(Buffer.from(encryptionKey, "base64").subarray(1));
  const cipher = createCipheriv("aes-256-gcm", aesKey(recipient.multiply(ephemeral).toBytes(true)), Buffer.alloc(12));
  const ciphertext = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final()]);
  return Buffer.concat([ciphertext, cipher.getAuthTag(), secp256k1.Point.BASE.multiply(ephemeral).toBytes(true)]);
}

export function decryptWith(decryptionKey: bigint, message: Buffer): string {
  const point = secp256k1.Point.fromBytes(message.subarray(-33));
  const decipher = createDecipheriv(
    "aes-256-gcm",
    aesKey(point.multiply(decryptionKey).toBytes(true)),
    Buffer.alloc(12),
  );
  decipher.setAuthTag(message.subarray(-49, -33));
  return Buffer.concat([decipher.update(message.subarray(0, -49)), decipher.final()]).toString();
}

function aesKey(agreed: Uint8Array): Buffer {
  return Buffer.from(hkdfSync("sha256", agreed, "DFNS_KEY_IMPORT", "ENCRYPTION_KEY", 32));
}

export function encryptionKeyOf(scalar: bigint): string {
  return Buffer.concat([Uint8Array.of(1), secp256k1.Point.BASE.multiply(scalar).toBytes(true)]).toString("base64");
}

/** Signers by the bytes of their ids: position is share index. */
export function ranked(signers: readonly SignerInfo[]): readonly SignerInfo[] {
  const bytes = ({ signerId }: SignerInfo): Buffer => Buffer.from(signerId, "base64");
  return signers.toSorted((left, right) => Buffer.compare(bytes(left), bytes(right)));
}

/** The share texts in index order. */
export function shareTexts(curve: Curve, shares: readonly bigint[], chainCode?: string): readonly string[] {
  const publicShares = shares.map((scalar) => ({ curve, point: sharePoint(curve, scalar) }));
  return shares.map((scalar) =>
    JSON.stringify({
      version: 1,
      secret_share: { curve, scalar: hex64(scalar) },
      public_shares: publicShares,
      ...(chainCode === undefined ? {} : { chain_code: chainCode }),
    }),
  );
}

export interface ImportBody {
  curve: Curve;
  protocol: string;
  minSigners: number;
  encryptedKeyShares: { signerId: string; encryptedKeyShare: string }[];
  name?: string;
  masterKey?: boolean;
}

/** The whole body of `POST /keys/import` for a scalar. */
export function importBody(
  curve: Curve,
  protocol: string,
  secret: bigint,
  signers: readonly SignerInfo[],
  chainCode?: string,
): ImportBody {
  const q = orders[curve];
  const texts = shareTexts(curve, split(curve, secret, [randomScalar(q), randomScalar(q)]), chainCode);
  return {
    curve,
    protocol,
    minSigners: 3,
    ...(chainCode === undefined ? {} : { masterKey: true }),
    encryptedKeyShares: ranked(signers).map(({ signerId, encryptionKey }, at) => ({
      signerId,
      encryptedKeyShare: encryptFor(encryptionKey, texts[at] ?? "").toString("base64"),
    })),
  };
}

interface ExportShare {
  readonly index: { readonly scalar: string };
  readonly secret_share: { readonly scalar: string };
  readonly chain_code?: string;
}

/** Opens an export answer: the shares' texts, the scalar over the shares asked for, and the chain code. */
export function openExport(
  curve: Curve,
  answer: Record<string, unknown>,
  decryptionKey: bigint,
  count: number = 5,
): { readonly texts: readonly string[]; readonly scalar: bigint; readonly chainCode: string | undefined } {
  const shares = answer["encryptedKeyShares"] as readonly { encryptedKeyShare: string }[];
  const texts = shares.map(({ encryptedKeyShare }) =>
    decryptWith(decryptionKey, Buffer.from(encryptedKeyShare, "base64")),
  );
  const opened = texts.map((text) => JSON.parse(text) as ExportShare);
  const points = opened
    .slice(0, count)
    .map((share) => [BigInt(`0x${share.index.scalar}`), BigInt(`0x${share.secret_share.scalar}`)] as const);
  return { texts, scalar: interpolate(curve, points), chainCode: opened[0]?.chain_code };
}

export function signersOf(answer: Record<string, unknown>): readonly SignerInfo[] {
  const clusters = answer["clusters"] as readonly { signers: readonly SignerInfo[] }[];
  return clusters[0]?.signers ?? [];
}

/** What a client sends as `supportedSchemes` (fact sheet, section 9). */
export const supportedSchemes: readonly { readonly protocol: string; readonly curve: string }[] = [
  { protocol: "CGGMP24", curve: "secp256k1" },
  { protocol: "CGGMP24", curve: "stark" },
  { protocol: "FROST", curve: "ed25519" },
  { protocol: "FROST_BITCOIN", curve: "secp256k1" },
];
