/** Calls in which one part has a given length and everything else is right. */

import type { CapabilityRow, KeyType, LimitName, SignRequest } from "@keyrail/core";
import { usualAttributes } from "../attributes.ts";
import type { CheckContext } from "../context.ts";
import { isSymmetric } from "../reference/key-material.ts";
import { randomBytes, testMessage, utf8 } from "../reference/random.ts";
import { isCipher, isMac, isSignature, isWrap } from "../refusal/algorithm-kinds.ts";
import { contextOf } from "../reference/signatures.ts";

/** A call, and whether it should be answered when the length is within the declared range. */
export interface LengthCall {
  readonly works: boolean;
  run(): Promise<unknown>;
}

/** The call for a row; `undefined` where the suite has no call in which only this length varies. */
export async function callOfLength(
  context: CheckContext,
  row: CapabilityRow,
  name: LimitName,
  length: number,
): Promise<LengthCall | undefined> {
  const [keyType] = row.keyTypes;
  if (keyType === undefined) return undefined;
  switch (row.operation) {
    case "import:secret":
      return importOfLength(context, row, keyType, length);
    case "sign":
    case "verify":
      return signatureOfLength(context, row, keyType, name, length);
    case "mac":
    case "verify-mac":
      return macOfLength(context, row, keyType, name, length);
    case "encrypt":
    case "decrypt":
      return cipherOfLength(context, row, keyType, name, length);
    case "wrap":
    case "unwrap":
      return wrapOfLength(context, row, keyType, length);
    default:
      return undefined;
  }
}

function importOfLength(
  context: CheckContext,
  row: CapabilityRow,
  keyType: KeyType,
  length: number,
): LengthCall | undefined {
  if (!isSymmetric(keyType)) return undefined;
  const secret = randomBytes(length);
  const attributes = {
    ...usualAttributes(context.capabilities, keyType, row),
    label: context.newLabel(),
  };
  return {
    works: keyType.startsWith("HMAC") && length > 0,
    run: () => context.provider.keys.import({ kind: "secret", keyType, secret, ...attributes }),
  };
}

async function signatureOfLength(
  context: CheckContext,
  row: CapabilityRow,
  keyType: KeyType,
  name: LimitName,
  length: number,
): Promise<LengthCall | undefined> {
  const algorithm = row.algorithms?.[0];
  const { signer, verifier } = context.provider;
  if (!isSignature(algorithm)) return undefined;
  const usage = row.operation === "sign" ? "sign" : "verify";
  const { key } = await context.fixtures.get(context.provider, { keyType, usages: [usage], algorithms: [algorithm] });
  const takesMessage = row.inputs?.includes("message") !== false;
  if (name === "digest" && row.inputs?.includes("digest") === false) return undefined;
  if (name === "message" && !takesMessage) return undefined;
  const messageLength =
    name === "message"
      ? length
      : Math.max(row.limits?.message?.minimum ?? 0, Math.min(32, row.limits?.message?.maximum ?? 32));
  const digestLength = name === "digest" ? length : (row.limits?.digest?.minimum ?? 32);
  const input =
    name === "digest" || !takesMessage
      ? { digest: randomBytes(digestLength) }
      : { message: testMessage(messageLength) };
  const needed = contextOf(algorithm) === "required" ? { context: utf8("keyrail") } : {};
  const given = name === "context" ? { context: randomBytes(length) } : needed;
  const format = row.formats?.[0];
  const request: SignRequest = { key, algorithm, ...input, ...given, ...(format === undefined ? {} : { format }) };
  if (row.operation === "sign") return signer && { works: true, run: () => signer.sign(request) };
  return verifier && { works: true, run: () => verifier.verify({ ...request, signature: randomBytes(64) }) };
}

async function macOfLength(
  context: CheckContext,
  row: CapabilityRow,
  keyType: KeyType,
  name: LimitName,
  length: number,
): Promise<LengthCall | undefined> {
  const algorithm = row.algorithms?.[0];
  const { mac } = context.provider;
  if (!isMac(algorithm) || mac === undefined) return undefined;
  const { key } = await context.fixtures.get(context.provider, { keyType, usages: ["mac"], algorithms: [algorithm] });
  const message = testMessage(name === "message" ? length : 32);
  if (row.operation === "mac") return { works: true, run: () => mac.mac({ key, algorithm, message }) };
  const tag = randomBytes(name === "tag" ? length : (row.limits?.tag?.maximum ?? 32));
  return { works: true, run: () => mac.verifyMac({ key, algorithm, message, tag }) };
}

async function cipherOfLength(
  context: CheckContext,
  row: CapabilityRow,
  keyType: KeyType,
  name: LimitName,
  length: number,
): Promise<LengthCall | undefined> {
  const algorithm = row.algorithms?.[0];
  const { cipher } = context.provider;
  if (!isCipher(algorithm) || cipher === undefined) return undefined;
  const { key } = await context.fixtures.get(context.provider, {
    keyType,
    usages: ["encrypt"],
    algorithms: [algorithm],
  });
  const additional = name === "additionalData" ? { additionalData: randomBytes(length) } : {};
  if (row.operation === "encrypt") {
    if (name === "iv" && row.parameters?.includes("iv") !== true) return undefined;
    const minimum = row.limits?.plaintext?.minimum ?? 0;
    const plaintext = testMessage(name === "plaintext" ? length : Math.max(32, minimum));
    const iv = name === "iv" ? { iv: randomBytes(length) } : {};
    return { works: true, run: () => cipher.encrypt({ key, algorithm, plaintext, ...additional, ...iv }) };
  }
  const usualIv = algorithm.endsWith("GCM") ? 12 : 16;
  const ivLength = Math.max(row.limits?.iv?.minimum ?? usualIv, Math.min(usualIv, row.limits?.iv?.maximum ?? usualIv));
  const tag = algorithm.endsWith("GCM") || name === "tag" ? { tag: randomBytes(name === "tag" ? length : 16) } : {};
  const parts = {
    ciphertext: randomBytes(name === "ciphertext" ? length : 32),
    iv: randomBytes(name === "iv" ? length : ivLength),
    ...tag,
  };
  // Random bytes are no ciphertext: within the range the answer is `DecryptionFailed`, beyond it `LimitExceeded`.
  return { works: false, run: () => cipher.decrypt({ key, algorithm, ...parts, ...additional }) };
}

async function wrapOfLength(
  context: CheckContext,
  row: CapabilityRow,
  keyType: KeyType,
  length: number,
): Promise<LengthCall | undefined> {
  const algorithm = row.algorithms?.[0];
  const { keyWrap } = context.provider;
  if (!isWrap(algorithm) || keyWrap === undefined) return undefined;
  const { key } = await context.fixtures.get(context.provider, { keyType, usages: ["wrap"], algorithms: [algorithm] });
  if (row.operation === "unwrap") {
    return { works: false, run: () => keyWrap.unwrap({ key, algorithm, wrapped: randomBytes(length) }) };
  }
  const fits = algorithm.endsWith("KWP") ? length > 0 : length % 8 === 0 && length >= 16;
  return { works: fits, run: () => keyWrap.wrap({ key, algorithm, plaintext: randomBytes(length) }) };
}
