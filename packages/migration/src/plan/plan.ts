/** What a migration plan says: plain JSON data. Bytes are base64url, times are milliseconds since the epoch. */

import type {
  Algorithm,
  AsymmetricKeyType,
  Custody,
  DerivationAlgorithm,
  KeyHalf,
  KeyOrigin,
  KeyType,
  OperationDescriptor,
  Pace,
  Usage,
} from "@keyrail/core";

/**
 * What happens to one key.
 *
 * - `import`: its material goes to the target; the public key stays the same.
 * - `rotate`: a new key is made at the target, with a succession statement by the old one.
 * - `adopt`: the target holds this key already (the same public key).
 * - `retain`: the target can't hold or use it; it stays where it is.
 */
export const STRATEGIES = ["import", "rotate", "adopt", "retain"] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** The format of plan files this version writes and reads. */
export const PLAN_VERSION = 1;

/** One end of a migration, as the plan saw it. */
export interface PlannedProvider {
  /** Provider URI. */
  readonly uri: string;
  readonly title: string;
  readonly custody: Custody;
  /** `sha-256:` and base64url: of the capability declaration the plan was decided by. */
  readonly capabilities: string;
  /** The vendor's pace as declared; absent where there is none. */
  readonly pace?: Pace;
}

/** A key of the source, as the plan saw it. `apply` refuses when it has changed. */
export interface KeySnapshot {
  readonly uri: string;
  readonly id: string;
  readonly keyType: KeyType;
  readonly usages: readonly Usage[];
  readonly algorithms?: readonly Algorithm[];
  readonly label: string;
  readonly description?: string;
  readonly half: KeyHalf;
  readonly origin: KeyOrigin;
  readonly extractable: boolean;
  readonly hierarchical?: {
    readonly scheme: DerivationAlgorithm;
    readonly master: boolean;
    readonly path?: string;
    readonly parent?: string;
  };
  /**
   * SubjectPublicKeyInfo, DER, base64url; for `stark`, which has none, the uncompressed point (SEC 1) in base64url. Absent
   * for a symmetric key. `encodePublicKey` and `decodePublicKey` translate.
   */
  readonly publicKey?: string;
}

/** How the key will be made at the target: the request of the target's `keys` port, without secrets. */
export type TargetRequest =
  | {
      readonly operation: "create";
      readonly keyType: KeyType;
      readonly usages: readonly Usage[];
      readonly label: string;
      readonly description?: string;
      readonly algorithms?: readonly Algorithm[];
      readonly hierarchical?: DerivationAlgorithm;
      readonly extractable?: boolean;
    }
  | {
      /** `public`: the public key alone; `private` and `secret`: what the source's `keyExport` port gives. */
      readonly operation: "import:public" | "import:private" | "import:secret";
      readonly keyType: KeyType;
      readonly usages: readonly Usage[];
      readonly label: string;
      readonly description?: string;
      readonly algorithms?: readonly Algorithm[];
      readonly hierarchical?: DerivationAlgorithm;
      readonly extractable?: boolean;
    };

/**
 * How the new key is tied to the old one.
 *
 * - `same-key`: the public keys are equal (or, for a secret key, both give the same result for one input).
 * - `succession-signature`: the old key signs the statement, the new one countersigns (JWS, RFC 7515).
 * - `succession-agreement`: a key that only agrees or decapsulates answers a challenge under its public key.
 * - `succession-mac`: a secret key authenticates the statement; only who holds the key can check it.
 * - `none`: the old key can prove nothing (the reason is in the plan's key).
 */
export type ProofKind = "same-key" | "succession-signature" | "succession-agreement" | "succession-mac" | "none";

/** Something that is different for the user afterwards. */
export interface PlannedChange {
  readonly what:
    | "public key"
    | "address"
    | "usages"
    | "algorithms"
    | "custody"
    | "label"
    | "description"
    | "extractable"
    /** Lengths and optional parameters of operations that are kept. */
    | "limits"
    /** What a careful user should know of the target. */
    | "behaviour"
    /** Children of a master key, and the path of a child. */
    | "hierarchy"
    /** What was made or encrypted with the old key needs the old key for good. */
    | "old data";
  /** A short text, as a table shows it; `-` for nothing. */
  readonly from: string;
  readonly to: string;
}

/** Something that must hold before the key can be moved. */
export interface PlannedNeed {
  readonly side: "source" | "target";
  readonly kind: "approval" | "contract" | "permission" | "setting";
  readonly text: string;
}

/** One key of a plan. */
export interface PlannedKey {
  /** From 0, in the order of the source's listing; a migration handles keys in this order. */
  readonly ordinal: number;
  readonly source: KeySnapshot;
  readonly strategy: Strategy;
  /** Why this strategy: one sentence. For `retain` what the target lacks, in the words of `explain`. */
  readonly reason: string;
  readonly changes: readonly PlannedChange[];
  readonly needs: readonly PlannedNeed[];
  /** `import` and `rotate`. */
  readonly target?: TargetRequest;
  /** `adopt`: the key URI at the target. */
  readonly existing?: string;
  /**
   * `retain`: the request that would be needed and that the target's `explain` refuses. Absent when the key stays by
   * choice (an option of the plan) or because the target takes its public key only once.
   */
  readonly lacks?: OperationDescriptor;
  readonly proof: ProofKind;
  /** Requests this key will cost at each end, approvals not counted. */
  readonly requests: { readonly source: number; readonly target: number };
  /** Idempotency key of the target's creation: the same for every attempt and every process. 1 to 64 ASCII characters. */
  readonly operationKey: string;
}

/** The head of a plan. */
export interface PlanHeader {
  readonly format: "keyrail-migration-plan";
  readonly version: typeof PLAN_VERSION;
  /** Unique and time-ordered; the run that applies the plan has this id. */
  readonly id: string;
  readonly createdAt: number;
  readonly source: PlannedProvider;
  readonly target: PlannedProvider;
  /** What the caller chose. */
  readonly options: PlanOptions;
}

/** Choices that change what a plan says. */
export interface PlanOptions {
  /** Never export material, even where both ends could: rotate instead. Default false. */
  readonly noImport: boolean;
  /** Leave a secret key (AES, HMAC) where it is when it can't be read out, in place of making a new one. Default false. */
  readonly retainSecretKeys?: boolean;
  /** Algorithms that nobody uses any more: that the target lacks one keeps no key from moving. */
  readonly dropAlgorithms?: readonly Algorithm[];
  /** Only keys whose label starts so. */
  readonly labelPrefix?: string;
  /** Only these types. */
  readonly keyTypes?: readonly KeyType[];
}

/** A plan: made just now, or read from a file. */
export interface Plan {
  readonly header: PlanHeader;
  /** The keys in the order of their ordinals, one at a time. Read from a source or a file as they are asked for. */
  readonly keys: AsyncIterable<PlannedKey>;
}

/** The end of a plan. */
export interface PlanSummary {
  readonly keys: number;
  readonly strategies: Readonly<Record<Strategy, number>>;
  readonly requests: { readonly source: number; readonly target: number };
  /** Seconds the declared paces alone allow, both ends at work at once. Absent where neither end declares one. */
  readonly estimatedSeconds?: number;
  /** `sha-256:` and base64url, over the JSON texts of the header and of every key, each ended by a line feed. */
  readonly digest: string;
}

/** Asymmetric types whose public half the plan knows. */
export type PlannedPublicKeyType = AsymmetricKeyType;
