/** Kills the process that applies a run, again and again, and lets another one finish it. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { faultsOf } from "./faults-of.ts";
import type { KillTask } from "./kill-worker.ts";
import { Random } from "./random.ts";
import { type Lane, type Route, ROUTES, World } from "./world.ts";

const WORKER = fileURLToPath(new URL("kill-worker.ts", import.meta.url));
/** Hundreds of processes compile the same files: once is enough. */
const ENVIRONMENT = { NODE_COMPILE_CACHE: join(tmpdir(), "keyrail-chaos-compiled"), ...process.env };
/** How many processes of one run are killed at most. */
const MOST_KILLS = 4;
/** Chances: that a process is killed at all after the first one was, and that approvals are asked for. */
const KILLED_AGAIN = 0.4;
const APPROVALS = 0.25;

/** When a process is killed: so many milliseconds after it began, at the nth request to a vendor, at the nth call. */
type Moment =
  | { readonly kind: "time"; readonly milliseconds: number }
  | { readonly kind: "request"; readonly nth: number }
  | { readonly kind: "call"; readonly nth: number };

/** What one round found. */
export interface KillRound {
  readonly seed: number;
  readonly route: Route;
  /** Processes that were killed, by the kind of the moment. */
  readonly kills: Readonly<Record<Moment["kind"], number>>;
  /** Keys that were in the journal as done when the first process was killed. */
  readonly keys: number;
  /** Sentences; empty when all is well. */
  readonly faults: readonly string[];
}

/** One migration of forty keys, of which everything is chosen by the seed. */
export async function killRound(lane: Lane, seed: number): Promise<KillRound> {
  const random = new Random(`kill ${seed}`);
  const route = ROUTES[seed % ROUTES.length] ?? ROUTES[0];
  await using world = await World.make(lane, route, random);
  if (world.service !== undefined && random.chance(APPROVALS))
    world.service.policies.add({ action: "RequestApproval" });
  const approving = setInterval(() => approveAll(world), 10);
  const kills = { time: 0, request: 0, call: 0 };
  const faults: string[] = [];
  try {
    for (let process = 0; ; process++) {
      const last = process === MOST_KILLS || (process > 0 && !random.chance(KILLED_AGAIN));
      const moment = last ? undefined : momentOf(route, random);
      const end = await runWorker(world, moment);
      if (end.killed && moment !== undefined) kills[moment.kind] += 1;
      else if (!end.killed && end.code === 0) break;
      else {
        faults.push(`Process ${process} ended with ${end.code}: ${end.complaints}`);
        break;
      }
    }
  } finally {
    clearInterval(approving);
  }
  world.service?.policies.clear();
  return { seed, route, kills, keys: world.planned.length, faults: [...faults, ...(await faultsOf(world))] };
}

function approveAll({ service }: World): void {
  for (const id of service?.approvals.pending() ?? []) service?.approve(id);
}

function momentOf(route: Route, random: Random): Moment {
  const local = route[0] === "software" && route[1] === "software";
  const draw = random.number();
  if (draw < 0.4) return { kind: "time", milliseconds: random.number() * (local ? 300 : 1200) };
  if (draw < 0.7 && !local) return { kind: "request", nth: 1 + random.below(300) };
  return { kind: "call", nth: 1 + random.below(450) };
}

/** Runs a process to its end, which a moment may bring. */
async function runWorker(
  world: World,
  moment: Moment | undefined,
): Promise<{ readonly killed: boolean; readonly code: number | null; readonly complaints: string }> {
  const { database, aliases, run, source, target } = world;
  const child = spawn(process.execPath, ["--conditions=keyrail-source", "--no-warnings", WORKER], { env: ENVIRONMENT });
  const exit = once(child, "exit");
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
  const task: KillTask = {
    database,
    aliases,
    run,
    source,
    target,
    dieAtCall: moment?.kind === "call" ? moment.nth : 0,
  };
  child.stdin.end(JSON.stringify(task));
  const release = moment === undefined ? undefined : killAt(world, child, moment);
  child.stdout.resume();
  await exit;
  release?.();
  return { killed: child.signalCode === "SIGKILL", code: child.exitCode, complaints };
}

/** Arranges that the process is killed; returns what takes the arrangement back. */
function killAt(world: World, child: ChildProcessWithoutNullStreams, moment: Moment): () => void {
  const kill = (): void => void child.kill("SIGKILL");
  switch (moment.kind) {
    case "call":
      return () => undefined;
    case "time": {
      let timer: NodeJS.Timeout | undefined;
      child.stdout.once("data", () => (timer = setTimeout(kill, moment.milliseconds)));
      return () => clearTimeout(timer);
    }
    case "request": {
      let requests = 0;
      const arrived = (): void => {
        requests += 1;
        if (requests === moment.nth) kill();
      };
      const { device, service } = world;
      const releases = [
        ...(device === undefined ? [] : [onRequest(device.faults, arrived)]),
        ...(service === undefined ? [] : [onRequest(service.faults, arrived)]),
      ];
      return () => {
        for (const release of releases) release();
      };
    }
  }
}

/** Is told of every request that arrives: each one is held against the fault plan. */
function onRequest(plan: { take: (...request: never[]) => unknown }, arrived: () => void): () => void {
  const { take } = plan;
  plan.take = new Proxy(take, {
    apply(taker, self, request): unknown {
      arrived();
      return Reflect.apply(taker, self, request);
    },
  });
  return () => (plan.take = take);
}
