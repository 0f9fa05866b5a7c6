/** A plan of very many keys, and what it takes. */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { CreateRequest, Provider } from "@keyrail/core";
import { openPlan, planMigration, writePlan } from "../../src/index.ts";
import { softwareFileEnd } from "./ends.ts";

const KINDS: readonly Omit<CreateRequest, "label">[] = [
  { keyType: "P-256", usages: ["sign", "verify"], extractable: true },
  { keyType: "Ed25519", usages: ["sign", "verify"] },
  { keyType: "AES-256", usages: ["encrypt"], extractable: true },
  { keyType: "X25519", usages: ["agree"] },
];
const IN_FLIGHT = 500;

/** Fills the source with `count` keys and the target with `held`. */
export async function fillStore(folder: string, count: number, held: number): Promise<void> {
  await using source = await softwareFileEnd(join(folder, "source.sqlite"));
  await using target = await softwareFileEnd(join(folder, "target.sqlite"));
  await fill(source.provider, count);
  await fill(target.provider, held);
}

async function fill({ keys }: Provider, count: number): Promise<void> {
  for (let made = 0; made < count; made += IN_FLIGHT) {
    const batch = Array.from({ length: Math.min(IN_FLIGHT, count - made) }, (_, index) => {
      const number = made + index;
      const kind = KINDS[number % KINDS.length];
      if (kind === undefined) throw new Error("There is a kind for every number.");
      return keys.create({ ...kind, label: `fleet/${number % 97}/key ${number}` });
    });
    await Promise.all(batch);
  }
}

/** What planning took. */
export interface PlanMeasure {
  readonly keys: number;
  readonly writeSeconds: number;
  readonly openSeconds: number;
  /** Peak of this process. */
  readonly peakMegabytes: number;
  readonly fileMegabytes: number;
}

/** Plans from one store to the other, writes the plan, and opens it again. */
export async function measurePlan(folder: string): Promise<PlanMeasure> {
  await using source = await softwareFileEnd(join(folder, "source.sqlite"));
  await using target = await softwareFileEnd(join(folder, "target.sqlite"));
  const file = join(folder, "plan.json");
  const begun = performance.now();
  const summary = await writePlan(file, planMigration({ source: source.provider, target: target.provider }));
  const written = performance.now();
  await openPlan(file);
  return {
    keys: summary.keys,
    writeSeconds: (written - begun) / 1000,
    openSeconds: (performance.now() - written) / 1000,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
    fileMegabytes: (await stat(file)).size / 1_000_000,
  };
}
