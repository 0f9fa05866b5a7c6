/** One planned key, made by hand: what the planner and the executor do, without either. */

import { createHash } from "node:crypto";
import type { CreateRequest, KeyRecord, Provider, PublicKey } from "@keyrail/core";
import {
  type KeySnapshot,
  type PlannedKey,
  type ProofKind,
  type ProofTask,
  encodePublicKey,
  type Strategy,
  type TargetRequest,
} from "../../src/index.ts";

/** The run of these tests. */
export const RUN = { id: "01980000-0000-7000-8000-000000000001", planDigest: `sha-256:${"A".repeat(43)}` };

/** The record of a key as a plan keeps it. */
export function snapshotOf(record: KeyRecord, publicKey: PublicKey | undefined): KeySnapshot {
  const { uri, id, keyType, usages, algorithms, label, description, half, origin, extractable } = record;
  return {
    uri,
    id,
    keyType,
    usages,
    label,
    half,
    origin,
    extractable,
    ...(algorithms === undefined ? {} : { algorithms }),
    ...(description === undefined ? {} : { description }),
    ...(publicKey === undefined ? {} : { publicKey: encodePublicKey(publicKey) }),
  };
}

/** What is planned with a key. */
export interface Move {
  readonly strategy: Strategy;
  readonly proof: ProofKind;
  readonly operation?: TargetRequest["operation"];
  readonly usages?: TargetRequest["usages"];
  readonly reason?: string;
}

/** A planned key. */
export function plan(ordinal: number, source: KeySnapshot, move: Move): PlannedKey {
  const { keyType, label, algorithms } = source;
  const operation = move.operation ?? "create";
  const usages = move.usages ?? source.usages;
  return {
    ordinal,
    source,
    strategy: move.strategy,
    reason: move.reason ?? "The material can't leave the source, so a new key is made.",
    changes: [],
    needs: [],
    ...(move.strategy === "adopt" || move.strategy === "retain"
      ? {}
      : { target: { operation, keyType, usages, label, ...(algorithms === undefined ? {} : { algorithms }) } }),
    proof: move.proof,
    requests: { source: 1, target: 1 },
    operationKey: createHash("sha256").update(source.uri).digest("base64url"),
  };
}

/** The record and, for an asymmetric key, the public half. */
export async function made(
  provider: Provider,
  request: CreateRequest,
): Promise<{ readonly record: KeyRecord; readonly publicKey: PublicKey | undefined }> {
  const record = await provider.keys.create(request);
  const secret = /^(?:AES|HMAC)/.test(record.keyType);
  return { record, publicKey: secret ? undefined : (record.publicKey ?? (await provider.keys.getPublic(record.uri))) };
}

/** Two keys of the same request, one at each end, as a rotation. */
export async function rotated(
  source: Provider,
  target: Provider,
  request: CreateRequest,
  move: Partial<Move> & Pick<Move, "proof">,
  ordinal = 0,
): Promise<ProofTask> {
  const old = await made(source, request);
  const renewed = await made(target, request);
  return {
    planned: plan(ordinal, snapshotOf(old.record, old.publicKey), { strategy: "rotate", ...move }),
    run: RUN,
    source,
    target,
    targetKey: renewed.record.uri,
  };
}

/** One key, exported by one end and imported by the other. */
export async function imported(
  source: Provider,
  target: Provider,
  request: CreateRequest,
  ordinal = 0,
): Promise<ProofTask> {
  const old = await made(source, { ...request, extractable: true });
  const material = await present(source.keyExport).export(old.record.uri);
  const { usages, label } = request;
  const record = await target.keys.import({ ...material, usages, label });
  const operation = material.kind === "private" ? "import:private" : "import:secret";
  return {
    planned: plan(ordinal, snapshotOf(old.record, old.publicKey), { strategy: "import", proof: "same-key", operation }),
    run: RUN,
    source,
    target,
    targetKey: record.uri,
  };
}

/** What an optional value is, or a failed test. */
export function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("It is missing.");
  return value;
}
