/** An alias that is switched back and forth between two vendors while the service signs with it. */

import { readFile } from "node:fs/promises";
import { createKeyrailContainer, KEYRAIL, providerToken } from "@keyrail/inversify";
import fc from "fast-check";
import type { AuditRecord, Registry } from "@keyrail/registry";
import { ServiceProcess } from "./built-service.ts";
import { Load, now, type Observation } from "./load.ts";
import { Place } from "./place.ts";

const ALIAS = "orders";
const IN_FLIGHT = 100;
/** At most so many answers between two switches; none, now and then. */
const MOST_BETWEEN = 12;

/** What was done and what was found. */
export interface CutOverResult {
  readonly switches: number;
  readonly requests: number;
  /** Of these: requests that were failed, or whose signature was wrong. */
  readonly failures: readonly string[];
  /** Answers that name a key which the alias did not name while the request was under way. */
  readonly strays: readonly string[];
  /** Answers by the scheme of the key that signed. */
  readonly byProvider: Readonly<Record<string, number>>;
  /** Requests during which the alias was switched. */
  readonly across: number;
  readonly seconds: number;
}

/** The moment before a switch was asked for, and the moment it was known to be done: it was committed in between. */
interface Bracket {
  readonly before: number;
  readonly after: number;
}

/**
 * Runs the built service as a process of its own, keeps 100 requests in flight, and switches the alias from this process.
 * @param database of the registry, as a configuration names it.
 */
export async function runCutOverLoad(options: {
  readonly program: string;
  readonly database: string;
  readonly switches: number;
  readonly seed: number;
}): Promise<CutOverResult> {
  await using place = new Place();
  const [hot, mpc] = [await place.vendor("software"), await place.vendor("dfns")];
  const file = place.configure("service.json", {
    keys: { [ALIAS]: { keyType: "Ed25519" } },
    keyrail: { provider: "hot", providers: { hot: hot.provider, mpc: mpc.provider }, registry: options.database },
    logLevel: "error",
  });
  await using service = new ServiceProcess(options.program, [file]);
  const url = await service.url();

  const { keyrail } = JSON.parse(await readFile(file, "utf8")) as { keyrail: object };
  const container = await createKeyrailContainer(keyrail, { folder: place.folder });
  try {
    const registry = await container.getAsync(KEYRAIL.registry);
    const other = await container.getAsync(providerToken("mpc"));
    const { uri } = await other.keys.create({ keyType: "Ed25519", usages: ["sign"], label: ALIAS });
    const keys = [(await registry.resolve(ALIAS)).key, uri] as const;

    await using load = new Load(ALIAS, IN_FLIGHT);
    load.add(url);
    load.start();
    await load.answers(IN_FLIGHT);
    const started = now();
    const brackets = await switchBackAndForth(registry, keys, load, options);
    await load.answers(IN_FLIGHT);
    await load.stop();
    const seconds = (now() - started) / 1000;
    return {
      switches: brackets.size,
      requests: load.observations.length + load.failures.length,
      failures: [...load.failures, ...(service.output.includes('"level":50') ? [service.output] : [])],
      strays: [
        ...(await inconsistencies(registry, brackets)),
        ...(await straysOf(registry, load.observations, brackets)),
      ],
      byProvider: countBy(load.observations, ({ key }) => key.split(":")[0] ?? key),
      across: load.observations.filter((observation) =>
        [...brackets.values()].some((one) => isAcross(one, observation)),
      ).length,
      seconds,
    };
  } finally {
    await container.unbindAllAsync();
  }
}

/** Switches by cut-over and, half of the ways back, by roll-back. Gives the bracket of each new version. */
async function switchBackAndForth(
  registry: Registry,
  [first, second]: readonly [string, string],
  load: Load,
  { switches, seed }: { readonly switches: number; readonly seed: number },
): Promise<Map<number, Bracket>> {
  const steps = fc.sample(fc.record({ pause: fc.nat({ max: MOST_BETWEEN }), byRollBack: fc.boolean() }), {
    seed,
    numRuns: switches,
  });
  const brackets = new Map<number, Bracket>();
  let last: AuditRecord | undefined;
  for (const [done, { pause, byRollBack }] of steps.entries()) {
    const [from, to] = done % 2 === 0 ? [first, second] : [second, first];
    const undone: AuditRecord | undefined = byRollBack && done % 2 === 1 ? last : undefined;
    const before = now();
    last =
      undone === undefined ? await registry.cutOver([{ alias: ALIAS, from, to }]) : await registry.rollBack(undone.id);
    const version = last.switches[0]?.version;
    if (version === undefined) throw new Error("A switch without a version.");
    brackets.set(version, { before, after: now() });
    if (pause > 0) await load.answers(pause);
  }
  return brackets;
}

/** What the registry's own history and audit say against the brackets. */
async function inconsistencies(registry: Registry, brackets: ReadonlyMap<number, Bracket>): Promise<string[]> {
  const found: string[] = [];
  const history = new Map((await registry.history(ALIAS)).map((version) => [version.version, version]));
  for (const [version, { before, after }] of brackets) {
    const since = history.get(version)?.since;
    // The registry counts whole milliseconds.
    if (since === undefined || since < Math.floor(before) || since > after) {
      found.push(`version ${version} is since ${since}, and was switched between ${before} and ${after}`);
    }
  }
  let audited = 0;
  for await (const { action } of registry.audit({ alias: ALIAS }))
    if (action !== "set" && action !== "label") audited++;
  if (audited !== brackets.size) found.push(`${audited} audit records for ${brackets.size} switches`);
  return found;
}

/** Answers whose version was not the alias's at any moment of the request, or whose key is not that version's. */
async function straysOf(
  registry: Registry,
  observations: readonly Observation[],
  brackets: ReadonlyMap<number, Bracket>,
): Promise<string[]> {
  const keys = new Map((await registry.history(ALIAS)).map(({ version, key }) => [version, key]));
  return observations.flatMap(({ start, end, version, key }) => {
    if (keys.get(version) !== key) return [`version ${version} is ${keys.get(version)}, and not ${key}`];
    const came = brackets.get(version)?.before ?? -Infinity;
    const went = brackets.get(version + 1)?.after ?? Infinity;
    if (came <= end && went >= start) return [];
    return [`version ${version} was current from ${came} to ${went}, and signed from ${start} to ${end}`];
  });
}

/** Whether the switch was made while the request was under way. */
function isAcross({ before, after }: Bracket, { start, end }: Observation): boolean {
  return start < before && after < end;
}

function countBy<Item>(items: readonly Item[], nameOf: (item: Item) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[nameOf(item)] = (counts[nameOf(item)] ?? 0) + 1;
  return counts;
}
