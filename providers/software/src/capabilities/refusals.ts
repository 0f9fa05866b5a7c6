import { KEY_TYPES, type Refusal } from "@keyrail/core";
import { ABILITIES, isAsymmetric } from "./abilities.ts";

const POST_QUANTUM_SIGNATURES = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"] as const;
const KEMS = ["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"] as const;
const SIGNING = ["sign", "verify"] as const;

/** Combinations people ask for that do not exist, with what to do instead. */
export const REFUSALS: readonly Refusal[] = [
  {
    operation: SIGNING,
    keyTypes: ["Ed25519", "Ed448"],
    input: "digest",
    reason: "EdDSA reads the message twice, so a digest of it is not enough (RFC 8032, 5.1.6).",
    alternative: "Give the message; for a long one sign its digest as the message, or use Ed25519ph or Ed448ph.",
  },
  {
    operation: SIGNING,
    keyTypes: POST_QUANTUM_SIGNATURES,
    input: "digest",
    reason: "pure ML-DSA signs the message; HashML-DSA is another algorithm, which no one here offers.",
    alternative: "Give the message, or sign the digest as the message.",
  },
  {
    operation: SIGNING,
    keyTypes: ["stark"],
    input: "message",
    reason: "Starknet has no one hash for messages.",
    alternative: "Hash it as your protocol says (Pedersen, Poseidon, Keccak) and give the 32-byte digest.",
  },
  {
    operation: SIGNING,
    keyTypes: ["X25519", "X448"],
    reason: "a Montgomery key only agrees.",
    alternative: "Make an Ed25519 or Ed448 key to sign with.",
  },
  {
    operation: SIGNING,
    keyTypes: KEMS,
    reason: "an ML-KEM key only encapsulates.",
    alternative: "Make an ML-DSA key to sign with.",
  },
  {
    operation: ["agree", "derive:ecdh"],
    keyTypes: ["Ed25519", "Ed448"],
    reason: "an Edwards key only signs.",
    alternative: "Make an X25519 or X448 key to agree with.",
  },
  {
    operation: ["agree", "derive:ecdh"],
    keyTypes: KEMS,
    reason: "an ML-KEM key encapsulates instead of agreeing.",
    alternative: "Use encapsulate and decapsulate.",
  },
  {
    operation: "derive:hd",
    keyTypes: KEY_TYPES.filter((keyType) => ABILITIES[keyType].hierarchical.length === 0),
    reason: "no scheme derives children of such a key.",
    alternative: "Make a master key of type secp256k1, P-256, Ed25519, X25519 or stark.",
  },
  {
    operation: ["encrypt", "decrypt"],
    keyTypes: KEY_TYPES.filter(isAsymmetric),
    reason: "encryption here is AES.",
    alternative: "Agree or encapsulate, and derive an AES key from the shared secret.",
  },
  {
    operation: "import:encrypted-shares",
    reason: "it holds whole keys, and has no share holders to decrypt for.",
    alternative: "Combine the shares with @keyrail/crypto and import the private key.",
  },
];
