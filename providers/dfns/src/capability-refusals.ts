/** What Dfns can't do, in words of its own, and what to do instead (dfns.md, section 11). */

import { ASYMMETRIC_KEY_TYPES, KEY_TYPES, type KeyType, type Refusal } from "@keyrail/core";

const NO_SUCH_CURVE: readonly KeyType[] = ["P-256", "P-384", "P-521", "Ed448", "X25519", "X448"];
const POST_QUANTUM = ASYMMETRIC_KEY_TYPES.filter((keyType) => keyType.startsWith("ML-"));
const SYMMETRIC = KEY_TYPES.filter((keyType) => keyType.startsWith("AES-") || keyType.startsWith("HMAC-"));

/** Words of our own for what people ask for most (dfns.md, section 11). */
export function dfnsRefusals(exportContract: boolean): Refusal[] {
  const making = ["create", "import:private", "import:encrypted-shares", "import:secret"] as const;
  return [
    {
      operation: making,
      keyTypes: NO_SUCH_CURVE,
      reason: "Dfns holds keys on secp256k1, Ed25519 and stark only.",
      alternative: "Take secp256k1 or Ed25519, or keep this key at an HSM or in the software provider.",
    },
    {
      operation: making,
      keyTypes: POST_QUANTUM,
      reason: "Dfns has no post-quantum keys.",
      alternative: "Keep this key at an HSM or in the software provider.",
    },
    {
      operation: making,
      keyTypes: SYMMETRIC,
      reason: "Dfns holds no symmetric keys.",
      alternative: "Keep this key at an HSM or in the software provider, or derive outputs from a GLOW20 key.",
    },
    {
      operation: "import:public",
      reason: "Dfns keeps private keys only.",
      alternative: "Keep the public key beside your own data; PublicKey reads and writes every encoding.",
    },
    {
      operation: "verify",
      reason: "Dfns does not verify.",
      alternative: "Verify in this process with the key that getPublic gives.",
    },
    {
      operation: ["agree", "derive:ecdh"],
      reason: "Dfns agrees on no secret with a peer's key.",
      alternative: "Derive outputs from a GLOW20 key, or keep the agreement key at an HSM or in the software provider.",
    },
    {
      operation: ["mac", "verify-mac", "encrypt", "decrypt", "wrap", "unwrap", "encapsulate", "decapsulate"],
      reason: "Dfns signs and derives, nothing else.",
      alternative: "Keep such keys at an HSM or in the software provider.",
    },
    {
      operation: "sign",
      keyTypes: ["secp256k1"],
      algorithms: ["BIP340"],
      reason: "Dfns makes Schnorr signatures under the tweaked key of BIP-341 only.",
      alternative: "Use BIP341 with a key made for it, and verify under the output key.",
    },
    {
      operation: "sign",
      keyTypes: ["Ed25519"],
      algorithms: ["Ed25519ph", "Ed25519ctx"],
      reason: "Dfns signs pure Ed25519 only.",
      alternative: "Use Ed25519.",
    },
    {
      operation: "sign",
      algorithms: ["ECDSA-SHA-256", "ECDSA-SHA-384", "ECDSA-SHA-512"],
      reason: "Dfns does not hash for ECDSA.",
      alternative: "Hash to 32 bytes yourself and use ECDSA over the digest; on secp256k1 with SHA-256, use ES256K.",
    },
    ...(exportContract
      ? []
      : [
          {
            operation: "export",
            reason: "export is off until Dfns enables it for the organisation by contract.",
            alternative: "Open the provider with `exportContract: true` once the organisation has that contract.",
          } as const,
        ]),
  ];
}
