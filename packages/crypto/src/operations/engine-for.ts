/** Which engine serves an algorithm: for reports and for tests, never on the way of an operation. */

import {
  AGREEMENT_ALGORITHMS,
  type AgreementAlgorithm,
  type CipherAlgorithm,
  KEM_ALGORITHMS,
  type KemAlgorithm,
  type KeyType,
  type MacAlgorithm,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  type WrapAlgorithm,
} from "@keyrail/core";
import type { EngineName } from "../engines/engine.ts";
import { hasMlKem } from "../engines/node-features.ts";
import { invalidRequest } from "../errors.ts";
import { agreementEngine } from "./agree.ts";
import { signatureScheme } from "./signature-schemes.ts";

/** What the choice depends on beside key type and algorithm. */
export interface EngineForOptions {
  /** The engine asked for when the key is opened. */
  readonly engine?: EngineName;
  /** Input of a signature; `message` when absent. */
  readonly input?: "message" | "digest";
}

/** Algorithms that an opened key runs. */
export type EngineAlgorithm =
  | SignatureAlgorithm
  | AgreementAlgorithm
  | MacAlgorithm
  | CipherAlgorithm
  | WrapAlgorithm
  | KemAlgorithm;

/** The engine that serves the algorithm on this key type in this process. Errors: `InvalidRequest`. */
export function engineFor(keyType: KeyType, algorithm: EngineAlgorithm, options: EngineForOptions = {}): EngineName {
  const { engine: preference, input = "message" } = options;
  if (isAgreement(keyType, algorithm)) return agreementEngine({ keyType, preference });
  if (isOneOf(KEM_ALGORITHMS, algorithm)) return preference !== "noble" && hasMlKem() ? "node" : "noble";
  if (isOneOf(SIGNATURE_ALGORITHMS, algorithm)) return signatureScheme(keyType, algorithm).engine(preference, input);
  return preference === "noble" ? "noble" : "node";
}

type AgreementKeyType = "P-256" | "P-384" | "P-521" | "secp256k1" | "stark" | "X25519" | "X448";
const AGREEMENT_KEY_TYPES: readonly AgreementKeyType[] = [
  "P-256",
  "P-384",
  "P-521",
  "secp256k1",
  "stark",
  "X25519",
  "X448",
];

function isAgreement(keyType: KeyType, algorithm: EngineAlgorithm): keyType is AgreementKeyType {
  if (!isOneOf(AGREEMENT_ALGORITHMS, algorithm)) return false;
  if (isOneOf(AGREEMENT_KEY_TYPES, keyType)) return true;
  throw invalidRequest(`A ${keyType} key does not agree.`, "key");
}

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return names.some((known) => known === name);
}
