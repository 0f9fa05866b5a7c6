/** The Solana CLI's `id.json`: 64 numbers in a JSON array, the Ed25519 seed and then the public key. */

import { PublicKey, wipe, type PrivateKeyMaterial } from "@keyrail/core";
import { invalidKeyFile, type ParsedPrivateKey } from "./parsed-key.ts";
import { verifyPrivateKey } from "./verify-private-key.ts";

const SEED_BYTES = 32;
const FILE_NUMBERS = 64;
const [OPEN, CLOSE, COMMA, ZERO, NINE] = [0x5b, 0x5d, 0x2c, 0x30, 0x39] as const;

/**
 * Reads an `id.json`. The numbers are read from the bytes: JSON.parse would leave the seed in a text that can't be wiped.
 *
 * @throws `InvalidKeyMaterial` when it is not an array of 64 numbers of 0 to 255, or the public half does not belong to
 *   the seed.
 */
export async function decodeSolanaIdFile(file: Uint8Array): Promise<ParsedPrivateKey> {
  const numbers = readByteArray(file);
  try {
    const publicKey = PublicKey.fromRaw("Ed25519", numbers.subarray(SEED_BYTES));
    const material: PrivateKeyMaterial = { keyType: "Ed25519", format: "seed", bytes: numbers.slice(0, SEED_BYTES) };
    return await verifyPrivateKey({ material, publicKey }, "solana");
  } finally {
    wipe(numbers);
  }
}

/**
 * The content of an `id.json`, ASCII. The caller wipes it.
 *
 * @throws `InvalidKeyMaterial` for anything but an Ed25519 seed with an Ed25519 public key.
 */
export function writeSolanaIdFile(material: PrivateKeyMaterial, publicKey: PublicKey): Uint8Array {
  if (material.keyType !== "Ed25519" || publicKey.keyType !== "Ed25519" || material.format !== "seed") {
    throw invalidKeyFile("A Solana id.json holds an Ed25519 seed and its public key.", "wrong type", "solana");
  }
  const file = new Uint8Array(2 + 4 * FILE_NUMBERS);
  let offset = 0;
  file[offset++] = OPEN;
  for (const half of [material.bytes, publicKey.toRaw()]) {
    for (const byte of half) {
      if (offset > 1) file[offset++] = COMMA;
      if (byte >= 100) file[offset++] = ZERO + Math.floor(byte / 100);
      if (byte >= 10) file[offset++] = ZERO + (Math.floor(byte / 10) % 10);
      file[offset++] = ZERO + (byte % 10);
    }
  }
  file[offset++] = CLOSE;
  const content = file.slice(0, offset);
  wipe(file);
  return content;
}

function readByteArray(file: Uint8Array): Uint8Array {
  const numbers = new Uint8Array(FILE_NUMBERS);
  let count = 0;
  let offset = skipBlanks(file, 0);
  const fail = (): Error => {
    wipe(numbers);
    return invalidKeyFile("A Solana id.json is an array of 64 numbers from 0 to 255.", "not 64 numbers", "solana");
  };
  if (file[offset++] !== OPEN) throw fail();
  for (;;) {
    offset = skipBlanks(file, offset);
    const start = offset;
    let value = 0;
    for (let digit = digitAt(file, offset); digit !== undefined; digit = digitAt(file, offset)) {
      value = value * 10 + digit;
      offset++;
      if (offset - start > 3) throw fail();
    }
    const leadingZero = offset - start > 1 && file[start] === ZERO;
    if (offset === start || leadingZero || value > 255 || count === FILE_NUMBERS) throw fail();
    numbers[count++] = value;
    offset = skipBlanks(file, offset);
    const separator = file[offset++];
    if (separator === CLOSE) break;
    if (separator !== COMMA) throw fail();
  }
  if (count !== FILE_NUMBERS || skipBlanks(file, offset) !== file.length) throw fail();
  return numbers;
}

function digitAt(file: Uint8Array, offset: number): number | undefined {
  const code = file[offset];
  return code !== undefined && code >= ZERO && code <= NINE ? code - ZERO : undefined;
}

function skipBlanks(file: Uint8Array, from: number): number {
  let offset = from;
  while (file[offset] === 0x20 || file[offset] === 0x0a || file[offset] === 0x0d || file[offset] === 0x09) offset++;
  return offset;
}
