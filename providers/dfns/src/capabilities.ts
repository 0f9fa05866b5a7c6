/** Everything the Dfns adapter does, and how it is known. */

import type { CapabilityDeclaration, CapabilityRow, Condition, Evidence } from "@keyrail/core";
import { dfnsRefusals } from "./capability-refusals.ts";
import { KEY_KINDS, type KeyKind, PROVIDER_NAME, usagesOf } from "./mapping.ts";
import { MAXIMUM_MARKED_LABEL_BYTES } from "./keys/name-marker.ts";

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
const IMPORT_CONTRACT: Condition = {
  kind: "contract",
  text: "import is off until Dfns enables it for the organisation",
};
const EXPORT_CONTRACT: Condition = {
  kind: "contract",
  text: "export is off until Dfns enables it for the organisation",
};
const DH_SETTING: Condition = {
  kind: "setting",
  text: "DH keys are gone from the published scheme list since about 1.795; Dfns has to offer them to the organisation",
};
const DIGEST = { minimum: 32, maximum: 32 } as const;

/**
 * A Schnorr or DH key is asked for by its one algorithm. The set of ECDSA is no choice: a part of it could not be kept,
 * so it is not offered; a key without a restriction is an ECDSA key.
 */
function restriction({ algorithms }: KeyKind): Pick<CapabilityRow, "keyAlgorithms" | "defaultKeyAlgorithms"> {
  if (algorithms === undefined) return {};
  return algorithms.length === 1 ? { keyAlgorithms: [algorithms] } : { defaultKeyAlgorithms: algorithms };
}

/** Nothing of this is chosen per key at Dfns. */
function alwaysOf(extractable: boolean): NonNullable<CapabilityRow["always"]> {
  return extractable ? ["usages", "extractable"] : ["usages"];
}

/** Rows for making keys of one kind, a plain one and a master. */
function makingRows(
  kind: KeyKind,
  row: Pick<CapabilityRow, "operation" | "evidence"> & Partial<CapabilityRow>,
  masterEvidence: Evidence,
): CapabilityRow[] {
  const common = { ...row, keyTypes: [kind.keyType], ...restriction(kind), always: alwaysOf(row.extractable === true) };
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
      kind.curve === "stark" || kind.scheme === "Schnorr"
        ? assumed("12, masterKey on stark and Schnorr")
        : documented("7"),
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
        unique: true,
        ...choice,
        evidence: documented("8"),
      },
      assumed("12, chain code transport on master import"),
    ),
    ...makingRows(
      kind,
      { operation: "import:encrypted-shares", conditions, unique: true, ...choice, evidence: documented("4 and 8") },
      assumed("12, chain code transport on master import"),
    ),
  ]);
}

function deriveRows(extractable: boolean): CapabilityRow[] {
  return PORTABLE.map((kind) => ({
    keyTypes: [kind.keyType],
    operation: "derive:hd",
    usages: [kind.usages],
    ...restriction(kind),
    always: alwaysOf(extractable),
    ...(extractable ? { extractable } : {}),
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

function exportRows(): CapabilityRow[] {
  const row = {
    operation: "export",
    conditions: [EXPORT_CONTRACT, permission("Keys:Export")],
    evidence: documented("9"),
  } as const satisfies Partial<CapabilityRow>;
  const types = [...new Set(PORTABLE.map((kind) => kind.keyType))];
  return [
    { ...row, keyTypes: types.filter((keyType) => keyType !== "Ed25519"), privateFormats: ["scalar"] },
    {
      ...row,
      keyTypes: ["Ed25519"],
      privateFormats: ["expanded"],
      note: "an expanded key, never a seed; its prefix is derived from the scalar",
    },
  ];
}

/** User action, its signature, then the change (section 2). The signers of an import are asked for once in minutes. */
const REQUESTS_PER_CHANGE = 3;

/** The declaration. Catalog: `remove` archives, the key can't be used any more. */
export function dfnsCapabilities(choices: CapabilityChoices): CapabilityDeclaration {
  const { exportContract, inFlight, requestsPerMinute } = choices;
  return {
    provider: PROVIDER_NAME,
    title: "Dfns",
    custody: "mpc",
    label: { minimumBytes: 0, maximumBytes: 100, charset: "unicode" },
    idempotency: "settled",
    settledLabelBytes: MAXIMUM_MARKED_LABEL_BYTES,
    pace: {
      inFlight,
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
      requests: { each: REQUESTS_PER_CHANGE, operations: { get: 1, "get-public": 0 } },
    },
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
      ...deriveRows(exportContract),
      ...(exportContract ? exportRows() : []),
      ...signRows(),
      outputRow(),
    ],
    refusals: dfnsRefusals(exportContract),
  };
}
