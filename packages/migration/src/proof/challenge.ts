/**
 * Challenges for keys that can't sign: an ephemeral public key to agree with, or a ciphertext to decapsulate. The answer
 * is a MAC under the shared secret; the opening lets it be computed again without the key.
 */

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import {
  AGREEMENT_ALGORITHMS,
  type AgreementAlgorithm,
  type AsymmetricKeyType,
  type CapabilityDeclaration,
  encodeBase64Url,
  explain,
  isKeyrailError,
  KEM_ALGORITHMS,
  type KemAlgorithm,
  KeyrailError,
  type PrivateKeyMaterial,
  type Provider,
  PublicKey,
  tryDecodeBase64Url,
  wipe,
} from "@keyrail/core";
import {
  agree,
  decodePkcs8,
  encapsulate,
  exportPrivateKey,
  generatePrivateKey,
  hkdf,
  type OpenedPrivateKey,
  openPrivateKey,
  openPublicKey,
  prepareEngines,
  writePkcs8,
} from "@keyrail/crypto";
import { encodePublicKey } from "../public-key-text.ts";
import { readPublicKey } from "./read-public-key.ts";
import type { Proof } from "./proof.ts";
import type { KeyPermissions } from "./succession-algorithms.ts";

/** One answered challenge, as the proof has it. */
export type AnsweredChallenge = Extract<Proof, { readonly kind: "succession-agreement" }>["challenges"][number];

/** How a key answers a challenge. */
export type ChallengeMethod =
  | { readonly method: "agreement"; readonly algorithm: AgreementAlgorithm }
  | { readonly method: "decapsulation"; readonly algorithm: KemAlgorithm };

/** HKDF's info: what the key of the answer's MAC is for. */
const INFO = new TextEncoder().encode("keyrail succession agreement");

/** How a provider with these capabilities answers a challenge with such a key; undefined when it can't. */
export function challengeMethod(capabilities: CapabilityDeclaration, key: KeyPermissions): ChallengeMethod | undefined {
  const can = (operation: "agree" | "decapsulate", algorithm: AgreementAlgorithm | KemAlgorithm): boolean =>
    key.algorithms?.includes(algorithm) !== false &&
    explain(capabilities, { operation, keyType: key.keyType, half: "private", algorithm }).supported;
  if (key.usages.includes("agree")) {
    const algorithm = AGREEMENT_ALGORITHMS.find((name) => can("agree", name));
    if (algorithm !== undefined) return { method: "agreement", algorithm };
  }
  if (key.usages.includes("encapsulate")) {
    const algorithm = KEM_ALGORITHMS.find((name) => can("decapsulate", name));
    if (algorithm !== undefined) return { method: "decapsulation", algorithm };
  }
  return undefined;
}

/** A challenge to the holder of a key, with the answer that only the holder and its maker can give. */
interface Challenge {
  readonly challenge: string;
  readonly opening: string;
  readonly sharedSecret: Uint8Array;
}

/**
 * Challenges the key and checks the answer.
 *
 * @param payload what the answer authenticates.
 * @throws KeyrailError `SignatureMismatch` when the provider's answer is wrong, and what its port throws.
 */
export async function challengeKey(
  by: AnsweredChallenge["by"],
  provider: Provider,
  key: string,
  publicKey: PublicKey,
  how: ChallengeMethod,
  payload: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<AnsweredChallenge> {
  await prepareEngines(publicKey.keyType);
  const made = how.method === "agreement" ? agreementChallenge(publicKey) : encapsulationChallenge(publicKey);
  let answer: Uint8Array | undefined;
  try {
    answer = await answerOf(provider, key, publicKey.keyType, how, made.challenge, signal);
    if (answer.length !== made.sharedSecret.length || !timingSafeEqual(answer, made.sharedSecret)) {
      throw new KeyrailError(
        "SignatureMismatch",
        `${provider.capabilities.title} does not hold the private half of the public key of ${key}: its answer to a challenge is wrong.`,
        { provider: provider.name, key },
      );
    }
    const { challenge, opening } = made;
    return { by, method: how.method, challenge, mac: encodeBase64Url(answerMac(answer, payload)), opening };
  } finally {
    wipe(made.sharedSecret, answer);
  }
}

/** An answer to a challenge whose secret this process does not know, so that it can't be checked here. */
export async function macOfAnswer(
  asked: {
    readonly provider: Provider;
    /** Key URI. */
    readonly key: string;
    readonly keyType: AsymmetricKeyType;
    readonly how: ChallengeMethod;
    readonly challenge: string;
    readonly payload: Uint8Array;
  },
  { signal }: { readonly signal?: AbortSignal },
): Promise<Uint8Array> {
  const { provider, key, keyType, how, challenge, payload } = asked;
  const answer = await answerOf(provider, key, keyType, how, challenge, signal);
  try {
    return answerMac(answer, payload);
  } finally {
    wipe(answer);
  }
}

/** Whether a key answered the challenge whose private half this is, for this payload. */
export function answersTo(
  given: { readonly challenge: string; readonly mac: string; readonly opening: Uint8Array },
  publicKey: PublicKey,
  payload: Uint8Array,
): boolean {
  const mac = tryDecodeBase64Url(given.mac);
  if (mac === undefined) return false;
  return holds(mac, payload, () => reopenAgreement(given.challenge, given.opening, publicKey));
}

/**
 * Whether an answered challenge was made for this public key and answers for this payload, by the opening alone.
 */
export function isAnswered(given: AnsweredChallenge, publicKey: PublicKey, payload: Uint8Array): boolean {
  const mac = tryDecodeBase64Url(given.mac);
  const opening = tryDecodeBase64Url(given.opening);
  const method = publicKey.keyType.startsWith("ML-KEM") ? "decapsulation" : "agreement";
  if (mac === undefined || opening === undefined || given.method !== method) return false;
  try {
    return holds(mac, payload, () =>
      method === "agreement"
        ? reopenAgreement(given.challenge, opening, publicKey)
        : reopenEncapsulation(given.challenge, opening, publicKey),
    );
  } finally {
    wipe(opening);
  }
}

/** Whether a MAC is the answer under the secret that opening a challenge gives. */
function holds(mac: Uint8Array, payload: Uint8Array, open: () => Uint8Array | undefined): boolean {
  let sharedSecret: Uint8Array | undefined;
  try {
    sharedSecret = open();
    if (sharedSecret === undefined) return false;
    const expected = answerMac(sharedSecret, payload);
    return mac.length === expected.length && timingSafeEqual(mac, expected);
  } catch (error) {
    if (isKeyrailError(error)) return false;
    throw error;
  } finally {
    wipe(sharedSecret);
  }
}

/** A fresh key that others agree with: its public half as a text, its private half as PKCS#8 or, of stark, the scalar. */
export function makeChallengeKey(keyType: AsymmetricKeyType): {
  readonly challenge: string;
  readonly opening: Uint8Array;
} {
  const ephemeral = generatePrivateKey(keyType);
  const material = exportPrivateKey(ephemeral);
  try {
    const own = PublicKey.fromTrustedRaw(keyType, ephemeral.publicKey);
    clamp(keyType, material.bytes);
    const opening = keyType === "stark" ? material.bytes.slice() : writePkcs8(material, own);
    return { challenge: encodePublicKey(own), opening };
  } finally {
    wipe(material.bytes);
    ephemeral.wipe();
  }
}

function agreementChallenge(publicKey: PublicKey): Challenge {
  const { challenge, opening } = makeChallengeKey(publicKey.keyType);
  const sharedSecret = reopenAgreement(challenge, opening, publicKey);
  if (sharedSecret === undefined) throw new Error("A challenge that was just made can't be opened.");
  return { challenge, opening: encodeBase64Url(opening), sharedSecret };
}

function encapsulationChallenge(publicKey: PublicKey): Challenge {
  const randomness = new Uint8Array(randomBytes(32));
  const { ciphertext, sharedSecret } = encapsulate(openPublicKey(publicKey.keyType, publicKey.toRaw()), { randomness });
  return { challenge: encodeBase64Url(ciphertext), opening: encodeBase64Url(randomness), sharedSecret };
}

async function answerOf(
  provider: Provider,
  key: string,
  keyType: AsymmetricKeyType,
  how: ChallengeMethod,
  challenge: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const options = signal === undefined ? {} : { signal };
  if (how.method === "agreement") {
    const peer = readPublicKey(keyType, challenge);
    if (provider.agreement !== undefined && peer !== undefined) {
      return provider.agreement.agree({ key, algorithm: how.algorithm, peer: { publicKey: peer } }, options);
    }
  } else {
    const ciphertext = tryDecodeBase64Url(challenge);
    if (provider.kem !== undefined && ciphertext !== undefined) {
      return provider.kem.decapsulate({ key, algorithm: how.algorithm, ciphertext }, options);
    }
  }
  throw new KeyrailError(
    "UnsupportedCapability",
    `${provider.capabilities.title} can't answer a challenge by ${how.method}.`,
    { provider: provider.name, operation: how.method === "agreement" ? "agree" : "decapsulate", keyType },
  );
}

function reopenAgreement(challenge: string, opening: Uint8Array, publicKey: PublicKey): Uint8Array | undefined {
  const { keyType } = publicKey;
  let ephemeral: OpenedPrivateKey | undefined;
  try {
    const material: PrivateKeyMaterial =
      keyType === "stark" ? { keyType, format: "scalar", bytes: opening } : decodePkcs8(opening).material;
    const clampedBytes = Uint8Array.from(material.bytes);
    clamp(keyType, clampedBytes);
    const isOneForm = timingSafeEqual(clampedBytes, material.bytes);
    wipe(clampedBytes);
    if (!isOneForm) return undefined;
    ephemeral = openPrivateKey(material);
    if (ephemeral.keyType !== keyType) return undefined;
    const own = PublicKey.fromTrustedRaw(keyType, ephemeral.publicKey);
    if (encodePublicKey(own) !== challenge) return undefined;
    return agree(ephemeral, openPublicKey(keyType, publicKey.toRaw()));
  } finally {
    ephemeral?.wipe();
  }
}

/**
 * Sets the bits that X25519 and X448 overlook (RFC 7748, section 5): an opening has one form, so that no bit of the
 * evidence can change unnoticed.
 */
function clamp(keyType: AsymmetricKeyType, bytes: Uint8Array): void {
  if (keyType !== "X25519" && keyType !== "X448") return;
  const last = bytes.length - 1;
  bytes[0] = (bytes[0] ?? 0) & (keyType === "X25519" ? 0xf8 : 0xfc);
  bytes[last] = keyType === "X25519" ? ((bytes[last] ?? 0) & 0x7f) | 0x40 : (bytes[last] ?? 0) | 0x80;
}

function reopenEncapsulation(challenge: string, opening: Uint8Array, publicKey: PublicKey): Uint8Array | undefined {
  const again = encapsulate(openPublicKey(publicKey.keyType, publicKey.toRaw()), { randomness: opening });
  if (encodeBase64Url(again.ciphertext) === challenge) return again.sharedSecret;
  wipe(again.sharedSecret);
  return undefined;
}

/** HMAC-SHA-256 over the payload under HKDF-SHA-256 of the shared secret. */
function answerMac(sharedSecret: Uint8Array, payload: Uint8Array): Uint8Array {
  const key = hkdf({ hash: "SHA-256", inputKeyMaterial: sharedSecret, info: INFO, length: 32 });
  try {
    return new Uint8Array(createHmac("sha256", key).update(payload).digest());
  } finally {
    wipe(key);
  }
}
