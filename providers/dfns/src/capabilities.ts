/** Everything the Dfns adapter does, and how it is known. */

import {
  ASYMMETRIC_KEY_TYPES,
  type CapabilityDeclaration,
  type CapabilityRow,
  type Condition,
  type Evidence,
  KEY_TYPES,
  type KeyType,
  type Refusal,
} from "@keyrail/core";
import { KEY_KINDS, type KeyKind, PROVIDER_NAME, usagesOf } from "./mapping.ts";

/** What differs between organisations. */
export interface CapabilityChoices {
  /** Whether the organisation's contract allows export. */
  readonly exportContract: boolean;
  /** The rate limit that is kept to, for planning. */
  readonly requestsPerMinute?: number;
  readonly inFlight: number;
}

const documented = (section: string): Evidence => ({ tier: "documented", reference: `dfns.md, section ${section}` });
const assumed = (section: string): Evidence => ({ tier: "assumed", reference: `dfns.md, section ${section}` });

const APPROVAL: Condition = {
  kind: "approval",
  text: "a policy may make a signature wait for people; it then ends with ApprovalPending and a ticket",
};
const permission = (text: string): Condition => ({ kind: "permission", text });
const IMPORT_CONTRACT: Condition = { kind: "contract", text: "import is off until Dfns enables it for the organisation" };
const EXPORT_CONTRACT: Condition = { kind: "contract", text: "export is off until Dfns enables it for the organisation" };
const DH_SETTING: Condition = {
  kind: "setting",
  text: "DH keys are gone from the published scheme list since about 1.795; Dfns has to offer them to the organisation",
};
const DIGEST = { minimum: 32, maximum: 32 } as const;

/**
 * A Schnorr or DH key is asked for by its one algorithm. The set of ECDSA is no choice: a part of it could not be kept,
 * so it is not offered; a key without a restriction is an ECDSA key.
 */
function restriction({ algorithms }: KeyKind): Pick<CapabilityRow, "keyAlgorithms"> {
  return algorithms?.length === 1 ? { keyAlgorithms: [algorithms] } : {};
}

/** Rows for making keys of one kind, a plain one and a master. */
function makingRows(
  kind: KeyKind,
  row: Pick<CapabilityRow, "operation" | "evidence"> & Partial<CapabilityRow>,
  masterEvidence: Evidence,
): CapabilityRow[] {
  const common = { ...row, keyTypes: [kind.keyType], ...restriction(kind) };
  const plain: CapabilityRow = { ...common, usages: [usagesOf(kind, false)] };
  if (kind.hierarchical === undefined) return [plain];
  const master: CapabilityRow = {
    ...common,
    usages: [usagesOf(kind, true)],
    hierarchical: [kind.hierarchical],
    note: "a master key always signs too, also when only `derive` is asked",
    evidence: masterEvidence,
  };
  return [plain, master];
}

function createRows(extractable: boolean): CapabilityRow[] {
  return KEY_KINDS.flatMap((kind) =>
    makingRows(
      kind,
      {
        operation: "create",
        conditions: [permission("Keys:Create"), ...(kind.scheme === "DH" ? [DH_SETTING] : [])],
        ...(extractable && kind.portable ? { extractable } : {}),
        evidence: kind.scheme === "DH" ? assumed("12, DH scheme on public hosts") : documented("4 and 6"),
      },
      kind.curve === "stark" || kind.scheme === "Schnorr" ? assumed("12, masterKey on stark and Schnorr") : documented("7"),
    ),
  );
}

const PORTABLE = KEY_KINDS.filter((kind) => kind.portable);

function importRows(extractable: boolean): CapabilityRow[] {
  const conditions = [IMPORT_CONTRACT, permission("Keys:Import and Signers:ListSigners")];
  const choice = extractable ? { extractable } : {};
  return PORTABLE.flatMap((kind) => [
    ...makingRows(
      kind,
      {
        operation: "import:private",
        privateFormats: kind.keyType === "Ed25519" ? ["seed", "expanded"] : ["scalar"],
        conditions,
        ...choice,
        evidence: documented("8"),
      },
      assumed("12, chain code transport on master import"),
    ),
    ...makingRows(
      kind,
      { operation: "import:encrypted-shares", conditions, ...choice, evidence: documented("4 and 8") },
      assumed("12, chain code transport on master import"),
    ),
  ]);
}

function deriveRows(): CapabilityRow[] {
  return PORTABLE.map((kind) => ({
    keyTypes: [kind.keyType],
    operation: "derive:hd",
    usages: [kind.usages],
    ...restriction(kind),
    conditions: [permission("Keys:Create and Keys:ChildKeys:Create")],
    note: "non-hardened indexes only; the child is of its master's scheme",
    evidence: documented("7"),
  }));
}

function signRows(): CapabilityRow[] {
  const conditions = [permission("Keys:Signatures:Create"), APPROVAL];
  const ecdsa = {
    operation: "sign",
    formats: ["p1363", "der"],
    limits: { digest: DIGEST },
    conditions,
    evidence: documented("5 and 6"),
  } as const satisfies Partial<CapabilityRow>;
  return [
    {
      ...ecdsa,
      keyTypes: ["secp256k1"],
      algorithms: ["ES256K"],
      inputs: ["message", "digest"],
      parameters: ["lowS", "recoverable"],
      note: "Dfns does not hash for ECDSA: a message is hashed with SHA-256 in this process and the digest is sent",
    },
    {
      ...ecdsa,
      keyTypes: ["secp256k1"],
      algorithms: ["ECDSA"],
      inputs: ["digest"],
      parameters: ["lowS", "recoverable"],
      note: "for digests by any hash of 32 bytes, Keccak-256 for instance",
    },
    {
      ...ecdsa,
      keyTypes: ["stark"],
      algorithms: ["ECDSA"],
      inputs: ["digest"],
      parameters: ["lowS"],
      note: "the digest is one big-endian integer, taken modulo the group order",
    },
    {
      keyTypes: ["secp256k1"],
      operation: "sign",
      algorithms: ["BIP341"],
      inputs: ["digest"],
      parameters: ["merkleRoot"],
      limits: { digest: DIGEST },
      conditions,
      note: "a key made for BIP341; the signature verifies under the output key, which is returned, never under the key itself",
      evidence: documented("5"),
    },
    {
      keyTypes: ["Ed25519"],
      operation: "sign",
      algorithms: ["Ed25519"],
      inputs: ["message"],
      conditions,
      note: "threshold signatures are randomised: the same message gives another signature each time",
      evidence: documented("5"),
    },
  ];
}

function outputRow(): CapabilityRow {
  return {
    keyTypes: ["secp256k1"],
    operation: "derive-output",
    algorithms: ["GLOW20"],
    conditions: [permission("Keys:Derive"), DH_SETTING],
    note: "a key made for GLOW20",
    evidence: documented("7"),
  };
}

function exportRow(): CapabilityRow {
  return {
    keyTypes: [...new Set(PORTABLE.map((kind) => kind.keyType))],
    operation: "export",
    conditions: [EXPORT_CONTRACT, permission("Keys:Export")],
    note: "Ed25519 comes as an expanded key, never as a seed; its prefix is derived from the scalar",
    evidence: documented("9"),
  };
}

const NO_SUCH_CURVE: readonly KeyType[] = ["P-256", "P-384", "P-521", "Ed448", "X25519", "X448"];
const POST_QUANTUM = ASYMMETRIC_KEY_TYPES.filter((keyType) => keyType.startsWith("ML-"));
const SYMMETRIC = KEY_TYPES.filter((keyType) => keyType.startsWith("AES-") || keyType.startsWith("HMAC-"));

/** Words of our own for what people ask for most (dfns.md, section 11). */
function refusals(exportContract: boolean): Refusal[] {
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

/** The declaration. Catalog: `remove` archives, the key can't be used any more. */
export function dfnsCapabilities(choices: CapabilityChoices): CapabilityDeclaration {
  const { exportContract, inFlight, requestsPerMinute } = choices;
  return {
    provider: PROVIDER_NAME,
    title: "Dfns",
    custody: "mpc",
    label: { minimumBytes: 0, maximumBytes: 100, charset: "unicode" },
    idempotency: "settled",
    pace: { inFlight, ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }) },
    catalog: {
      get: true,
      list: true,
      search: ["label"],
      rename: ["label"],
      remove: "archived",
      evidence: documented("4"),
    },
    rows: [
      ...createRows(exportContract),
      ...importRows(exportContract),
      ...deriveRows(),
      ...(exportContract ? [exportRow()] : []),
      ...signRows(),
      outputRow(),
    ],
    refusals: refusals(exportContract),
  };
}
