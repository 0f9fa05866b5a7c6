/** Whether a migration ended as it must, however often it was disturbed. */

import type { KeyRecord, Provider } from "@keyrail/core";
import { openPublicKey, prepareEngines, verify } from "@keyrail/crypto";
import type { JournalItem } from "../../../src/index.ts";
import { collect } from "../collect.ts";
import { keysOf } from "../runs.ts";
import { openEnd } from "./access.ts";
import { ALIASED, type World } from "./world.ts";

/** What is wrong, one sentence each; empty when all is well. Both ends are asked anew, by providers without a memory. */
export async function faultsOf(world: World): Promise<readonly string[]> {
  const items = await collect(world.journal.items(world.run));
  const source = await openEnd(world.source);
  const target = await openEnd(world.target);
  try {
    return [
      ...itemFaults(world, items),
      ...targetFaults(world, items, await keysOf(target)),
      ...(await sourceFaults(world, source)),
      ...(await aliasFaults(world, items, target)),
      ...(await journalFaults(world, items)),
    ];
  } finally {
    await Promise.all([source.close(), target.close()]);
  }
}

function itemFaults({ planned }: World, items: readonly JournalItem[]): string[] {
  const faults: string[] = [];
  if (items.length !== planned.length) faults.push(`The journal has ${items.length} of ${planned.length} keys.`);
  for (const { ordinal, state, strategy, error, verification, planned: key, target, proof } of items) {
    const name = `key ${ordinal} (${strategy} ${key.source.keyType})`;
    if (state !== (strategy === "retain" ? "retained" : "verified")) {
      faults.push(`The ${name} is ${state}: ${error?.code} ${error?.message}`);
    } else if (state === "verified") {
      if (verification?.passed !== true || target === undefined || proof?.kind !== key.proof) {
        faults.push(`The ${name} is verified without a key, a verification or its proof.`);
      }
      if (strategy === "adopt" && target !== key.existing) faults.push(`The ${name} was adopted as ${target}.`);
    } else if (target !== undefined) faults.push(`The ${name} stays and has a target.`);
  }
  return faults;
}

/** One key for each key, and no other than those that were there. */
function targetFaults({ before }: World, items: readonly JournalItem[], now: readonly KeyRecord[]): string[] {
  const faults: string[] = [];
  const held = new Map(now.map((record) => [record.uri, record]));
  const expected = new Set(before.target.map(({ uri }) => uri));
  for (const { ordinal, strategy, target, targetPublicKey, planned } of items) {
    if (target === undefined) continue;
    if (strategy !== "adopt") {
      if (expected.has(target)) faults.push(`The key ${ordinal} has the target key of another: ${target}.`);
      expected.add(target);
      const label = held.get(target)?.label;
      if (label !== planned.target?.label) faults.push(`The key ${ordinal} has the label ${label}.`);
    }
    if (!held.has(target)) faults.push(`The target key of ${ordinal} is not there: ${target}.`);
    if (strategy !== "rotate" && targetPublicKey !== planned.source.publicKey) {
      faults.push(`The key ${ordinal} has another public key at the target.`);
    }
  }
  for (const { uri, label } of now) if (!expected.has(uri)) faults.push(`Nobody knows of ${uri} (${label}).`);
  for (const record of before.target) {
    if (described(held.get(record.uri)) !== described(record)) faults.push(`${record.uri} was changed at the target.`);
  }
  return faults;
}

/** The source holds what it held, and its keys work. */
async function sourceFaults({ before }: World, source: Provider): Promise<string[]> {
  const faults: string[] = [];
  const now = new Map((await keysOf(source)).map((record) => [record.uri, record]));
  if (now.size !== before.source.length) faults.push(`The source lists ${now.size} of ${before.source.length} keys.`);
  for (const record of before.source) {
    const { uri } = record;
    if (described(now.get(uri)) !== described(record)) faults.push(`${uri} was changed at the source.`);
    else if (!(await signs(source, record))) faults.push(`${uri} does not sign any more.`);
  }
  return faults;
}

function described(record: KeyRecord | undefined): string {
  if (record === undefined) return "";
  const { publicKey, ...rest } = record;
  return JSON.stringify([rest, publicKey?.thumbprint()]);
}

const ALGORITHMS = { Ed25519: "Ed25519", "P-256": "ES256", secp256k1: "ES256K" } as const;

/** Signs and checks the signature here; true for a key that is of no such kind. */
async function signs(provider: Provider, record: KeyRecord): Promise<boolean> {
  const { keyType, usages, half, uri: key } = record;
  if (keyType !== "Ed25519" && keyType !== "P-256" && keyType !== "secp256k1") return true;
  if (!usages.includes("sign") || half === "public") return true;
  const algorithm = ALGORITHMS[keyType];
  const message = Uint8Array.of(1, 2, 3);
  const signed = await provider.signer?.sign({ key, algorithm, message });
  const publicKey = record.publicKey ?? (await provider.keys.getPublic(key));
  await prepareEngines(keyType, { algorithm });
  const opened = openPublicKey(keyType, publicKey.toRaw());
  return signed !== undefined && verify(opened, { algorithm, message, signature: signed.signature });
}

/** Aliases name the keys of the journal now and those of the source before; they were switched once, all together. */
async function aliasFaults(
  { journal, registry, planned, run }: World,
  items: readonly JournalItem[],
  target: Provider,
): Promise<string[]> {
  const faults: string[] = [];
  const aliased = planned.filter(({ ordinal }) => ordinal % ALIASED === 0);
  for (const { ordinal, source } of aliased) {
    const alias = `service-${ordinal}`;
    const key = items[ordinal]?.target;
    const history = (await registry.history(alias)).map((version) => version.key);
    if (history.join(" ") !== [key, source.uri].filter((uri) => uri !== undefined).join(" ")) {
      faults.push(`The alias ${alias} has the history ${history.join(" ")}.`);
    }
    if (key === undefined || history[0] !== key) continue;
    const record = await target.catalog?.get(key);
    if (record === undefined || !(await signs(target, record))) faults.push(`The alias ${alias} does not sign.`);
  }
  const all = await collect(registry.aliases());
  if (all.length !== aliased.length) faults.push(`There are ${all.length} of ${aliased.length} aliases.`);
  const audit = (await collect(registry.audit({ run }))).map(({ id }) => id);
  const moved = aliased.some(({ ordinal }) => items[ordinal]?.target !== undefined);
  const { cutOvers } = await journal.run(run);
  if (audit.length !== (moved ? 1 : 0) || cutOvers.join(" ") !== audit.join(" ")) {
    faults.push(`The registry has the cut-overs ${audit.join(" ")}, the journal ${cutOvers.join(" ")}.`);
  }
  return faults;
}

async function journalFaults({ journal, run }: World, items: readonly JournalItem[]): Promise<string[]> {
  const faults: string[] = [];
  const counts = await journal.counts(run);
  for (const [state, count] of Object.entries(counts)) {
    const real = items.filter((item) => item.state === state).length;
    if (real !== count) faults.push(`The journal counts ${count} keys ${state} and holds ${real}.`);
  }
  const events = await collect(journal.events(run));
  if (events.some(({ sequence }, index) => sequence !== index + 1)) faults.push("The events have a gap.");
  const { state } = await journal.run(run);
  if (state !== "cut-over") faults.push(`The run is ${state}.`);
  return faults;
}
