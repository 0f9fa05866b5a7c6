/** One migration with everything around it, and what must be true of it in the end. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KeyRecord, Provider } from "@keyrail/core";
import type { DfnsEmulator } from "@keyrail/emulator-dfns";
import type { EncedoEmulator } from "@keyrail/emulator-encedo";
import { type Journal, openJournal, type PlannedKey } from "../../../src/index.ts";
import { openRegistry, type Registry } from "@keyrail/registry";
import { keysOf, makeRun } from "../runs.ts";
import { startDevice, startService } from "../vendors.ts";
import { type EndAccess, openEnd } from "./access.ts";
import { fillDevice, fillStore, fillTarget } from "./fleet.ts";
import type { Random } from "./random.ts";

/** Which end goes to which. */
export const ROUTES: readonly [Route, Route, Route, Route] = [
  ["software", "software"],
  ["software", "service"],
  ["device", "service"],
  ["device", "software"],
];
export type Route = readonly [EndAccess["kind"], EndAccess["kind"]];

const KEYS = 40;
/** Every so many keys have an alias. */
export const ALIASED = 4;

/** A device that many migrations use one after the other: starting one takes longer than a migration. */
export class Lane implements AsyncDisposable {
  #device: Promise<EncedoEmulator> | undefined;

  async device(): Promise<EncedoEmulator> {
    return (this.#device ??= startDevice());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#device)?.close();
  }
}

/** A migration that is planned and about to be applied. */
export class World implements AsyncDisposable {
  readonly route: Route;
  readonly run: string;
  /** Of the journal. */
  readonly database: string;
  /** Of the registry. */
  readonly aliases: string;
  readonly source: EndAccess;
  readonly target: EndAccess;
  readonly journal: Journal;
  readonly registry: Registry;
  readonly planned: readonly PlannedKey[];
  /** What the ends listed before the run. */
  readonly before: { readonly source: readonly KeyRecord[]; readonly target: readonly KeyRecord[] };
  readonly device: EncedoEmulator | undefined;
  readonly service: DfnsEmulator | undefined;
  readonly #cleanUp: () => Promise<void>;

  private constructor(parts: Omit<World, "finish" | typeof Symbol.asyncDispose>, cleanUp: () => Promise<void>) {
    this.route = parts.route;
    this.run = parts.run;
    this.database = parts.database;
    this.aliases = parts.aliases;
    this.source = parts.source;
    this.target = parts.target;
    this.journal = parts.journal;
    this.registry = parts.registry;
    this.planned = parts.planned;
    this.before = parts.before;
    this.device = parts.device;
    this.service = parts.service;
    this.#cleanUp = cleanUp;
  }

  /** Makes the fleet, its aliases, the plan and its run. */
  static async make(lane: Lane, route: Route, random: Random): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), "keyrail-chaos-"));
    const kinds: readonly EndAccess["kind"][] = route;
    const device = kinds.includes("device") ? await lane.device() : undefined;
    const service = kinds.includes("service") ? await startService() : undefined;
    const accessOf = (kind: EndAccess["kind"], name: string): EndAccess => {
      if (kind === "device" && device !== undefined) return { kind, ...deviceAccess(device) };
      if (kind === "service" && service !== undefined) return { kind, ...serviceAccess(service) };
      return { kind: "software", path: join(folder, `${name}.sqlite`) };
    };
    const [source, target] = [accessOf(route[0], "source"), accessOf(route[1], "target")];
    const database = join(folder, "journal.sqlite");
    const journal = await openJournal({ database });
    const aliases = join(folder, "registry.sqlite");
    const registry = await openRegistry({ database: aliases, actor: "chaos" });
    const ends = { source: await openEnd(source), target: await openEnd(target) };
    try {
      if (device === undefined) await fillStore(ends.source, random, KEYS);
      else fillDevice(device, random, KEYS);
      await fillTarget(ends.source, ends.target, await keysOf(ends.source));
      const before = { source: await keysOf(ends.source), target: await keysOf(ends.target) };
      const { run, keys } = await makeRun(journal, ends.source, ends.target, { retainSecretKeys: true });
      for (const { ordinal, source: key } of keys) {
        if (ordinal % ALIASED === 0) await registry.setAlias(`service-${ordinal}`, key.uri);
      }
      const parts = {
        route,
        run,
        database,
        aliases,
        source,
        target,
        journal,
        registry,
        planned: keys,
        before,
        device,
        service,
      };
      return new World(parts, async () => {
        await Promise.all([journal.close(), registry.close(), service?.close(), emptyDevice(device, source)]);
        await rm(folder, { recursive: true, force: true });
      });
    } finally {
      await Promise.all([ends.source.close(), ends.target.close()]);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanUp();
  }
}

function deviceAccess({
  url,
  caPem,
  checkinUrl,
  userPassphrase,
}: EncedoEmulator): Omit<Extract<EndAccess, { kind: "device" }>, "kind"> {
  return { url, caPem, checkinUrl, userPassphrase };
}

function serviceAccess(service: DfnsEmulator): Omit<Extract<EndAccess, { kind: "service" }>, "kind"> {
  const { url, caPem, authToken, orgId, credId, credentialKeyFile } = service;
  return { url, caPem, authToken, orgId, credId, credentialKeyFile };
}

/** Takes every key out of the device again. */
async function emptyDevice(device: EncedoEmulator | undefined, access: EndAccess): Promise<void> {
  if (device === undefined) return;
  device.faults.clear();
  const provider: Provider = await openEnd(access);
  for (const { uri } of await keysOf(provider)) await provider.catalog?.remove(uri);
  await provider.close();
}
