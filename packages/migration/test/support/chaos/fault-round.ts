/** Applies a run while the vendors misbehave, until it is done. */

import { isKeyrailError, type Provider } from "@keyrail/core";
import type { DfnsEmulator } from "@keyrail/emulator-dfns";
import type { EncedoEmulator } from "@keyrail/emulator-encedo";
import { applyRun } from "../../../src/index.ts";
import { openEnd } from "./access.ts";
import { finishRun, isApplicable } from "./finish-run.ts";
import { faultsOf } from "./faults-of.ts";
import { Random } from "./random.ts";
import { type Lane, type Route, ROUTES, World } from "./world.ts";

type ServiceFault = Parameters<DfnsEmulator["faults"]["add"]>[0];
type DeviceFault = Parameters<EncedoEmulator["faults"]["add"]>[0];

/** How often a run is resumed at most: the faults are finite, so that fewer are enough. */
const MOST_RESUMES = 60;
/** Rules at each vendor. */
const MOST_RULES = 16;
/** Requests that pass before a rule hits: about as many as a migration makes. */
const SPAN = 160;
const APPROVALS = 0.3;
/** A chance that an approver refuses. */
const REFUSED = 0.1;

/** What one round found. */
export interface FaultRound {
  readonly seed: number;
  readonly route: Route;
  /** Requests that were hit, by what hit them. */
  readonly hits: Readonly<Record<string, number>>;
  /** Times the run was resumed, because an error had stopped it or keys had failed. */
  readonly resumes: number;
  readonly keys: number;
  /** Sentences; empty when all is well. */
  readonly faults: readonly string[];
}

/** One migration of forty keys, of which everything is chosen by the seed. A vendor is always part of it. */
export async function faultRound(lane: Lane, seed: number): Promise<FaultRound> {
  const random = new Random(`faults ${seed}`);
  const routes = ROUTES.slice(1);
  const route = routes[seed % routes.length] ?? routes[0] ?? ROUTES[1];
  await using world = await World.make(lane, route, random);
  const { device, service } = world;
  const rules = 1 + random.below(MOST_RULES);
  for (let rule = 0; rule < rules; rule++) {
    const at = { skip: random.below(SPAN), times: random.chance(0.8) ? 1 : 1 + random.below(12) };
    service?.faults.add({ ...at, action: serviceFault(random) });
    device?.faults.add({ ...at, fault: deviceFault(random) });
  }
  if (service !== undefined && random.chance(APPROVALS)) service.policies.add({ action: "RequestApproval" });
  const approving = setInterval(() => decideAll(service, random), 10);
  let applied: { readonly resumes: number; readonly faults: readonly string[] };
  try {
    applied = await applyUntilDone(world);
  } finally {
    clearInterval(approving);
  }
  const hits = hitsOf(world);
  service?.faults.clear();
  service?.policies.clear();
  device?.faults.clear();
  const faults = [...applied.faults, ...(await faultsOf(world))];
  return { seed, route, hits, resumes: applied.resumes, keys: world.planned.length, faults };
}

/** Whoever approves is slow, and refuses at times. */
function decideAll(service: DfnsEmulator | undefined, random: Random): void {
  for (const id of service?.approvals.pending() ?? []) {
    if (random.chance(0.5)) continue;
    if (random.chance(REFUSED)) service?.deny(id);
    else service?.approve(id);
  }
}

async function applyUntilDone(world: World): Promise<{ readonly resumes: number; readonly faults: readonly string[] }> {
  const { journal, run, registry } = world;
  let [source, target] = [await openEnd(world.source), await openEnd(world.target)];
  try {
    for (let resumes = 0; resumes < MOST_RESUMES; resumes++) {
      try {
        if (!(await isApplicable(world))) {
          if (await finishRun({ journal, run, registry, source, target })) return { resumes, faults: [] };
          continue;
        }
        const { counts } = await applyRun({
          journal,
          run,
          source,
          target,
          retry: { firstPause: 1, longestPause: 5 },
          approvals: { between: 1, rounds: 10 },
          waitForApprovals: true,
        });
        if (counts.failed + counts.waiting > 0) continue;
        // From here on approvals would be asked for again each time a key is verified.
        world.service?.policies.clear();
        if (await finishRun({ journal, run, registry, source, target })) return { resumes, faults: [] };
      } catch (error) {
        if (!isKeyrailError(error)) return { resumes, faults: [`The run stopped with ${String(error)}.`] };
      }
      // Whoever resumes starts the program anew as often as not.
      if (resumes % 2 === 0) {
        await closeBoth(source, target);
        [source, target] = [await openEnd(world.source), await openEnd(world.target)];
      }
    }
    return { resumes: MOST_RESUMES, faults: [`The run was not done after ${MOST_RESUMES} resumes.`] };
  } finally {
    await closeBoth(source, target);
  }
}

async function closeBoth(source: Provider, target: Provider): Promise<void> {
  await Promise.all([source.close(), target.close()]);
}

const STATUSES = [409, 429, 500, 502, 503];

function serviceFault(random: Random): ServiceFault["action"] {
  const when = random.pick(["before", "after"] as const);
  switch (random.below(9)) {
    case 0:
      return { kind: "drop", when };
    case 1:
      return { kind: "reset", when };
    case 2:
      return { kind: "close-mid-body", bytes: random.below(200) };
    case 3:
      return { kind: "status", status: random.pick(STATUSES) };
    case 4:
      return { kind: "status", status: 429, retryAfterSeconds: random.chance(0.1) ? 1 : 0 };
    case 5:
      return { kind: "delay", milliseconds: random.below(50) };
    case 6:
      return { kind: "expire-user-action" };
    case 7:
      return { kind: "executing", polls: 1 + random.below(3) };
    default: {
      const decision = random.chance(REFUSED) ? "deny" : "approve";
      return { kind: "approval", decision, afterPolls: random.below(4) };
    }
  }
}

function deviceFault(random: Random): DeviceFault["fault"] {
  const when = random.pick(["before", "after"] as const);
  switch (random.below(6)) {
    case 0:
      return { kind: "drop", when };
    case 1:
      return { kind: "drop", when, reset: true };
    case 2:
      return { kind: "cut", atByte: random.below(300), reset: random.chance(0.5) };
    case 3:
      return { kind: "status", status: random.pick(STATUSES) };
    case 4:
      return { kind: "status", status: random.pick([500, 503]), effect: true };
    default:
      return { kind: "reboot", when };
  }
}

function hitsOf({ device, service }: World): Record<string, number> {
  const hits: Record<string, number> = {};
  const count = (name: string, number: number): void => {
    if (number > 0) hits[name] = (hits[name] ?? 0) + number;
  };
  for (const { action, hits: number } of service?.faults.list() ?? []) count(nameOf(action), number);
  for (const { fault, hits: number } of device?.faults.list() ?? []) count(nameOf(fault), number);
  return hits;
}

function nameOf(fault: { readonly kind: string; readonly when?: string; readonly status?: number }): string {
  return [fault.kind, fault.when, fault.status].filter((part) => part !== undefined).join(" ");
}
