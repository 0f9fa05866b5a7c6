/** Makes, or finds, the key at the target that a planned key becomes. */

import { createHash } from "node:crypto";
import {
  type CallOptions,
  type ExportedKey,
  type ImportRequest,
  isKeyrailError,
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
 * number of processes make one key; where that one was removed since, another is made under the next idempotency key.
 * What is exported lives in this process from the export to the import, and is overwritten then. Where the label leaves no
 * room for the trace of an idempotency key, the key has a shorter one until {@link giveLabel}, which is for after the
 * journal names the key.
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
  const { planned, target } = task;
  const { operation, keyType, ...attributes } = request;
  switch (operation) {
    case "create": {
      const label = labelToMakeWith(request, target);
      const create = { keyType, ...attributes, label };
      return found(task, await makeOnce(task, (options) => target.keys.create(create, options)));
    }
    case "import:public": {
      const { hierarchical: _, ...withoutHierarchy } = attributes;
      const publicKey = { kind: "public", publicKey: plannedPublicKey(planned), ...withoutHierarchy } as const;
      return found(task, await makeOnce(task, (options) => target.keys.import(publicKey, options)));
    }
    case "import:private":
    case "import:secret":
      return found(task, await imported(task, request));
  }
}

async function imported(task: MakeTask, request: TargetRequest): Promise<KeyRecord> {
  const { planned, source, target, signal } = task;
  if (source.keyExport === undefined) {
    throw unplanned(planned, `${source.capabilities.title} gives no key out`);
  }
  const exported = await source.keyExport.export(planned.source.uri, signal === undefined ? {} : { signal });
  try {
    const wanted = importRequest(exported, request);
    return await makeOnce(task, (options) => target.keys.import(wanted, options));
  } finally {
    if (exported.kind === "secret") wipe(exported.secret);
    else wipe(exported.privateKey.bytes, exported.privateKey.chainCode);
  }
}

/** How often a key that is removed over and over is made anew: few, for a vendor that knows nothing would be asked so often. */
const MOST_MAKINGS = 8;

/** Makes the key, or finds the one an earlier call made; after that one was removed, under the next idempotency key. */
async function makeOnce(
  { planned: { operationKey }, earlierAttempt, signal }: MakeTask,
  make: (options: CallOptions) => Promise<KeyRecord>,
): Promise<KeyRecord> {
  for (let removed = 0; ; removed += 1) {
    const idempotencyKey = removed === 0 ? operationKey : nextKey(operationKey, removed);
    try {
      return await make({ idempotencyKey, earlierAttempt, ...(signal === undefined ? {} : { signal }) });
    } catch (error) {
      // A provider says this of a making when it remembers the key it made, and has it no more.
      if (!isKeyrailError(error, "KeyNotFound") || removed === MOST_MAKINGS) throw error;
    }
  }
}

function nextKey(operationKey: string, removed: number): string {
  return createHash("sha256").update(`${operationKey}\0${removed}`).digest("base64url");
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
  const gone = (error: unknown): never => {
    throw isKeyrailError(error, "KeyNotFound") ? unplanned(planned, `${uri} is gone from the target`) : error;
  };
  if (!isAsymmetric(planned.source.keyType)) {
    await target.catalog?.get(uri, options).catch(gone);
    return { uri };
  }
  const publicKey = await target.keys.getPublic(uri, options).catch(gone);
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
