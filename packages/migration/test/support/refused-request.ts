/** Makes the request that a retained key is for want of, of the target itself. */

import {
  compileCapabilities,
  isKeyrailError,
  type KeyRecord,
  type KeyType,
  type OperationDescriptor,
  type Ports,
  type Provider,
} from "@keyrail/core";
import type { PlannedKey } from "../../src/index.ts";
import type { End } from "./ends.ts";
import { publicKeyOf } from "./move-key.ts";
import { useKey } from "./use-key.ts";

/** The optional ports of operations. */
const PORTS: Readonly<Partial<Record<OperationDescriptor["operation"], keyof Ports>>> = {
  sign: "signer",
  verify: "verifier",
  agree: "agreement",
  mac: "mac",
  encrypt: "cipher",
  wrap: "keyWrap",
  encapsulate: "kem",
  "derive-output": "deterministicDerivation",
};

/** How the target refused, and what it cost. */
export interface Refusal {
  /** `no port`: the target has no such method at all. */
  readonly by: "no port" | "UnsupportedCapability" | "it was done" | "another error";
  readonly detail: string;
  readonly requests: number;
}

/** Makes the request and tells what came of it. */
export async function refusalOf(planned: PlannedKey, target: End): Promise<Refusal> {
  const { lacks } = planned;
  if (lacks === undefined) throw new Error("The plan does not say what is lacking.");
  const { provider } = target;
  const port = PORTS[lacks.operation];
  if (port !== undefined && provider[port] === undefined) {
    const answer = provider.explain(lacks);
    return { by: answer.supported ? "it was done" : "no port", detail: "", requests: 0 };
  }
  const request = await requestOf(planned, lacks, provider);
  const before = target.requests().length;
  try {
    await request();
    return { by: "it was done", detail: JSON.stringify(lacks), requests: target.requests().length - before };
  } catch (error) {
    const requests = target.requests().length - before;
    if (!isKeyrailError(error)) throw error;
    const by = error.code === "UnsupportedCapability" ? error.code : "another error";
    return { by, detail: `${error.code}: ${error.message}`, requests };
  }
}

async function requestOf(
  planned: PlannedKey,
  lacks: OperationDescriptor,
  provider: Provider,
): Promise<() => Promise<unknown>> {
  const { keyType = planned.source.keyType, usages = planned.source.usages } = lacks;
  const algorithms = lacks.keyAlgorithms === undefined ? {} : { algorithms: lacks.keyAlgorithms };
  const hierarchical = lacks.hierarchical === undefined ? {} : { hierarchical: lacks.hierarchical };
  const names = { usages, label: "refused" };
  switch (lacks.operation) {
    case "create":
      return () => provider.keys.create({ keyType, ...names, ...algorithms, ...hierarchical });
    case "import:public":
      return () => provider.keys.import({ kind: "public", publicKey: publicKeyOf(planned), ...names });
    default: {
      const record = await someKey(provider, keyType, lacks);
      return () => useKey(provider, { ...lacks, key: record.uri }, record);
    }
  }
}

/** A key of the type at the target, with all usages it can have. */
async function someKey(provider: Provider, keyType: KeyType, lacks: OperationDescriptor): Promise<KeyRecord> {
  const rows = compileCapabilities(provider.capabilities).rowsFor("create", keyType);
  const row = rows.find(({ hierarchical }) => lacks.operation !== "derive:hd" || hierarchical !== undefined) ?? rows[0];
  const usages = row?.usages?.[0];
  if (usages === undefined) throw new Error(`The target makes no ${keyType} keys.`);
  return provider.keys.create({ keyType, usages, label: "any key of the type" });
}
