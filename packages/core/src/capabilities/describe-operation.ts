import type { Operation } from "../vocabulary.ts";
import type { OperationDescriptor } from "./descriptor.ts";

const VERBS: Readonly<Record<Operation, string>> = {
  create: "create a key",
  "import:public": "import a public key",
  "import:private": "import a private key",
  "import:secret": "import a secret key",
  "import:encrypted-shares": "import encrypted key shares",
  "derive:ecdh": "derive a stored key by ECDH",
  "derive:hd": "derive an HD child key",
  export: "export a key",
  sign: "sign",
  verify: "verify a signature",
  agree: "agree on a shared secret",
  mac: "make a MAC",
  "verify-mac": "check a MAC",
  encrypt: "encrypt",
  decrypt: "decrypt",
  wrap: "wrap key bytes",
  unwrap: "unwrap key bytes",
  encapsulate: "encapsulate",
  decapsulate: "decapsulate",
  "derive-output": "derive a deterministic output",
};

/** An operation in words, for the texts of `explain` and of errors: "sign a digest with ES256K (secp256k1)". */
export function describeOperation(descriptor: OperationDescriptor): string {
  const parts: string[] = [VERBS[descriptor.operation]];
  if (descriptor.input !== undefined && descriptor.operation === "sign") parts.push(`a ${descriptor.input}`);
  if (descriptor.algorithm !== undefined) parts.push(`with ${descriptor.algorithm}`);
  if (descriptor.target !== undefined) parts.push(`into ${descriptor.target}`);
  if (descriptor.keyType !== undefined) parts.push(`(${descriptor.keyType})`);
  return parts.join(" ");
}
