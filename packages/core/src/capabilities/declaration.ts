/**
 * The capability declaration: the one place where a provider says what it can do.
 *
 * The gate, `explain`, the documentation tables, the choice of conformance checks and the migration plan all read it.
 * It is plain data: it can be printed, compared and sent.
 */

import type { KeyHalf } from "../key-record.ts";
import type { PrivateKeyFormat } from "../key-material.ts";
import type { SignatureFormat } from "../ports/signer.ts";
import type { Algorithm, Custody, DerivationAlgorithm, KeyType, Operation, Usage } from "../vocabulary.ts";

/** Where the knowledge behind a row comes from, weakest last. */
export type EvidenceTier = "observed" | "documented" | "assumed";

/** Why a row is believed. */
export interface Evidence {
  readonly tier: EvidenceTier;
  /** Document and section, or what was observed. */
  readonly reference: string;
}

/** An inclusive range of a length in bytes. */
export interface ByteRange {
  readonly minimum: number;
  readonly maximum: number;
}

/** Lengths a row bounds. A length that is absent is bounded by nothing but memory. */
export interface RowLimits {
  readonly message?: ByteRange;
  readonly digest?: ByteRange;
  readonly context?: ByteRange;
  readonly additionalData?: ByteRange;
  readonly plaintext?: ByteRange;
  readonly ciphertext?: ByteRange;
  readonly iv?: ByteRange;
  readonly tag?: ByteRange;
  readonly secret?: ByteRange;
}

/** The length names of {@link RowLimits}. */
export type LimitName = keyof RowLimits;

/** Something that must hold outside the request for a row to work. */
export interface Condition {
  /** `approval`: people may have to decide; `contract`: the vendor enables it by contract; `permission`, `setting`. */
  readonly kind: "approval" | "contract" | "permission" | "setting";
  readonly text: string;
}

/** One supported combination: these key types x this operation. */
export interface CapabilityRow {
  readonly keyTypes: readonly KeyType[];
  readonly operation: Operation;
  /** Operations that use a key: the algorithms. `derive:*`: the derivations. Absent where none is named. */
  readonly algorithms?: readonly Algorithm[];
  /** `sign` and `verify`: what may be given. */
  readonly inputs?: readonly ("message" | "digest")[];
  /** `sign` and `verify` with ECDSA: encodings. */
  readonly formats?: readonly SignatureFormat[];
  /** Optional request members this row honours; any other is refused, never ignored. */
  readonly parameters?: readonly RowParameter[];
  /** `create`, `import:*`, `derive:*`: usage sets; a request's usages must be within one of them. */
  readonly usages?: readonly (readonly Usage[])[];
  /** `create`, `import:*`, `derive:*`: a key may, or must, be restricted to algorithms; the sets that exist. */
  readonly keyAlgorithms?: readonly (readonly Algorithm[])[];
  /** `create`, `import:*`: HD schemes a master key may be made for. */
  readonly hierarchical?: readonly DerivationAlgorithm[];
  /** `create`, `import:*`, `derive:*`: whether extractable keys can be made. Default false. */
  readonly extractable?: boolean;
  /**
   * `create`, `import:*`, `derive:*`: a key made without naming algorithms is restricted to these all the same. Absent: it
   * is not restricted.
   */
  readonly defaultKeyAlgorithms?: readonly Algorithm[];
  /**
   * `create`, `import:*`, `derive:*`: what a new key always has in full, however little was asked for: every usage of its
   * set, being extractable. Asking for a key that is not extractable is then refused.
   */
  readonly always?: readonly ("usages" | "extractable")[];
  /** `import:*`: the provider refuses a key whose public key it holds already (`KeyExists`). Default false. */
  readonly unique?: boolean;
  /** `import:private`: the formats taken. `export`: the formats that may come out; default every one of the type. */
  readonly privateFormats?: readonly PrivateKeyFormat[];
  /** `derive:ecdh`: the types of key that can be made. */
  readonly targets?: readonly KeyType[];
  /** Halves of the key that suffice. Default: whatever the operation needs by nature. */
  readonly halves?: readonly KeyHalf[];
  readonly limits?: RowLimits;
  readonly conditions?: readonly Condition[];
  /** What a careful user should know; ends up in the table. */
  readonly note?: string;
  readonly evidence: Evidence;
}

/** Optional members of requests that a row may honour. */
export type RowParameter =
  | "lowS"
  | "recoverable"
  | "context"
  | "merkleRoot"
  | "additionalData"
  | "iv"
  | "salt"
  | "info"
  | "peerKey"
  | "truncatedTag";

/** A combination worth refusing with words of the provider's own. */
export interface Refusal {
  readonly operation: Operation | readonly Operation[];
  readonly keyTypes?: readonly KeyType[];
  readonly algorithms?: readonly Algorithm[];
  readonly input?: "message" | "digest";
  /** Why not: a sentence that names the cause. */
  readonly reason: string;
  /** What to do instead: a sentence. */
  readonly alternative: string;
}

/** Characters a text may have. */
export type Charset = "printable-ascii" | "unicode";

/** A bounded text. */
export interface TextLimit {
  readonly minimumBytes: number;
  /** UTF-8 bytes. */
  readonly maximumBytes: number;
  readonly charset: Charset;
}

/** What the catalog of the provider does. */
export interface CatalogCapabilities {
  readonly get: boolean;
  readonly list: boolean;
  readonly search: readonly ("label" | "descriptionPrefix")[];
  readonly rename: readonly ("label" | "description")[];
  /** `destroyed`, or `archived` where the vendor keeps the record. */
  readonly remove?: "destroyed" | "archived";
  readonly evidence: Evidence;
}

/**
 * How many requests calls cost when nothing goes wrong and nothing was tried before (`earlierAttempt: "none"`). For
 * planning. Logins that serve every key, and the pages of a list, are not counted.
 */
export interface RequestCosts {
  /** A call of any operation that is not in `operations`. */
  readonly each: number;
  readonly operations?: Readonly<Partial<Record<Operation | "get" | "get-public" | "remove", number>>>;
  /** What the first use of a key costs on top: a login for that key alone. Default 0. */
  readonly firstUse?: number;
}

/** What a provider can keep up with, for planning. Absent members: no limit is known. */
export interface Pace {
  /** Requests in flight the vendor allows. */
  readonly inFlight?: number;
  readonly requestsPerMinute?: number;
  /** How long one request usually takes, milliseconds, where the vendor or its users say. */
  readonly requestMilliseconds?: number;
  /** Absent: calls make no requests, or it is not known how many. `get-public` is that of a key just listed or made. */
  readonly requests?: RequestCosts;
}

/** All a provider says of itself. */
export interface CapabilityDeclaration {
  /** The provider's name: the scheme of its URIs. */
  readonly provider: string;
  readonly title: string;
  readonly custody: Custody;
  readonly label: TextLimit;
  /** Absent: the provider keeps no description. */
  readonly description?: TextLimit;
  /** How `idempotencyKey` is kept: by the provider itself, or settled by a marker and a search. */
  readonly idempotency: "native" | "settled" | "none";
  /**
   * The longest label, UTF-8 bytes, that leaves room for the trace of an `idempotencyKey`: with a longer one another
   * process does not find the key that `create` made. Absent: any label does.
   */
  readonly settledLabelBytes?: number;
  readonly pace?: Pace;
  readonly catalog?: CatalogCapabilities;
  readonly rows: readonly CapabilityRow[];
  readonly refusals?: readonly Refusal[];
}
