/** Rows of the operations that make keys or give them out. */

import {
  ASYMMETRIC_KEY_TYPES,
  type CapabilityRow,
  type Evidence,
  KEY_TYPES,
  PRIVATE_KEY_BYTES,
  type PrivateKeyFormat,
} from "@keyrail/core";
import {
  ABILITIES,
  algorithmsOf,
  DERIVED_KEY_BYTES,
  ECDH_DERIVATION,
  isAsymmetric,
  isSymmetric,
  publicUsagesOf,
  usagesOf,
} from "./abilities.ts";

const MAXIMUM_HMAC_KEY_BYTES = 1024;

function observed(what: string): Evidence {
  return { tier: "observed", reference: `providers/software/test/${what}` };
}

/** `create`: every key type. */
export function createRows(): CapabilityRow[] {
  return KEY_TYPES.map((keyType) => {
    const { hierarchical } = ABILITIES[keyType];
    return {
      keyTypes: [keyType],
      operation: "create",
      usages: [usagesOf(keyType)],
      keyAlgorithms: [algorithmsOf(keyType)],
      extractable: true,
      ...(hierarchical.length === 0 ? {} : { hierarchical }),
      evidence: observed("key-types.test.ts: creates a key of every type"),
    };
  });
}

/** `import:*`. */
export function importRows(): CapabilityRow[] {
  const formats: readonly PrivateKeyFormat[] = ["scalar", "seed", "expanded"];
  const evidence = observed("key-types.test.ts: imports what it exports");
  const asymmetric = ASYMMETRIC_KEY_TYPES.flatMap((keyType): CapabilityRow[] => {
    const { hierarchical } = ABILITIES[keyType];
    return [
      {
        keyTypes: [keyType],
        operation: "import:private",
        privateFormats: formats.filter((format) => PRIVATE_KEY_BYTES[keyType][format] !== undefined),
        usages: [usagesOf(keyType)],
        keyAlgorithms: [algorithmsOf(keyType)],
        extractable: true,
        ...(hierarchical.length === 0 ? {} : { hierarchical }),
        evidence,
      },
      {
        keyTypes: [keyType],
        operation: "import:public",
        usages: [publicUsagesOf(keyType)],
        keyAlgorithms: [algorithmsOf(keyType)],
        note: "With the usage agree it can be the peer of an agreement.",
        evidence,
      },
    ];
  });
  const symmetric = KEY_TYPES.filter(isSymmetric).map((keyType): CapabilityRow => {
    const bytes = ABILITIES[keyType].mac.length > 0 ? undefined : DERIVED_KEY_BYTES[keyType];
    return {
      keyTypes: [keyType],
      operation: "import:secret",
      usages: [usagesOf(keyType)],
      keyAlgorithms: [algorithmsOf(keyType)],
      extractable: true,
      limits: { secret: { minimum: bytes ?? 1, maximum: bytes ?? MAXIMUM_HMAC_KEY_BYTES } },
      evidence,
    };
  });
  return [...asymmetric, ...symmetric];
}

/** `derive:ecdh` and `derive:hd`. */
export function deriveRows(): CapabilityRow[] {
  const byAgreement = KEY_TYPES.filter((keyType) => ABILITIES[keyType].derivesByAgreement);
  const ecdh = KEY_TYPES.filter((keyType) => DERIVED_KEY_BYTES[keyType] !== undefined).map((target): CapabilityRow => ({
    keyTypes: byAgreement,
    operation: "derive:ecdh",
    algorithms: [ECDH_DERIVATION],
    targets: [target],
    parameters: ["salt", "info", "peerKey"],
    usages: [usagesOf(target)],
    keyAlgorithms: [algorithmsOf(target)],
    extractable: true,
    halves: ["private"],
    note: "HKDF-SHA-256 of the raw shared secret with the salt and info given; the output is the key, or the seed of FIPS 203, FIPS 204, RFC 8032 or RFC 7748. It can be recomputed outside.",
    evidence: observed("derive.test.ts: agrees into a stored key that can be recomputed"),
  }));
  const hd = ASYMMETRIC_KEY_TYPES.filter((keyType) => ABILITIES[keyType].hierarchical.length > 0).map(
    (keyType): CapabilityRow => ({
      keyTypes: [keyType],
      operation: "derive:hd",
      usages: [usagesOf(keyType)],
      keyAlgorithms: [algorithmsOf(keyType)],
      extractable: true,
      halves: ["private"],
      note: "A child with the usage derive has children of its own.",
      evidence: observed("derive.test.ts: derives HD children"),
    }),
  );
  return [...ecdh, ...hd];
}

/** `export` and `derive-output`. */
export function outputRows(): CapabilityRow[] {
  return [
    {
      keyTypes: KEY_TYPES,
      operation: "export",
      halves: ["private", "secret"],
      note: "Only keys that were made extractable.",
      evidence: observed("key-types.test.ts: imports what it exports"),
    },
    {
      keyTypes: KEY_TYPES.filter((keyType) => isAsymmetric(keyType) && ABILITIES[keyType].derivesOutputs),
      operation: "derive-output",
      algorithms: ["GLOW20"],
      halves: ["private"],
      note: "SHA-256 of the compressed point of eprint 2020/096; the vendor's own last step is not published.",
      evidence: observed("derive.test.ts: derives deterministic outputs"),
    },
  ];
}
