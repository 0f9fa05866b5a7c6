import type { CompiledCapabilities } from "../capabilities/compile.ts";
import type { TextLimit } from "../capabilities/declaration.ts";
import type { OperationDescriptor } from "../capabilities/descriptor.ts";
import { candidateRows, explain, mismatch } from "../capabilities/explain.ts";
import { KeyrailError } from "../errors.ts";
import type { KnownKey } from "../provider.ts";
import type { Operation, Usage } from "../vocabulary.ts";

/**
 * Refuses what the provider does not declare, before anything is sent.
 * @throws KeyrailError `UnsupportedCapability` or `LimitExceeded`, with the text of `explain`.
 */
export function checkCapability(compiled: CompiledCapabilities, descriptor: OperationDescriptor): void {
  for (const row of candidateRows(compiled, descriptor)) {
    if (mismatch(row, descriptor) === undefined) return;
  }
  const explanation = explain(compiled, descriptor);
  if (explanation.supported) return;
  const { limit, reason, nearest } = explanation;
  if (limit !== undefined) {
    throw new KeyrailError("LimitExceeded", reason, {
      limit: limit.name,
      maximum: limit.maximum,
      actual: limit.actual,
    });
  }
  throw new KeyrailError("UnsupportedCapability", nearest === undefined ? reason : `${reason} ${nearest}`, {
    provider: compiled.declaration.provider,
    operation: descriptor.operation,
    ...(descriptor.keyType === undefined ? {} : { keyType: descriptor.keyType }),
    ...(descriptor.algorithm === undefined ? {} : { algorithm: descriptor.algorithm }),
    ...(nearest === undefined ? {} : { nearest }),
  });
}

/** The usage a key must have for an operation; operations that make keys need none. */
const REQUIRED_USAGE: Readonly<Partial<Record<Operation, Usage>>> = {
  "derive:ecdh": "derive",
  "derive:hd": "derive",
  "derive-output": "derive",
  sign: "sign",
  verify: "verify",
  agree: "agree",
  mac: "mac",
  "verify-mac": "mac",
  encrypt: "encrypt",
  decrypt: "encrypt",
  wrap: "wrap",
  unwrap: "wrap",
  encapsulate: "encapsulate",
  decapsulate: "encapsulate",
};

/** The usage a key must have for an operation, if any. */
export function requiredUsage(operation: Operation): Usage | undefined {
  return REQUIRED_USAGE[operation];
}

/**
 * Refuses what the key's own usages or algorithms do not allow.
 * @throws KeyrailError `UsageNotPermitted`.
 */
export function checkUsage(known: KnownKey, descriptor: OperationDescriptor, key: string): void {
  const usage = REQUIRED_USAGE[descriptor.operation];
  if (usage !== undefined && !known.usages.includes(usage)) {
    throw new KeyrailError(
      "UsageNotPermitted",
      `The key ${key} may not be used to ${usage}; its usages are ${known.usages.join(", ") || "none"}.`,
      { key, usage },
    );
  }
  const { algorithm } = descriptor;
  if (algorithm !== undefined && known.algorithms !== undefined && !known.algorithms.includes(algorithm)) {
    throw new KeyrailError(
      "UsageNotPermitted",
      `The key ${key} may not be used with ${algorithm}; it is restricted to ${known.algorithms.join(", ")}.`,
      { key, usage: algorithm },
    );
  }
}

// eslint-disable-next-line no-control-regex -- refusing control characters is the point
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * Checks a label or description against its declared limit.
 * @throws KeyrailError `LimitExceeded` or `InvalidRequest`; `UnsupportedCapability` when the provider keeps none.
 */
export function checkText(
  compiled: CompiledCapabilities,
  name: "label" | "description",
  text: string,
  limit: TextLimit | undefined,
): void {
  const { title, provider } = compiled.declaration;
  if (limit === undefined) {
    throw new KeyrailError("UnsupportedCapability", `${title} keeps no ${name}. Leave it out.`, {
      provider,
      operation: name,
      nearest: "Leave it out.",
    });
  }
  const length = Buffer.byteLength(text, "utf8");
  if (length > limit.maximumBytes || length < limit.minimumBytes) {
    throw new KeyrailError(
      "LimitExceeded",
      `${title} takes a ${name} of ${limit.minimumBytes} to ${limit.maximumBytes} bytes; this one has ${length}.`,
      { limit: name, maximum: limit.maximumBytes, actual: length },
    );
  }
  if (
    limit.charset === "printable-ascii" ? !/^[\u0020-\u007e]*$/.test(text) : CONTROL.test(text) || !text.isWellFormed()
  ) {
    throw new KeyrailError(
      "InvalidRequest",
      `${title} takes a ${name} of ${limit.charset === "printable-ascii" ? "printable ASCII characters only" : "characters other than control characters"}.`,
      { path: name },
    );
  }
}
