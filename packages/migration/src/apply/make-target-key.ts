/** Makes, or finds, the key at the target that a planned key becomes. */

import {
  type CallOptions,
  type ExportedKey,
  type ImportRequest,
  KeyrailError,
  type KeyRecord,
  type Provider,
  type PublicKey,
  wipe,
} from "@keyrail/core";
import type { PlannedKey, TargetRequest } from "../plan/plan.ts";
import { decodePublicKey } from "../public-key-text.ts";
import { labelToMakeWith, needsRenaming } from "./target-label.ts";
import { isAsymmetric } from "../proof/key-types.ts";
import { writePublicKey } from "../proof/read-public-key.ts";

/** What {@link makeTargetKey} is given. */
export interface MakeTask {
  readonly planned: PlannedKey;
  readonly source: Provider;
  readonly target: Provider;
  /** Whether this key may have been made before, in this process or another. */
  readonly earlierAttempt: "none" | "possible";
  readonly signal?: AbortSignal;
}

/** The key at the target. */
export interface TargetKey {
  /** Key URI. */
  readonly uri: string;
  /** As plans write it; absent for a secret key. */
  readonly publicKey?: string;
}

/**
 * Makes the key as the plan says. The plan's `operationKey` is the idempotency key, so that any number of calls in any
 * number of processes make one key. What is exported lives in this process from the export to the import, and is
 * overwritten then. Where the label leaves no room for the trace of an idempotency key, the key has a shorter one until
 * {@link giveLabel}, which is for after the journal names the key.
 *
 * @throws KeyrailError what the ports throw; `OperationRefused` when the plan says nothing that can be done here.
 */
export async function makeTargetKey(task: MakeTask): Promise<TargetKey> {
  const { planned } = task;
  switch (planned.strategy) {
    case "adopt":
      return adopted(task);
    case "rotate":
    case "import":
      return made(task, requestOf(planned));
    case "retain":
      throw unplanned(planned, "it stays at the source");
  }
}

/** Gives a key that was made the label it was planned with, if it has not got it yet. Repeating it does no harm. */
export async function giveLabel(planned: PlannedKey, target: Provider, key: string): Promise<void> {
  const { target: request } = planned;
  if (needsRenaming(request, target)) await target.catalog?.rename({ key, label: request.label });
}

function requestOf(planned: PlannedKey): TargetRequest {
  if (planned.target === undefined) throw unplanned(planned, "the plan does not say how it is made");
  return planned.target;
}

async function made(task: MakeTask, request: TargetRequest): Promise<TargetKey> {
  const { planned, target, earlierAttempt, signal } = task;
  const options: CallOptions = {
    idempotencyKey: planned.operationKey,
    earlierAttempt,
    ...(signal === undefined ? {} : { signal }),
  };
  const { operation, keyType, ...attributes } = request;
  switch (operation) {
    case "create": {
      const label = labelToMakeWith(request, target);
      return found(task, await target.keys.create({ keyType, ...attributes, label }, options));
    }
    case "import:public": {
      const { hierarchical: _, ...withoutHierarchy } = attributes;
      const publicKey = plannedPublicKey(planned);
      return found(task, await target.keys.import({ kind: "public", publicKey, ...withoutHierarchy }, options));
    }
    case "import:private":
    case "import:secret":
      return found(task, await imported(task, request, options));
  }
}

async function imported(task: MakeTask, request: TargetRequest, options: CallOptions): Promise<KeyRecord> {
  const { planned, source, target, signal } = task;
  if (source.keyExport === undefined) {
    throw unplanned(planned, `${source.capabilities.title} gives no key out`);
  }
  const exported = await source.keyExport.export(planned.source.uri, signal === undefined ? {} : { signal });
  try {
    return await target.keys.import(importRequest(exported, request), options);
  } finally {
    if (exported.kind === "secret") wipe(exported.secret);
    else wipe(exported.privateKey.bytes, exported.privateKey.chainCode);
  }
}

function importRequest(exported: ExportedKey, request: TargetRequest): ImportRequest {
  const { operation: _, keyType: __, hierarchical, ...attributes } = request;
  if (exported.kind === "secret") {
    return { kind: "secret", keyType: exported.keyType, secret: exported.secret, ...attributes };
  }
  const { chainCode, ...withoutChainCode } = exported.privateKey;
  const master = hierarchical !== undefined && chainCode !== undefined;
  return {
    kind: "private",
    privateKey: master ? { ...withoutChainCode, chainCode } : withoutChainCode,
    ...attributes,
    ...(hierarchical === undefined ? {} : { hierarchical }),
  };
}

/** The key the plan found at the target: it has to be there still, with the public key of then. */
async function adopted(task: MakeTask): Promise<TargetKey> {
  const { planned, target, signal } = task;
  if (planned.existing === undefined) throw unplanned(planned, "the plan does not say which key of the target it is");
  const uri = planned.existing;
  const options = signal === undefined ? {} : { signal };
  if (!isAsymmetric(planned.source.keyType)) {
    await target.catalog?.get(uri, options);
    return { uri };
  }
  const publicKey = await target.keys.getPublic(uri, options);
  if (publicKey.equals(plannedPublicKey(planned))) return { uri, publicKey: writePublicKey(publicKey) };
  throw unplanned(planned, `${uri} at the target has another public key by now`);
}

async function found({ target, signal }: MakeTask, record: KeyRecord): Promise<TargetKey> {
  if (!isAsymmetric(record.keyType)) return { uri: record.uri };
  const options = signal === undefined ? {} : { signal };
  const publicKey = record.publicKey ?? (await target.keys.getPublic(record.uri, options));
  return { uri: record.uri, publicKey: writePublicKey(publicKey) };
}

function plannedPublicKey(planned: PlannedKey): PublicKey {
  const { keyType, publicKey } = planned.source;
  if (publicKey === undefined || !isAsymmetric(keyType)) throw unplanned(planned, "the plan has no public key of it");
  return decodePublicKey(keyType, publicKey);
}

function unplanned(planned: PlannedKey, why: string): KeyrailError<"OperationRefused"> {
  return new KeyrailError(
    "OperationRefused",
    `The key ${planned.source.uri} can't be moved as planned: ${why}. Make a new plan.`,
    { provider: "migration", reason: why },
  );
}
