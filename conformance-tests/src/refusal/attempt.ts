/** Tries an operation as a descriptor tells it: one plausible call, to see it refused. */

import {
  type Algorithm,
  type KeyType,
  type Operation,
  type OperationDescriptor,
  requiredUsage,
  type SignRequest,
  type Usage,
} from "@keyrail/core";
import { derivesPlainly } from "../attributes.ts";
import type { CheckContext } from "../context.ts";
import type { FixtureRequest } from "../runner/fixtures.ts";
import { Blocked } from "../outcome.ts";
import { ALGORITHMS_OF, KEY_TYPES_OF, naturalUsages } from "../reference/algorithms.ts";
import {
  generateKeyPair,
  generateSecret,
  isAsymmetric,
  isSymmetric,
  privateMaterial,
} from "../reference/key-material.ts";
import { randomBytes, testMessage, utf8 } from "../reference/random.ts";
import { isCipher, isKem, isAgreement, isDerivation, isMac, isSignature, isWrap } from "./algorithm-kinds.ts";

/** A key id that no provider has. */
export const NO_SUCH_KEY = "0000000000000000000000000000dead";

/** A call that is ready to be made. */
export interface PreparedCall {
  /** False when no key of the type could be had: the call then names one that is not there. */
  readonly hasKey: boolean;
  run(): Promise<unknown>;
}

/** Calls the port as the descriptor says. Rejects as the provider rejects; false when it lacks the port. */
export async function attempt(context: CheckContext, asked: OperationDescriptor): Promise<boolean> {
  const call = await prepare(context, asked);
  await call?.run();
  return call !== undefined;
}

/**
 * Gets everything ready that may cost requests (a key of the type), and gives the call itself; `undefined` when the
 * provider lacks the port.
 */
export async function prepare(context: CheckContext, asked: OperationDescriptor): Promise<PreparedCall | undefined> {
  const keyType = asked.keyType ?? keyTypeFor(asked.algorithm);
  const makes = asked.operation === "create" || asked.operation.startsWith("import:");
  const key = makes ? undefined : await keyOf(context, asked, keyType);
  const run = key === undefined ? makingCall(context, asked, keyType) : useKey(context, asked, keyType, key);
  return run && { hasKey: key !== NO_SUCH_KEY, run };
}

function keyTypeFor(algorithm: Algorithm | undefined): KeyType {
  return (algorithm === undefined ? undefined : KEY_TYPES_OF[algorithm][0]) ?? "P-256";
}

/** A key of the type with the usage, or with any, or none at all. */
async function keyOf(context: CheckContext, asked: OperationDescriptor, keyType: KeyType): Promise<string> {
  const usage = requiredUsage(asked.operation);
  const candidates: Usage[][] = [
    ...(usage === undefined ? [] : [[usage]]),
    ...naturalUsages(keyType).map((one) => [one]),
  ];
  for (const usages of candidates) {
    const request: FixtureRequest = { keyType, usages, material: asked.half === "public" ? "public" : "held" };
    if (!context.bounds.readOnly && !context.fixtures.canMake(request)) continue;
    if (usages.includes("derive") && !derivesPlainly(context.capabilities, keyType)) continue;
    try {
      return (await context.fixtures.get(context.provider, request)).key;
    } catch (error) {
      if (!(error instanceof Blocked)) throw error;
    }
  }
  return NO_SUCH_KEY;
}

function attributesOf(context: CheckContext, asked: OperationDescriptor, keyType: KeyType) {
  const [natural = "sign"] = naturalUsages(keyType);
  return {
    usages: asked.usages ?? [natural],
    label: context.newLabel(),
    ...(asked.keyAlgorithms === undefined ? {} : { algorithms: asked.keyAlgorithms }),
    ...(asked.extractable === undefined ? {} : { extractable: asked.extractable }),
  };
}

function makingCall(
  context: CheckContext,
  asked: OperationDescriptor,
  keyType: KeyType,
): (() => Promise<unknown>) | undefined {
  const { keys } = context.provider;
  const attributes = attributesOf(context, asked, keyType);
  const hierarchical = asked.hierarchical === undefined ? {} : { hierarchical: asked.hierarchical };
  if (asked.operation === "create") return () => keys.create({ keyType, ...attributes, ...hierarchical });
  if (asked.operation === "import:secret") {
    // The types rule out a public-key algorithm here; nothing is left to refuse.
    if (!isSymmetric(keyType)) return undefined;
    const secret = generateSecret(keyType);
    return () => keys.import({ kind: "secret", keyType, secret, ...attributes });
  }
  if (!isAsymmetric(keyType)) return undefined;
  if (asked.operation === "import:encrypted-shares") {
    const shares = [1, 2, 3].map((holder) => ({ holder: `holder-${holder}`, ciphertext: randomBytes(96) }));
    return () =>
      keys.import({ kind: "encrypted-shares", keyType, threshold: 2, shares, ...attributes, ...hierarchical });
  }
  const pair = generateKeyPair(keyType);
  if (asked.operation === "import:public") {
    return () => keys.import({ kind: "public", publicKey: pair.publicKey, ...attributes });
  }
  const chain = asked.hierarchical === undefined ? {} : { chainCode: randomBytes(32) };
  const privateKey = {
    ...privateMaterial(pair, asked.privateFormat === undefined ? undefined : [asked.privateFormat]),
    ...chain,
  };
  return () => keys.import({ kind: "private", privateKey, ...attributes, ...hierarchical });
}

/** Where the algorithm is not asked about: one of the key type, or any of the operation. */
function plausibleAlgorithm(operation: Operation, keyType: KeyType): Algorithm | undefined {
  const names = ALGORITHMS_OF[operation];
  return names.find((name) => KEY_TYPES_OF[name].includes(keyType)) ?? names[0];
}

/** The call of an operation with this key; `undefined` when the provider lacks the port. */
export function useKey(
  context: CheckContext,
  asked: OperationDescriptor,
  keyType: KeyType,
  key: string,
): (() => Promise<unknown>) | undefined {
  const { provider } = context;
  const { signer, verifier, agreement, mac, cipher, keyWrap, kem, keyExport, deterministicDerivation } = provider;
  const algorithm = asked.algorithm ?? plausibleAlgorithm(asked.operation, keyType);
  const parameters = new Set(asked.parameters);
  switch (asked.operation) {
    case "sign":
    case "verify": {
      if (!isSignature(algorithm)) return undefined;
      const request = signRequest({ ...asked, algorithm }, key);
      if (asked.operation === "sign") return signer && (() => signer.sign(request));
      const { recoverable: _, ...rest } = request;
      return verifier && (() => verifier.verify({ ...rest, signature: randomBytes(64) }));
    }
    case "agree":
      if (!isAgreement(algorithm)) return undefined;
      return (
        agreement &&
        (() => agreement.agree({ key, algorithm, peer: peerOf(keyType, parameters.has("peerKey") ? key : undefined) }))
      );
    case "mac":
    case "verify-mac":
      if (!isMac(algorithm)) return undefined;
      return (
        mac &&
        (asked.operation === "mac"
          ? () => mac.mac({ key, algorithm, message: testMessage(16) })
          : () => mac.verifyMac({ key, algorithm, message: testMessage(16), tag: randomBytes(32) }))
      );
    case "encrypt":
    case "decrypt": {
      if (!isCipher(algorithm)) return undefined;
      const gcm = algorithm.endsWith("GCM");
      const additional = parameters.has("additionalData") ? { additionalData: utf8("aad") } : {};
      if (asked.operation === "encrypt") {
        const iv = parameters.has("iv") ? { iv: randomBytes(gcm ? 12 : 16) } : {};
        return cipher && (() => cipher.encrypt({ key, algorithm, plaintext: testMessage(16), ...additional, ...iv }));
      }
      const parts = {
        ciphertext: randomBytes(32),
        iv: randomBytes(ivBytes(context, keyType, algorithm) ?? (gcm ? 12 : 16)),
        ...(gcm ? { tag: randomBytes(16) } : {}),
      };
      return cipher && (() => cipher.decrypt({ key, algorithm, ...parts, ...additional }));
    }
    case "wrap":
      if (!isWrap(algorithm)) return undefined;
      return keyWrap && (() => keyWrap.wrap({ key, algorithm, plaintext: randomBytes(32) }));
    case "unwrap":
      if (!isWrap(algorithm)) return undefined;
      return keyWrap && (() => keyWrap.unwrap({ key, algorithm, wrapped: randomBytes(40) }));
    case "encapsulate":
      if (!isKem(algorithm)) return undefined;
      return kem && (() => kem.encapsulate({ key, algorithm }));
    case "decapsulate":
      if (!isKem(algorithm)) return undefined;
      return (
        kem && (() => kem.decapsulate({ key, algorithm, ciphertext: randomBytes(KEM_CIPHERTEXT_BYTES[algorithm]) }))
      );
    case "export":
      return keyExport && (() => keyExport.export(key));
    case "derive-output":
      if (!isDerivation(algorithm)) return undefined;
      return (
        deterministicDerivation &&
        (() => deterministicDerivation.deriveOutput({ key, algorithm, domain: utf8("keyrail-ct"), seed: utf8("seed") }))
      );
    case "derive:ecdh":
    case "derive:hd":
      return deriveCall(context, asked, keyType, key);
    default:
      return undefined;
  }
}

/** Where a provider takes vectors of one length only, it is that of its row: anything else it may refuse for the length. */
function ivBytes(context: CheckContext, keyType: KeyType, algorithm: Algorithm): number | undefined {
  const rows = context.capabilities.rowsFor("decrypt", keyType);
  return rows.find((row) => row.algorithms?.includes(algorithm))?.limits?.iv?.minimum;
}

/** Ciphertext lengths of FIPS 203. */
export const KEM_CIPHERTEXT_BYTES = { "ML-KEM-512": 768, "ML-KEM-768": 1088, "ML-KEM-1024": 1568 } as const;

function signRequest(asked: OperationDescriptor, key: string): SignRequest {
  if (!isSignature(asked.algorithm)) throw new TypeError("A signature algorithm is needed.");
  const parameters = new Set(asked.parameters);
  const input =
    asked.input === "digest" ? { digest: randomBytes(asked.sizes?.digest ?? 32) } : { message: testMessage(32) };
  return {
    key,
    algorithm: asked.algorithm,
    ...input,
    ...(asked.format === undefined ? {} : { format: asked.format }),
    ...(parameters.has("context") ? { context: utf8("context") } : {}),
    ...(parameters.has("merkleRoot") ? { merkleRoot: randomBytes(32) } : {}),
    ...(parameters.has("lowS") ? { lowS: true } : {}),
    ...(parameters.has("recoverable") ? { recoverable: true } : {}),
  };
}

function peerOf(keyType: KeyType, key: string | undefined) {
  if (key !== undefined) return { key };
  return { publicKey: generateKeyPair(isAsymmetric(keyType) ? keyType : "P-256").publicKey };
}

function deriveCall(context: CheckContext, asked: OperationDescriptor, keyType: KeyType, key: string) {
  const { keys } = context.provider;
  const target = asked.target ?? "AES-256";
  const attributes = attributesOf(context, asked, asked.operation === "derive:hd" ? keyType : target);
  if (asked.operation === "derive:hd") return () => keys.derive({ kind: "hd", key, path: "m/0", ...attributes });
  const parameters = new Set(asked.parameters);
  const { algorithm } = asked;
  return () =>
    keys.derive({
      kind: "ecdh",
      key,
      peer: peerOf(keyType, parameters.has("peerKey") ? key : undefined),
      keyType: target,
      ...(isDerivation(algorithm) ? { algorithm } : {}),
      ...(parameters.has("salt") ? { salt: randomBytes(16) } : {}),
      ...(parameters.has("info") ? { info: utf8("info") } : {}),
      ...attributes,
    });
}
