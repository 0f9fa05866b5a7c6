/** Rows of the operations that use a key. */

import {
  type CapabilityRow,
  type Evidence,
  KEY_TYPES,
  type KeyType,
  type RowLimits,
  type RowParameter,
  type SignatureAlgorithm,
} from "@keyrail/core";
import { ABILITIES } from "./abilities.ts";

const MAXIMUM_WRAPPED_BYTES = 65_536;

function observed(what: string): Evidence {
  return { tier: "observed", reference: `providers/software/test/${what}` };
}

/** One signature row pair: what `sign` and `verify` have in common, and what only `sign` takes. */
interface SignatureTraits {
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly inputs: readonly ("message" | "digest")[];
  readonly ecdsa?: boolean;
  readonly parameters?: readonly RowParameter[];
  readonly signParameters?: readonly RowParameter[];
  readonly limits?: RowLimits;
  readonly note?: string;
}

const BOTH = ["message", "digest"] as const;
const CONTEXT = { parameters: ["context"], limits: { context: { minimum: 0, maximum: 255 } } } as const;
const NIST_DIGEST_NOTE = "A digest takes about 20 times as long as the message, since node:crypto takes messages only.";

function ecdsaTraits(keyType: KeyType, named: readonly SignatureAlgorithm[], namedHash: string): SignatureTraits[] {
  const signParameters: readonly RowParameter[] = keyType === "secp256k1" ? ["recoverable"] : [];
  const note = keyType === "secp256k1" ? {} : { note: NIST_DIGEST_NOTE };
  const common = { inputs: BOTH, ecdsa: true, parameters: ["lowS"], signParameters, ...note } as const;
  const hashes = { "ECDSA-SHA-256": 32, "ECDSA-SHA-384": 48, "ECDSA-SHA-512": 64 } as const;
  const byHash = (["ECDSA-SHA-256", "ECDSA-SHA-384", "ECDSA-SHA-512"] as const).map((algorithm): SignatureTraits => {
    const bytes = hashes[algorithm];
    const algorithms = algorithm === namedHash ? [...named, algorithm] : [algorithm];
    return { ...common, algorithms, limits: { digest: { minimum: bytes, maximum: bytes } } };
  });
  return [
    ...byHash,
    { ...common, algorithms: ["ECDSA"], inputs: ["digest"], limits: { digest: { minimum: 20, maximum: 64 } } },
  ];
}

function signatureTraits(keyType: KeyType): readonly SignatureTraits[] {
  switch (keyType) {
    case "P-256":
      return ecdsaTraits(keyType, ["ES256"], "ECDSA-SHA-256");
    case "P-384":
      return ecdsaTraits(keyType, ["ES384"], "ECDSA-SHA-384");
    case "P-521":
      return ecdsaTraits(keyType, ["ES512"], "ECDSA-SHA-512");
    case "secp256k1":
      return [
        ...ecdsaTraits(keyType, ["ES256K"], "ECDSA-SHA-256"),
        { algorithms: ["BIP340"], inputs: BOTH, limits: { digest: { minimum: 32, maximum: 32 } } },
        {
          algorithms: ["BIP341"],
          inputs: BOTH,
          parameters: ["merkleRoot"],
          limits: { digest: { minimum: 32, maximum: 32 } },
        },
      ];
    case "stark":
      return [
        {
          algorithms: ["ECDSA"],
          inputs: ["digest"],
          ecdsa: true,
          parameters: ["lowS"],
          limits: { digest: { minimum: 32, maximum: 32 } },
          note: "The digest is read as one big-endian integer and reduced modulo the group order.",
        },
      ];
    case "Ed25519":
      return [
        { algorithms: ["Ed25519"], inputs: ["message"] },
        { algorithms: ["Ed25519ph"], inputs: ["message"], ...CONTEXT },
        {
          algorithms: ["Ed25519ctx"],
          inputs: ["message"],
          parameters: ["context"],
          limits: { context: { minimum: 1, maximum: 255 } },
        },
      ];
    case "Ed448":
      return [{ algorithms: ["Ed448", "Ed448ph"], inputs: ["message"], ...CONTEXT }];
    case "ML-DSA-44":
    case "ML-DSA-65":
    case "ML-DSA-87":
      return [
        {
          algorithms: [keyType],
          inputs: ["message"],
          ...CONTEXT,
          note: "Pure ML-DSA, signed with fresh randomness (hedged).",
        },
      ];
    default:
      return [];
  }
}

/** `sign` and `verify`. */
export function signatureRows(): CapabilityRow[] {
  return KEY_TYPES.flatMap((keyType) =>
    signatureTraits(keyType).flatMap(
      ({ algorithms, inputs, ecdsa, parameters, signParameters, limits, note }): CapabilityRow[] => {
        const common = {
          keyTypes: [keyType],
          algorithms,
          inputs,
          ...(ecdsa === true ? { formats: ["p1363", "der"] as const } : {}),
          ...(limits === undefined ? {} : { limits }),
          ...(note === undefined ? {} : { note }),
          evidence: observed("signatures.test.ts: signs and verifies"),
        };
        const verifying = parameters === undefined ? {} : { parameters };
        const signing = [...(parameters ?? []), ...(signParameters ?? [])];
        return [
          {
            ...common,
            operation: "sign",
            halves: ["private"],
            ...(signing.length === 0 ? {} : { parameters: signing }),
          },
          { ...common, operation: "verify", halves: ["private", "public"], ...verifying },
        ];
      },
    ),
  );
}

/** `agree`, `encapsulate` and `decapsulate`. */
export function agreementRows(): CapabilityRow[] {
  return KEY_TYPES.flatMap((keyType): CapabilityRow[] => {
    const { agreement, kem } = ABILITIES[keyType];
    const evidence = observed("operations.test.ts");
    if (agreement.length > 0) {
      return [
        {
          keyTypes: [keyType],
          operation: "agree",
          algorithms: agreement,
          parameters: ["peerKey"],
          halves: ["private"],
          evidence,
        },
      ];
    }
    if (kem.length === 0) return [];
    return [
      { keyTypes: [keyType], operation: "encapsulate", algorithms: kem, halves: ["private", "public"], evidence },
      { keyTypes: [keyType], operation: "decapsulate", algorithms: kem, halves: ["private"], evidence },
    ];
  });
}

/** `mac`, `verify-mac`, `encrypt`, `decrypt`, `wrap` and `unwrap`. */
export function symmetricRows(): CapabilityRow[] {
  return KEY_TYPES.flatMap((keyType): CapabilityRow[] => {
    const { mac, cipher, wrap } = ABILITIES[keyType];
    const common = { keyTypes: [keyType], evidence: observed("operations.test.ts") };
    if (mac.length > 0) {
      const bytes = Number(keyType.slice(-3)) / 8;
      return [
        { ...common, operation: "mac", algorithms: mac },
        {
          ...common,
          operation: "verify-mac",
          algorithms: mac,
          parameters: ["truncatedTag"],
          limits: { tag: { minimum: 16, maximum: bytes } },
          note: "A tag may be cut to its leftmost bytes.",
        },
      ];
    }
    const gcm = cipher.filter((algorithm) => algorithm.endsWith("GCM"));
    const cbc = cipher.filter((algorithm) => algorithm.endsWith("CBC"));
    if (gcm.length === 0) return [];
    const gcmIv = { minimum: 1, maximum: 128 };
    const cbcIv = { minimum: 16, maximum: 16 };
    return [
      {
        ...common,
        operation: "encrypt",
        algorithms: gcm,
        parameters: ["iv", "additionalData"],
        limits: { iv: gcmIv },
        note: "Leave the IV out: a fresh random one of 12 bytes is made.",
      },
      {
        ...common,
        operation: "decrypt",
        algorithms: gcm,
        parameters: ["additionalData"],
        limits: { iv: gcmIv, tag: { minimum: 16, maximum: 16 } },
      },
      { ...common, operation: "encrypt", algorithms: cbc, parameters: ["iv"], limits: { iv: cbcIv } },
      { ...common, operation: "decrypt", algorithms: cbc, limits: { iv: cbcIv, tag: { minimum: 0, maximum: 0 } } },
      ...wrap.flatMap((algorithm): CapabilityRow[] => [
        {
          ...common,
          operation: "wrap",
          algorithms: [algorithm],
          limits: { plaintext: { minimum: algorithm.endsWith("KWP") ? 1 : 16, maximum: MAXIMUM_WRAPPED_BYTES } },
        },
        { ...common, operation: "unwrap", algorithms: [algorithm] },
      ]),
    ];
  });
}
