/** The tour's second part: what keys are for, each answer checked on the other side or by Node.js itself. */

import { createPublicKey, verify as nodeVerify } from "node:crypto";
import type { KeyRecord, KeyType, Provider, SignatureAlgorithm, Usage } from "@keyrail/core";
import { requirePort } from "../providers/require-port.ts";
import { brief, type Narrator } from "./narrator.ts";

const MESSAGE = new TextEncoder().encode("Keyrail signs this on the tour.");

/** What the parts of the tour work with. */
export interface Tour {
  readonly provider: Provider;
  /** The keys that were imported. */
  readonly records: readonly KeyRecord[];
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
}

const SIGNATURES: readonly (readonly [KeyType, SignatureAlgorithm])[] = [
  ["P-256", "ES256"],
  ["P-384", "ES384"],
  ["P-521", "ES512"],
  ["secp256k1", "ES256K"],
  ["secp256k1", "BIP340"],
  ["Ed25519", "Ed25519"],
  ["Ed448", "Ed448"],
  ["ML-DSA-65", "ML-DSA-65"],
];
/** What Node.js can check without us; the hash belongs to the algorithm. */
const NODE_HASH: Readonly<Partial<Record<SignatureAlgorithm, string | null>>> = {
  ES256: "sha256",
  ES384: "sha384",
  ES512: "sha512",
  ES256K: "sha256",
  Ed25519: null,
  Ed448: null,
};

/** Signs with imported keys; each signature is verified through the port, and by Node.js where it can. */
export async function signAndVerify({ provider, records, narrator, signal }: Tour): Promise<void> {
  const signer = requirePort(provider, "signer", "sign");
  const verifier = requirePort(provider, "verifier", "verify");
  for (const [keyType, algorithm] of SIGNATURES) {
    const record = records.find((each) => each.keyType === keyType);
    const publicKey = record?.publicKey;
    if (record === undefined || publicKey === undefined) continue;
    const key = record.uri;
    const { signature } = await signer.sign({ key, algorithm, message: MESSAGE }, { signal });
    const valid = await verifier.verify({ key, algorithm, message: MESSAGE, signature }, { signal });
    const tampered = Uint8Array.from(MESSAGE, (byte, index) => (index === 0 ? byte ^ 1 : byte));
    const refused = !(await verifier.verify({ key, algorithm, message: tampered, signature }, { signal }));
    const hash = NODE_HASH[algorithm];
    const outside =
      hash === undefined ||
      nodeVerify(hash, MESSAGE, { key: createPublicKey(publicKey.toPem()), dsaEncoding: "ieee-p1363" }, signature);
    const by = hash === undefined ? "verified" : "verified, also by Node.js";
    narrator.fact(
      `${algorithm.padEnd(10)} ${brief(signature).padEnd(30)} ${by}; a changed message is refused`,
      valid && refused && outside,
    );
  }
}

async function create(
  { provider, signal }: Tour,
  keyType: KeyType,
  usages: readonly Usage[],
  label: string,
): Promise<KeyRecord> {
  return provider.keys.create({ keyType, usages, label }, { signal });
}

/** Two sides agree on one secret, and derive the same stored key of it: what one encrypts the other decrypts. */
export async function agreeAndDerive(tour: Tour): Promise<void> {
  const { provider, narrator, signal } = tour;
  const agreement = requirePort(provider, "agreement", "agree");
  const cipher = requirePort(provider, "cipher", "encrypt");
  for (const [keyType, algorithm] of [
    ["P-256", "ECDH"],
    ["X25519", "X25519"],
  ] as const) {
    const ours = await create(tour, keyType, ["agree", "derive"], `our ${keyType}`);
    const theirs = await create(tour, keyType, ["agree", "derive"], `their ${keyType}`);
    const [ourPublic, theirPublic] = await Promise.all(
      [ours, theirs].map(({ uri }) => provider.keys.getPublic(uri, { signal })),
    );
    if (ourPublic === undefined || theirPublic === undefined) throw new Error("A key pair has a public key.");
    const left = await agreement.agree({ key: ours.uri, algorithm, peer: { publicKey: theirPublic } }, { signal });
    const right = await agreement.agree({ key: theirs.uri, algorithm, peer: { publicKey: ourPublic } }, { signal });
    narrator.fact(
      `${algorithm.padEnd(10)} both sides agree on one secret (${keyType})`,
      Buffer.from(left).equals(right),
    );
    const attributes = { kind: "ecdh", keyType: "AES-256", usages: ["encrypt"], label: "session" } as const;
    const mine = await provider.keys.derive(
      { ...attributes, key: ours.uri, peer: { publicKey: theirPublic } },
      { signal },
    );
    const yours = await provider.keys.derive(
      { ...attributes, key: theirs.uri, peer: { publicKey: ourPublic } },
      { signal },
    );
    const sealed = await cipher.encrypt({ key: mine.uri, algorithm: "A256GCM", plaintext: MESSAGE }, { signal });
    const opened = await cipher.decrypt({ key: yours.uri, algorithm: "A256GCM", ...sealed }, { signal });
    narrator.fact(
      `A256GCM    each derives an AES-256 key of it inside the provider; what one encrypts the other decrypts`,
      Buffer.from(opened).equals(MESSAGE),
    );
  }
}

/** A BIP-32 master key and its children. */
export async function deriveChildren({ provider, narrator, signal }: Tour): Promise<void> {
  const signer = requirePort(provider, "signer", "sign");
  const verifier = requirePort(provider, "verifier", "verify");
  const usages: Usage[] = ["sign", "verify", "derive"];
  const master = await provider.keys.create(
    { keyType: "secp256k1", usages, hierarchical: "BIP32", label: "wallet" },
    { signal },
  );
  for (const path of ["m/44'/60'/0'/0/0", "m/44'/60'/0'/0/1"]) {
    const child = await provider.keys.derive(
      { kind: "hd", key: master.uri, path, usages: ["sign", "verify"], label: path },
      { signal },
    );
    const { signature } = await signer.sign({ key: child.uri, algorithm: "ES256K", message: MESSAGE }, { signal });
    const request = { key: child.uri, algorithm: "ES256K", message: MESSAGE, signature } as const;
    narrator.fact(
      `BIP32      ${path} signs; public key ${brief(child.publicKey?.toCompressed() ?? new Uint8Array())}`,
      await verifier.verify(request, { signal }),
    );
  }
}

/** Key encapsulation, MAC, encryption and key wrapping. */
export async function useSecrets(tour: Tour): Promise<void> {
  const { provider, records, narrator, signal } = tour;
  const kem = requirePort(provider, "kem", "encapsulate");
  const encapsulating =
    records.find(({ keyType }) => keyType === "ML-KEM-768") ??
    (await create(tour, "ML-KEM-768", ["encapsulate"], "kem"));
  const { ciphertext, sharedSecret } = await kem.encapsulate(
    { key: encapsulating.uri, algorithm: "ML-KEM-768" },
    { signal },
  );
  const secret = await kem.decapsulate({ key: encapsulating.uri, algorithm: "ML-KEM-768", ciphertext }, { signal });
  narrator.fact(
    `ML-KEM-768 ${brief(ciphertext)} carries a shared secret that is the same on both sides`,
    Buffer.from(secret).equals(sharedSecret),
  );

  const mac = requirePort(provider, "mac", "make a MAC");
  const authenticating =
    records.find(({ keyType }) => keyType === "HMAC-SHA-256") ?? (await create(tour, "HMAC-SHA-256", ["mac"], "mac"));
  const tag = await mac.mac({ key: authenticating.uri, algorithm: "HS256", message: MESSAGE }, { signal });
  const right = await mac.verifyMac({ key: authenticating.uri, algorithm: "HS256", message: MESSAGE, tag }, { signal });
  narrator.fact(`HS256      ${brief(tag)} is the MAC of the message`, right);

  const cipher = requirePort(provider, "cipher", "encrypt");
  const encrypting =
    records.find(({ keyType }) => keyType === "AES-256") ?? (await create(tour, "AES-256", ["encrypt"], "cipher"));
  const sealed = await cipher.encrypt({ key: encrypting.uri, algorithm: "A256GCM", plaintext: MESSAGE }, { signal });
  const opened = await cipher.decrypt({ key: encrypting.uri, algorithm: "A256GCM", ...sealed }, { signal });
  narrator.fact(`A256GCM    ${brief(sealed.ciphertext)} decrypts to the message`, Buffer.from(opened).equals(MESSAGE));

  const keyWrap = requirePort(provider, "keyWrap", "wrap");
  const wrapping = await create(tour, "AES-256", ["wrap"], "wrapping key");
  const wrapped = await keyWrap.wrap({ key: wrapping.uri, algorithm: "A256KW", plaintext: secret }, { signal });
  const unwrapped = await keyWrap.unwrap({ key: wrapping.uri, algorithm: "A256KW", wrapped }, { signal });
  narrator.fact(`A256KW     ${brief(wrapped)} unwraps to the shared secret`, Buffer.from(unwrapped).equals(secret));
}

/** What is refused: another usage, an export, an algorithm the key does not have. */
export async function seeRefusals({ provider, records, narrator, signal }: Tour): Promise<void> {
  const key = records.find(({ keyType }) => keyType === "P-256")?.uri ?? "";
  const attempts: readonly (readonly [string, () => Promise<unknown>])[] = [
    [
      "an export of a key that is not extractable",
      () => requirePort(provider, "keyExport", "export").export(key, { signal }),
    ],
    [
      "an agreement with a key that may only sign",
      () => requirePort(provider, "agreement", "agree").agree({ key, algorithm: "ECDH", peer: { key } }, { signal }),
    ],
    [
      "ES256K with a P-256 key",
      () => requirePort(provider, "signer", "sign").sign({ key, algorithm: "ES256K", message: MESSAGE }, { signal }),
    ],
  ];
  for (const [what, attempt] of attempts) {
    const refusal: unknown = await attempt().then(
      () => undefined,
      (error: unknown) => error,
    );
    const text = refusal instanceof Error ? refusal.message.replaceAll(key, "software:…") : "";
    narrator.fact(`${what}: ${text}`, refusal !== undefined);
  }
}
