/** A run in a journal, with real keys, proofs and verifications, and with what goes wrong in practice. */

import type { KeyType, Provider, Usage } from "@keyrail/core";
import {
  encodePublicKey,
  type HeldItemUpdate,
  type Journal,
  type PlannedKey,
  type PlanHeader,
  type PlanSummary,
  type ProofKind,
  type ProofTask,
  proveKey,
  summarisePlan,
  verifyKey,
} from "../../src/index.ts";
import { imported, made, plan, rotated, snapshotOf } from "./moves.ts";

/** What {@link recordRun} made. */
export interface RecordedRun {
  readonly id: string;
  readonly header: PlanHeader;
  readonly keys: readonly PlannedKey[];
  readonly summary: PlanSummary;
}

/** Labels that break tables and pages. */
export const ODD_LABELS: readonly string[] = [
  `<script>document.title = "owned"</script>`,
  `"><img src=x onerror=alert(1)>`,
  "invoice \u202Egnp.exe",
  "line one\nline two\ttab\u0000end",
  "שלום payments مفتاح",
  "🔑 émile’s ключ 鍵",
  "a-label-without-any-space-that-goes-on-and-on-and-on-until-it-has-to-be-broken-somewhere",
  "",
];

const PROOFS: readonly (readonly [KeyType, readonly Usage[], ProofKind])[] = [
  ["P-256", ["sign", "verify"], "succession-signature"],
  ["P-384", ["sign", "verify"], "succession-signature"],
  ["P-521", ["sign", "verify"], "succession-signature"],
  ["secp256k1", ["sign", "verify"], "succession-signature"],
  ["stark", ["sign", "verify"], "succession-signature"],
  ["Ed25519", ["sign", "verify"], "succession-signature"],
  ["Ed448", ["sign", "verify"], "succession-signature"],
  ["ML-DSA-44", ["sign", "verify"], "succession-signature"],
  ["P-256", ["agree"], "succession-agreement"],
  ["X25519", ["agree"], "succession-agreement"],
  ["stark", ["agree"], "succession-agreement"],
  ["ML-KEM-512", ["encapsulate"], "succession-agreement"],
  ["HMAC-SHA-256", ["mac"], "succession-mac"],
  ["AES-256", ["encrypt", "wrap"], "none"],
];
const IMPORTS: readonly (readonly [KeyType, readonly Usage[]])[] = [
  ["secp256k1", ["sign", "verify"]],
  ["Ed25519", ["sign", "verify"]],
  ["HMAC-SHA-512", ["mac"]],
  ["AES-128", ["encrypt"]],
];

/** How the run is to look. */
export interface RunShape {
  readonly id?: string;
  /** How often the rotations above are made; their labels are odd from the first on. */
  readonly rounds?: number;
  /** Leave a key failed and one waiting. Default true. */
  readonly troubles?: boolean;
  /** Only the rotation of one key of this type, and one key that stays. */
  readonly only?: KeyType;
}

/** Makes the keys, proves and verifies them, and writes it all to a journal. */
export async function recordRun(
  journal: Journal,
  source: Provider,
  target: Provider,
  shape: RunShape = {},
): Promise<RecordedRun> {
  const { id = "01980000-0000-7000-8000-0000000000aa", rounds = 1, troubles = true, only } = shape;
  const rotations = only === undefined ? PROOFS : PROOFS.filter(([keyType]) => keyType === only).slice(0, 1);
  const tasks: ProofTask[] = [];
  const labelOf = (ordinal: number): string => ODD_LABELS[ordinal] ?? `service-${ordinal}`;
  for (let round = 0; round < rounds; round++) {
    for (const [keyType, usages, proof] of rotations) {
      const ordinal = tasks.length;
      // The store takes no control characters; vendors have let them through.
      const label = `service-${ordinal}`;
      const task = await rotated(source, target, { keyType, usages, label }, { proof }, ordinal);
      tasks.push(withChanges(task, labelOf(ordinal)));
    }
  }
  for (const [keyType, usages] of only === undefined ? IMPORTS : []) {
    tasks.push(await imported(source, target, { keyType, usages, label: `imported-${keyType}` }, tasks.length));
  }
  const stays = (await retainedKeys(source, tasks.length)).slice(0, only === undefined ? 3 : 1);
  const keys = [...tasks.map(({ planned }) => planned), ...stays];
  const { header, summary } = await planOf(id, source, target, keys);
  const run = { id, planDigest: summary.digest };
  await journal.createRun({ header, summary, keys }, { worker: "planner@desk" });
  await journal.addEvent(id, { worker: "worker-1@alpha", kind: "apply-started", text: "Applying with 2 workers." });
  const updates: HeldItemUpdate[] = [];
  for (const [index, task] of tasks.entries()) {
    const { planned, targetKey } = task;
    if (troubles && index === 2) {
      const message = `The device answered "<b>busy</b>" and closed the connection \u202E.`;
      updates.push({ ordinal: index, state: "failed", error: { code: "ConnectionFailed", message } });
      continue;
    }
    const publicKey = planned.source.publicKey === undefined ? undefined : await target.keys.getPublic(targetKey);
    const common = {
      ordinal: index,
      target: targetKey,
      ...(publicKey === undefined ? {} : { targetPublicKey: encodePublicKey(publicKey) }),
    };
    if (troubles && index === 5) {
      const ticket = {
        version: 1,
        provider: "dfns",
        key: targetKey,
        operation: "sign",
        reference: "sig-1",
        approval: "ap-4711",
        state: {},
      } as const;
      updates.push({ ...common, state: "waiting", ticket });
      continue;
    }
    const ofRun = { ...task, run };
    const proof = await proveKey(ofRun);
    const verification = await verifyKey({ ...ofRun, proof });
    updates.push({ ...common, state: "verified", proof, verification });
  }
  await using lease = await journal.join(id, "worker-1@alpha");
  await lease.claim({ states: ["planned"], limit: keys.length });
  await lease.record(updates);
  await journal.addEvent(id, {
    worker: "worker-2@beta",
    kind: "worker-lost",
    text: "worker-2@beta stopped answering; its keys went to others.",
  });
  await journal.changeRun(id, {
    from: ["created"],
    to: "applying",
    event: { worker: "worker-1@alpha", kind: "resumed", text: "Going on where the run stood." },
  });
  await journal.changeRun(id, {
    from: ["applying"],
    to: "verified",
    event: { worker: "worker-1@alpha", kind: "verified", text: "Every key that could be moved was checked." },
  });
  return { id, header, keys, summary };
}

function withChanges(task: ProofTask, label: string): ProofTask {
  const planned = { ...task.planned, source: { ...task.planned.source, label } };
  const changes = [
    { what: "public key", from: "as it is", to: "a new one" },
    { what: "custody", from: "hsm", to: "mpc" },
  ] as const;
  const needs = [{ side: "target", kind: "approval", text: "a policy may make a signature wait for people" }] as const;
  return { ...task, planned: { ...planned, changes, needs } };
}

async function retainedKeys(source: Provider, from: number): Promise<PlannedKey[]> {
  const list: PlannedKey[] = [];
  for (const keyType of ["ML-DSA-87", "X448", "X448"] as const) {
    const usages: readonly Usage[] = keyType === "X448" ? ["derive"] : ["sign"];
    const { record, publicKey } = await made(source, { keyType, usages, label: `stays-${list.length}` });
    const reason = `Dfns can't create a ${keyType} key. Nearest: Ed25519; or keep it where it is and use it through the router.`;
    list.push(plan(from + list.length, snapshotOf(record, publicKey), { strategy: "retain", proof: "none", reason }));
  }
  return list;
}

async function planOf(
  id: string,
  source: Provider,
  target: Provider,
  keys: readonly PlannedKey[],
): Promise<{ readonly header: PlanHeader; readonly summary: PlanSummary }> {
  const end = ({ uri, capabilities, custody }: Provider): PlanHeader["source"] => ({
    uri,
    title: capabilities.title,
    custody,
    capabilities: `sha-256:${"C".repeat(43)}`,
  });
  const header: PlanHeader = {
    format: "keyrail-migration-plan",
    version: 1,
    id,
    createdAt: Date.now() - 60_000,
    source: end(source),
    target: end(target),
    options: { noImport: false },
  };
  return { header, summary: await summarisePlan({ header, keys: each(keys) }) };
}

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item, void> {
  yield* items;
}
