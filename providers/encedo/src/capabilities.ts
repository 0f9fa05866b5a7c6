/** What the Encedo HEM can do, row by row, with the evidence of the fact sheet (`L` observed, `S`, `C`, `G` documented). */

import type { ByteRange, CapabilityDeclaration, CapabilityRow, Evidence, KeyType, Usage } from "@keyrail/core";
import { CIPHERTEXT_BYTES } from "./operations/kem.ts";
import { CIPHER_NAMES } from "./operations/cipher.ts";
import { MAC_KEYS } from "./operations/mac.ts";
import { WRAP_NAMES } from "./operations/key-wrap.ts";
import { IV_BYTES, MESSAGE_BYTES } from "./client/crypto-endpoints.ts";
import { DESCRIPTION_BYTES } from "./description.ts";
import { DERIVATION_ROWS } from "./capabilities-derive.ts";
import { REFUSALS } from "./capabilities-refused.ts";
import { TYPE_USAGES, type DeviceKeyType } from "./mapping.ts";

const MESSAGE: ByteRange = { minimum: 1, maximum: MESSAGE_BYTES };
const CONTEXT: ByteRange = { minimum: 0, maximum: 255 };
const KEM_ALGORITHMS = ["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"] as const;
const ML_DSA_ALGORITHMS = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"] as const;
const CURVES = ["P-256", "P-384", "P-521", "secp256k1"] as const;

function documented(reference: string): Evidence {
  return { tier: "documented", reference: `encedo-hem.md, ${reference}` };
}
function observed(reference: string): Evidence {
  return { tier: "observed", reference: `encedo-hem.md, ${reference}` };
}

const CREATE_EVIDENCE = documented("section 4, create: all 23 types");
const VERIFY_EVIDENCE = documented("section 5, get: the public key; checked in this process");

function create(keyTypes: readonly DeviceKeyType[], usages: readonly Usage[], note?: string): CapabilityRow {
  return {
    keyTypes,
    operation: "create",
    usages: [usages],
    ...(note === undefined ? {} : { note }),
    evidence: CREATE_EVIDENCE,
  };
}

const BOTH_USES =
  "the device does not tell encrypt from wrap; fewer usages are kept in the description and hold in Keyrail";
const CUT = "no `agree`: the device cuts the secret to 32 bytes";

const MAKING: readonly CapabilityRow[] = [
  create(["P-256", "secp256k1"], TYPE_USAGES["P-256"]),
  create(["P-384", "P-521"], TYPE_USAGES["P-384"], CUT),
  create(["Ed25519", "Ed448"], TYPE_USAGES.Ed25519),
  create(["X25519"], TYPE_USAGES.X25519),
  create(["X448"], TYPE_USAGES.X448, CUT),
  create(KEM_ALGORITHMS, ["encapsulate"]),
  create(ML_DSA_ALGORITHMS, ["sign", "verify"]),
  create(Object.values(MAC_KEYS).map(macType), ["mac"]),
  create(["AES-128", "AES-192", "AES-256"], TYPE_USAGES["AES-256"], BOTH_USES),
  importPublic(["P-256", "secp256k1"], ["verify", "agree", "derive"]),
  importPublic(["P-384", "P-521"], ["verify", "derive"]),
  importPublic(["Ed25519", "Ed448"], ["verify"]),
  importPublic(["X25519"], ["agree", "derive"]),
  importPublic(["X448"], ["derive"]),
  importPublic(
    ML_DSA_ALGORITHMS,
    ["verify"],
    "verified in this process; the device verifies with keys of its own only",
  ),
  ...DERIVATION_ROWS,
];

function macType({ keyType }: { readonly keyType: KeyType }): DeviceKeyType {
  return keyType === "stark" ? "HMAC-SHA-256" : keyType;
}

function importPublic(keyTypes: readonly DeviceKeyType[], usages: readonly Usage[], note?: string): CapabilityRow {
  return {
    keyTypes,
    operation: "import:public",
    usages: [usages],
    unique: true,
    ...(note === undefined ? {} : { note }),
    evidence: documented("section 5, import: public keys only"),
  };
}

/** ECDSA: the device hashes, so a message is all it takes. */
function ecdsa(keyType: (typeof CURVES)[number], named: "ES256" | "ES384" | "ES512" | "ES256K"): CapabilityRow[] {
  const recoverable = keyType === "secp256k1" ? (["recoverable"] as const) : [];
  const row = {
    keyTypes: [keyType],
    inputs: ["message"],
    formats: ["p1363", "der"],
  } as const;
  const signing = {
    ...row,
    operation: "sign",
    parameters: ["lowS", ...recoverable],
    halves: ["private"],
    limits: { message: MESSAGE },
  } as const;
  const verifying = {
    ...row,
    operation: "verify",
    parameters: ["lowS"],
    halves: ["private", "public"],
    evidence: VERIFY_EVIDENCE,
  } as const;
  const free = ["ECDSA-SHA-256", "ECDSA-SHA-384", "ECDSA-SHA-512"] as const;
  return [
    { ...signing, algorithms: [named], evidence: documented("section 6, exdsa/sign") },
    { ...signing, algorithms: free, evidence: documented("section 6, sign `alg`: any hash on any curve [C]") },
    { ...verifying, algorithms: [named, ...free] },
  ];
}

function edwards(
  keyType: "Ed25519" | "Ed448",
  plain: "Ed25519" | "Ed448",
  others: readonly ("Ed25519ph" | "Ed25519ctx" | "Ed448ph")[],
): CapabilityRow[] {
  const evidence = documented("section 6, sign `alg`");
  return [
    {
      keyTypes: [keyType],
      operation: "sign",
      algorithms: [plain],
      inputs: ["message"],
      halves: ["private"],
      limits: { message: MESSAGE },
      evidence,
    },
    {
      keyTypes: [keyType],
      operation: "verify",
      algorithms: [plain],
      inputs: ["message"],
      halves: ["private", "public"],
      evidence: VERIFY_EVIDENCE,
    },
    ...others.flatMap((algorithm): CapabilityRow[] => {
      const context = algorithm === "Ed25519ctx" ? { minimum: 1, maximum: 255 } : CONTEXT;
      return [
        {
          keyTypes: [keyType],
          operation: "sign",
          algorithms: [algorithm],
          inputs: ["message"],
          parameters: ["context"],
          halves: ["private"],
          limits: { message: MESSAGE, context },
          evidence,
        },
        {
          keyTypes: [keyType],
          operation: "verify",
          algorithms: [algorithm],
          inputs: ["message"],
          parameters: ["context"],
          halves: ["private", "public"],
          limits: { context },
          evidence: VERIFY_EVIDENCE,
        },
      ];
    }),
  ];
}

const SIGNING: readonly CapabilityRow[] = [
  ...ecdsa("P-256", "ES256"),
  ...ecdsa("P-384", "ES384"),
  ...ecdsa("P-521", "ES512"),
  ...ecdsa("secp256k1", "ES256K"),
  ...edwards("Ed25519", "Ed25519", ["Ed25519ph", "Ed25519ctx"]),
  ...edwards("Ed448", "Ed448", ["Ed448ph"]),
  ...ML_DSA_ALGORITHMS.flatMap((algorithm): CapabilityRow[] => [
    {
      keyTypes: [algorithm],
      operation: "sign",
      algorithms: [algorithm],
      inputs: ["message"],
      parameters: ["context"],
      halves: ["private"],
      limits: { message: MESSAGE, context: CONTEXT },
      evidence: documented("section 6, pqc/mldsa/sign: FIPS 204 pure"),
    },
    {
      keyTypes: [algorithm],
      operation: "verify",
      algorithms: [algorithm],
      inputs: ["message"],
      parameters: ["context"],
      halves: ["private", "public"],
      limits: { context: CONTEXT },
      evidence: VERIFY_EVIDENCE,
    },
  ]),
];

const RAW = observed("section 6, ecdh: the raw secret, cut to 32 bytes");
const AGREEING: readonly CapabilityRow[] = [
  {
    keyTypes: ["P-256", "secp256k1"],
    operation: "agree",
    algorithms: ["ECDH"],
    parameters: ["peerKey"],
    halves: ["private"],
    evidence: RAW,
  },
  {
    keyTypes: ["X25519"],
    operation: "agree",
    algorithms: ["X25519"],
    parameters: ["peerKey"],
    halves: ["private"],
    evidence: RAW,
  },
];

const SYMMETRIC: readonly CapabilityRow[] = [
  ...typedEntries(MAC_KEYS).flatMap(([algorithm, { keyType, bytes }]): CapabilityRow[] => [
    {
      keyTypes: [keyType],
      operation: "mac",
      algorithms: [algorithm],
      limits: { message: MESSAGE },
      evidence: documented("section 6, hmac/hash"),
    },
    {
      keyTypes: [keyType],
      operation: "verify-mac",
      algorithms: [algorithm],
      limits: { message: MESSAGE, tag: { minimum: bytes, maximum: bytes } },
      evidence: documented("section 6, hmac/verify"),
    },
  ]),
  ...typedEntries(CIPHER_NAMES).flatMap(([algorithm, { keyType }]): CapabilityRow[] => {
    const gcm = algorithm.endsWith("GCM");
    const iv = { minimum: IV_BYTES, maximum: IV_BYTES };
    const additional = gcm ? { additionalData: { minimum: 0, maximum: 16 } } : {};
    const parameters = gcm ? (["additionalData"] as const) : [];
    return [
      {
        keyTypes: [keyType],
        operation: "encrypt",
        algorithms: [algorithm],
        parameters,
        limits: { plaintext: MESSAGE, ...additional },
        note: "the device makes every IV itself, 16 bytes for GCM too",
        evidence: documented("section 6, cipher/encrypt"),
      },
      {
        keyTypes: [keyType],
        operation: "decrypt",
        algorithms: [algorithm],
        parameters,
        limits: {
          ciphertext: gcm ? MESSAGE : { minimum: 16, maximum: MESSAGE_BYTES + 16 },
          iv,
          ...(gcm ? { tag: { minimum: 16, maximum: 16 } } : {}),
          ...additional,
        },
        evidence: documented("section 6, cipher/decrypt"),
      },
    ];
  }),
  ...typedEntries(WRAP_NAMES).flatMap(([algorithm, name]): CapabilityRow[] => [
    {
      keyTypes: [name.keyType],
      operation: "wrap",
      algorithms: [algorithm],
      // What is wrapped must fit into a message again when it is unwrapped.
      limits: { plaintext: { minimum: 16, maximum: MESSAGE_BYTES - 8 } },
      evidence: documented("section 6, cipher/wrap"),
    },
    {
      keyTypes: [name.keyType],
      operation: "unwrap",
      algorithms: [algorithm],
      limits: { ciphertext: { minimum: 24, maximum: MESSAGE_BYTES } },
      evidence: documented("section 6, cipher/unwrap"),
    },
  ]),
];

const ENCAPSULATING: readonly CapabilityRow[] = KEM_ALGORITHMS.flatMap((algorithm): CapabilityRow[] => [
  {
    keyTypes: [algorithm],
    operation: "encapsulate",
    algorithms: [algorithm],
    halves: ["private"],
    evidence: documented("section 6, pqc/mlkem/encaps: keys made in the device only"),
  },
  {
    keyTypes: [algorithm],
    operation: "decapsulate",
    algorithms: [algorithm],
    halves: ["private"],
    limits: { ciphertext: { minimum: CIPHERTEXT_BYTES[algorithm], maximum: CIPHERTEXT_BYTES[algorithm] } },
    evidence: documented("section 6, pqc/mlkem/decaps"),
  },
]);

/** The capabilities of the Encedo HEM, firmware 1.2.2, through this adapter. */
export const encedoCapabilities: CapabilityDeclaration = {
  provider: "encedo",
  title: "Encedo HEM",
  custody: "hsm",
  label: { minimumBytes: 1, maximumBytes: 32, charset: "printable-ascii" },
  description: { minimumBytes: 0, maximumBytes: DESCRIPTION_BYTES, charset: "unicode" },
  idempotency: "settled",
  pace: {
    inFlight: 1,
    // Section 1, timeouts: a trivial call takes 0.2 to 0.6 s.
    requestMilliseconds: 400,
    // The first use of a key takes a login for that key alone.
    requests: { each: 1, firstUse: 2 },
  },
  catalog: {
    get: true,
    list: true,
    search: ["descriptionPrefix"],
    rename: ["label", "description"],
    remove: "destroyed",
    evidence: observed("section 5"),
  },
  rows: [...MAKING, ...SIGNING, ...AGREEING, ...SYMMETRIC, ...ENCAPSULATING],
  refusals: REFUSALS,
};

function typedEntries<Name extends string, Value>(table: Readonly<Partial<Record<Name, Value>>>): [Name, Value][] {
  const entries: [Name, Value][] = [];
  let name: Name;
  for (name in table) {
    const value = table[name];
    if (value !== undefined) entries.push([name, value]);
  }
  return entries;
}
