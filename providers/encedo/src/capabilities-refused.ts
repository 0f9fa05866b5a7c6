/** What people ask of the Encedo HEM and can't have, with the reason and what to do instead. */

import type { Refusal } from "@keyrail/core";

/** In this order: the first that applies is said. */
export const REFUSALS: readonly Refusal[] = [
  {
    operation: "sign",
    input: "digest",
    reason:
      "The device hashes the message itself and takes no digest (encedo-hem.md, section 6), so hashes it does not have, such as Keccak-256, are out of reach, and with them Ethereum transactions.",
    alternative:
      "Give the message, up to 2,048 bytes; hash longer ones in your protocol and sign that hash as the message. For Ethereum use another provider.",
  },
  {
    operation: ["sign", "verify"],
    algorithms: ["BIP340", "BIP341"],
    reason: "The device has no Schnorr signatures.",
    alternative: "Use ES256K on the same curve, or another provider.",
  },
  {
    operation: ["sign", "verify"],
    algorithms: ["ECDSA"],
    reason: "The device hashes the message itself and takes no digest.",
    alternative: "Use ECDSA-SHA-256, ECDSA-SHA-384 or ECDSA-SHA-512 with the message.",
  },
  {
    operation: "agree",
    keyTypes: ["P-384", "P-521", "X448"],
    reason: "The device cuts every raw shared secret to 32 bytes, and this curve's is longer.",
    alternative: "Use P-256, secp256k1 or X25519, or derive a stored key.",
  },
  {
    operation: ["import:private", "import:secret", "import:encrypted-shares"],
    reason: "The device takes public keys only; what is secret in it was made in it.",
    alternative: "Create a new key, or derive one by ECDH, and rotate to it.",
  },
  {
    operation: "import:public",
    keyTypes: ["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"],
    reason: "The device encapsulates with keys of its own only, so an imported one could not be used.",
    alternative: "Encapsulate in software with the public key, or create the key in the device.",
  },
  {
    operation: "export",
    reason: "Secrets never leave the device.",
    alternative: "Rotate to a new key at the other provider; `getPublic` gives the public half.",
  },
  {
    operation: "derive:hd",
    reason: "The device has no HD derivation.",
    alternative: "Derive by ECDH with one peer key per child, or use another provider.",
  },
  {
    operation: "derive-output",
    reason: "The device has no deterministic output.",
    alternative: "Use `mac` with an HMAC key.",
  },
  {
    operation: ["wrap", "unwrap"],
    algorithms: ["A128KWP", "A192KWP", "A256KWP"],
    reason: "The device wraps as RFC 3394 says, without the padding of RFC 5649.",
    alternative: "Use A128KW, A192KW or A256KW with a multiple of 8 bytes.",
  },
  {
    operation: "create",
    keyTypes: ["stark"],
    reason: "The device does not have this curve.",
    alternative: "Use another provider for Starknet.",
  },
];
