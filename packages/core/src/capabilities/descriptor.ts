import type { KeyHalf } from "../key-record.ts";
import type { PrivateKeyFormat } from "../key-material.ts";
import type { SignatureFormat } from "../ports/signer.ts";
import type { Algorithm, DerivationAlgorithm, KeyType, Operation, Usage } from "../vocabulary.ts";
import type { LimitName, RowParameter } from "./declaration.ts";

/**
 * One operation, described: what `explain` and the gate are asked about.
 *
 * What is absent is not asked: a descriptor with an operation alone asks whether the provider can do it at all. The
 * key type is absent when a key's type is not known without a request; rows of every type are then considered.
 */
export interface OperationDescriptor {
  readonly operation: Operation;
  readonly keyType?: KeyType;
  readonly algorithm?: Algorithm;
  readonly input?: "message" | "digest";
  readonly format?: SignatureFormat;
  readonly parameters?: readonly RowParameter[];
  readonly usages?: readonly Usage[];
  readonly keyAlgorithms?: readonly Algorithm[];
  readonly hierarchical?: DerivationAlgorithm;
  readonly extractable?: boolean;
  readonly privateFormat?: PrivateKeyFormat;
  /** `derive:ecdh`: the type of key to make. */
  readonly target?: KeyType;
  readonly half?: KeyHalf;
  /** Byte lengths of the request's parts. */
  readonly sizes?: Readonly<Partial<Record<LimitName, number>>>;
}
