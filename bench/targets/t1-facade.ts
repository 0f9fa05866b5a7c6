/** T1: what the port adds to the same call of `node:crypto` on a cached key object. */

import {
  createCipheriv,
  createHmac,
  createSecretKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import { createProvider, type KeyType, type SignatureAlgorithm } from "@keyrail/core";
import { atLeast, atMost, medianTime, ratio, type Row } from "../compare.ts";
import { emptyAdapter } from "../empty-adapter.ts";
import { makeKey, memoryProvider, MESSAGE, port } from "../fixtures.ts";

export async function t1Facade(): Promise<Row[]> {
  return [
    ...(await bareFacade()),
    ...(await signatures()),
    ...(await agreements()),
    ...(await kems()),
    ...(await short()),
  ];
}

async function bareFacade(): Promise<Row[]> {
  const adapter = emptyAdapter();
  const provider = createProvider(adapter);
  const key = await makeKey(provider, "Ed25519", ["sign", "verify"]);
  const signer = port(provider, "signer");
  const own = adapter.signer;
  if (own === undefined) throw new Error("the adapter signs");
  const request = { key, algorithm: "Ed25519", message: MESSAGE } as const;
  const wrapped = await medianTime(() => signer.sign(request));
  const bare = await medianTime(() => own.sign(request));
  return [atMost("T1", "facade: added per awaited sign call", 1.5, (wrapped - bare) * 1000, "us")];
}

const SIGNATURES: readonly (readonly [
  KeyType,
  SignatureAlgorithm,
  string | null,
  () => { privateKey: KeyObject; publicKey: KeyObject },
])[] = [
  ["P-256", "ES256", "sha256", () => generateKeyPairSync("ec", { namedCurve: "P-256" })],
  ["P-384", "ES384", "sha384", () => generateKeyPairSync("ec", { namedCurve: "P-384" })],
  ["P-521", "ES512", "sha512", () => generateKeyPairSync("ec", { namedCurve: "P-521" })],
  ["Ed25519", "Ed25519", null, () => generateKeyPairSync("ed25519")],
  ["Ed448", "Ed448", null, () => generateKeyPairSync("ed448")],
  ["ML-DSA-44", "ML-DSA-44", null, () => generateKeyPairSync("ml-dsa-44")],
  ["ML-DSA-65", "ML-DSA-65", null, () => generateKeyPairSync("ml-dsa-65")],
  ["ML-DSA-87", "ML-DSA-87", null, () => generateKeyPairSync("ml-dsa-87")],
];

async function signatures(): Promise<Row[]> {
  const provider = await memoryProvider();
  const signer = port(provider, "signer");
  const verifier = port(provider, "verifier");
  const rows: Row[] = [];
  for (const [keyType, algorithm, hash, generate] of SIGNATURES) {
    const key = await makeKey(provider, keyType, ["sign", "verify"]);
    const raw = generate();
    const rawSignature = sign(hash, MESSAGE, raw.privateKey);
    const { signature } = await signer.sign({ key, algorithm, message: MESSAGE });
    const signing = await ratio(
      () => signer.sign({ key, algorithm, message: MESSAGE }),
      () => sign(hash, MESSAGE, raw.privateKey),
    );
    const verifying = await ratio(
      () => verifier.verify({ key, algorithm, message: MESSAGE, signature }),
      () => verify(hash, MESSAGE, raw.publicKey, rawSignature),
    );
    rows.push(atLeast("T1", `${algorithm} sign against node:crypto`, 0.95, signing));
    rows.push(atLeast("T1", `${algorithm} verify against node:crypto`, 0.95, verifying));
  }
  await provider.close();
  return rows;
}

async function agreements(): Promise<Row[]> {
  const provider = await memoryProvider();
  const agreement = port(provider, "agreement");
  const rows: Row[] = [];
  for (const [keyType, algorithm, generate] of [
    ["P-256", "ECDH", () => generateKeyPairSync("ec", { namedCurve: "P-256" })],
    ["X25519", "X25519", () => generateKeyPairSync("x25519")],
    ["X448", "X448", () => generateKeyPairSync("x448")],
  ] as const) {
    const key = await makeKey(provider, keyType, ["agree"]);
    const publicKey = await provider.keys.getPublic(await makeKey(provider, keyType, ["agree"]));
    const [own, other] = [generate(), generate()];
    const measured = await ratio(
      () => agreement.agree({ key, algorithm, peer: { publicKey } }),
      () => diffieHellman({ privateKey: own.privateKey, publicKey: other.publicKey }),
    );
    rows.push(atLeast("T1", `${keyType} agree against node:crypto`, 0.95, measured));
  }
  await provider.close();
  return rows;
}

async function kems(): Promise<Row[]> {
  const provider = await memoryProvider();
  const kem = port(provider, "kem");
  const key = await makeKey(provider, "ML-KEM-768", ["encapsulate"]);
  const raw = generateKeyPairSync("ml-kem-768");
  const { ciphertext } = await kem.encapsulate({ key, algorithm: "ML-KEM-768" });
  const rawCiphertext = encapsulate(raw.publicKey).ciphertext;
  const rows = [
    atLeast(
      "T1",
      "ML-KEM-768 encapsulate against node:crypto",
      0.95,
      await ratio(
        () => kem.encapsulate({ key, algorithm: "ML-KEM-768" }),
        () => encapsulate(raw.publicKey),
      ),
    ),
    atLeast(
      "T1",
      "ML-KEM-768 decapsulate against node:crypto",
      0.95,
      await ratio(
        () => kem.decapsulate({ key, algorithm: "ML-KEM-768", ciphertext }),
        () => decapsulate(raw.privateKey, rawCiphertext),
      ),
    ),
  ];
  await provider.close();
  return rows;
}

/** Operations of a few microseconds: awaited through the port, and through an opened key. */
async function short(): Promise<Row[]> {
  const provider = await memoryProvider();
  const hmacKey = await makeKey(provider, "HMAC-SHA-256", ["mac"]);
  const aesKey = await makeKey(provider, "AES-256", ["encrypt"]);
  const hmacRaw = createSecretKey(randomBytes(32));
  const aesRaw = createSecretKey(randomBytes(32));
  const plaintext = new Uint8Array(64);
  const rawHmac = (): Uint8Array => createHmac("sha256", hmacRaw).update(MESSAGE).digest();
  const rawGcm = (): unknown => {
    const iv = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", aesRaw, iv, { authTagLength: 16 });
    const ciphertext = cipher.update(plaintext);
    cipher.final();
    return { ciphertext, iv, tag: cipher.getAuthTag() };
  };
  const mac = port(provider, "mac");
  const cipher = port(provider, "cipher");
  const openedHmac = await port(provider, "opener").open(hmacKey);
  const openedAes = await port(provider, "opener").open(aesKey);
  const rows = [
    atLeast(
      "T1",
      "HMAC-SHA-256 awaited against createHmac",
      0.6,
      await ratio(() => mac.mac({ key: hmacKey, algorithm: "HS256", message: MESSAGE }), rawHmac),
    ),
    atLeast(
      "T1",
      "HMAC-SHA-256 opened key against createHmac",
      0.9,
      await ratio(() => openedHmac.mac({ algorithm: "HS256", message: MESSAGE }), rawHmac),
    ),
    atLeast(
      "T1",
      "AES-256-GCM 64 B awaited against createCipheriv",
      0.6,
      await ratio(() => cipher.encrypt({ key: aesKey, algorithm: "A256GCM", plaintext }), rawGcm),
    ),
    atLeast(
      "T1",
      "AES-256-GCM 64 B opened key against createCipheriv",
      0.9,
      await ratio(() => openedAes.encrypt({ algorithm: "A256GCM", plaintext }), rawGcm),
    ),
  ];
  await provider.close();
  return rows;
}
