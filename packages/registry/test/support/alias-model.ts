/** What a registry should do, as a few maps, and random changes that are made to both. */

import { isKeyrailError } from "@keyrail/core";
import fc from "fast-check";
import { expect } from "vitest";
import { EARLIER_VERSIONS, type Registry } from "../../src/index.ts";

interface ModelAlias {
  /** Oldest first. */
  versions: { version: number; key: string; change: number }[];
  labels: Record<string, string>;
}

/** The model: aliases, the last version of every name there ever was, and the cut-overs made. */
export class AliasModel {
  readonly aliases = new Map<string, ModelAlias>();
  readonly last = new Map<string, number>();
  readonly cutOvers: { change: number; id: string; switches: { alias: string; from: string }[] }[] = [];
  changes = 0;

  current(name: string): string | undefined {
    return this.aliases.get(name)?.versions.at(-1)?.key;
  }

  switchTo(name: string, key: string): void {
    const version = (this.last.get(name) ?? 0) + 1;
    this.last.set(name, version);
    const alias = this.aliases.get(name) ?? { versions: [], labels: {} };
    alias.versions.push({ version, key, change: this.changes });
    this.aliases.set(name, alias);
  }
}

/** The registries under test: changes go through the first, and the second sees them. */
export interface Registries {
  readonly first: Registry;
  readonly second: Registry;
  /** Put before every name, so that runs share a database. */
  readonly prefix: string;
  /** Whether `lookUp` of the second is exact. */
  readonly exact: boolean;
}

type Command = fc.AsyncCommand<AliasModel, Registries>;

const NAMES = ["a", "b", "c/d"];
const KEYS = [1, 2, 3].map((id) => `software:/store/${id}`);
const name = fc.constantFrom(...NAMES);
const key = fc.constantFrom(...KEYS);

class SetAlias implements Command {
  readonly name: string;
  readonly key: string;
  readonly expect: string | null | undefined;

  constructor(aliasName: string, keyUri: string, expected: string | null | undefined) {
    this.name = aliasName;
    this.key = keyUri;
    this.expect = expected;
  }

  check(): boolean {
    return true;
  }

  async run(model: AliasModel, real: Registries): Promise<void> {
    const before = model.current(this.name);
    const made = outcome(
      real.first.setAlias(real.prefix + this.name, this.key, this.expect === undefined ? {} : { expect: this.expect }),
    );
    if (this.expect === null && before !== undefined) expect(await made).toBe("KeyExists");
    else if (typeof this.expect === "string" && before === undefined) expect(await made).toBe("KeyNotFound");
    else if (typeof this.expect === "string" && before !== this.expect) expect(await made).toBe("OperationRefused");
    else {
      expect(await made).toBe("done");
      if (before !== this.key) {
        model.changes += 1;
        model.switchTo(this.name, this.key);
      }
    }
    await compare(model, real);
  }

  toString(): string {
    return `set ${this.name} to ${this.key} (expected ${String(this.expect)})`;
  }
}

class CutOver implements Command {
  readonly switches: readonly { alias: string; from: string; to: string }[];

  constructor(switches: readonly { alias: string; from: string; to: string }[]) {
    this.switches = switches;
  }

  check(): boolean {
    return true;
  }

  async run(model: AliasModel, real: Registries): Promise<void> {
    const known = this.switches.every(({ alias }) => model.aliases.has(alias));
    const right = this.switches.every(({ alias, from }) => model.current(alias) === from);
    const made = real.first.cutOver(
      this.switches.map(({ alias, from, to }) => ({ alias: real.prefix + alias, from, to })),
    );
    if (known && right) {
      const { id } = await made;
      model.changes += 1;
      for (const { alias, to } of this.switches) model.switchTo(alias, to);
      model.cutOvers.push({ change: model.changes, id, switches: this.switches.map((each) => ({ ...each })) });
    } else expect(await outcome(made)).toMatch(known ? /^OperationRefused$/ : /^OperationRefused$|^KeyNotFound$/);
    await compare(model, real);
  }

  toString(): string {
    return `cut over ${this.switches.map(({ alias, from, to }) => `${alias}: ${from} -> ${to}`).join(", ")}`;
  }
}

class RollBack implements Command {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }

  check(model: Readonly<AliasModel>): boolean {
    return model.cutOvers.length > 0;
  }

  async run(model: AliasModel, real: Registries): Promise<void> {
    const cutOver = model.cutOvers[this.index % model.cutOvers.length] ?? expect.fail("no cut-over");
    const possible = cutOver.switches.every(
      ({ alias }) => model.aliases.get(alias)?.versions.at(-1)?.change === cutOver.change,
    );
    const made = await outcome(real.first.rollBack(cutOver.id));
    if (possible) {
      expect(made).toBe("done");
      model.changes += 1;
      for (const { alias, from } of cutOver.switches) model.switchTo(alias, from);
    } else expect(made).toMatch(/^OperationRefused$|^KeyNotFound$/);
    await compare(model, real);
  }

  toString(): string {
    return `roll back the cut-over ${this.index}`;
  }
}

class Remove implements Command {
  readonly name: string;

  constructor(aliasName: string) {
    this.name = aliasName;
  }

  check(): boolean {
    return true;
  }

  async run(model: AliasModel, real: Registries): Promise<void> {
    const there = model.aliases.delete(this.name);
    if (there) model.changes += 1;
    expect(await outcome(real.first.removeAlias(real.prefix + this.name))).toBe(there ? "done" : "KeyNotFound");
    await compare(model, real);
  }

  toString(): string {
    return `remove ${this.name}`;
  }
}

class SetLabels implements Command {
  readonly name: string;
  readonly labels: Record<string, string>;

  constructor(aliasName: string, labels: Record<string, string>) {
    this.name = aliasName;
    this.labels = labels;
  }

  check(): boolean {
    return true;
  }

  async run(model: AliasModel, real: Registries): Promise<void> {
    const alias = model.aliases.get(this.name);
    const made = outcome(real.first.setLabels(real.prefix + this.name, this.labels));
    expect(await made).toBe(alias === undefined ? "KeyNotFound" : "done");
    if (alias !== undefined) alias.labels = this.labels;
    await compare(model, real);
  }

  toString(): string {
    return `label ${this.name} ${JSON.stringify(this.labels)}`;
  }
}

/** Sequences of changes. */
export const COMMANDS: fc.Arbitrary<Iterable<Command>> = fc.commands(
  [
    fc
      .tuple(name, key, fc.option(fc.option(key, { nil: null }), { nil: undefined, freq: 2 }))
      .map(([aliasName, keyUri, expected]) => new SetAlias(aliasName, keyUri, expected)),
    fc
      .uniqueArray(
        fc.record({ alias: name, from: key, to: key }).filter(({ from, to }) => from !== to),
        { minLength: 1, maxLength: 3, selector: ({ alias }) => alias },
      )
      .map((switches) => new CutOver(switches)),
    fc.nat({ max: 20 }).map((index) => new RollBack(index)),
    name.map((aliasName) => new Remove(aliasName)),
    fc
      .tuple(name, fc.dictionary(fc.constantFrom("team", "tier"), fc.constantFrom("x", "y"), { maxKeys: 2 }))
      .map(([aliasName, labels]) => new SetLabels(aliasName, { ...labels })),
  ],
  { maxCommands: 60, size: "+1" },
);

async function outcome(change: Promise<unknown>): Promise<string> {
  try {
    await change;
    return "done";
  } catch (error) {
    if (isKeyrailError(error)) return error.code;
    throw error;
  }
}

/** All that can be read, by either registry, is what the model says. */
async function compare(model: AliasModel, { first, second, prefix, exact }: Registries): Promise<void> {
  for (const each of NAMES) {
    const name = prefix + each;
    const alias = model.aliases.get(each);
    const newest = (alias?.versions ?? []).toReversed().map(facts);
    const oldest = alias?.versions[0];
    for (const registry of exact ? [first, second] : [first]) {
      if (oldest === undefined) {
        expect(await outcome(Promise.resolve(registry.lookUp(name)))).toBe("KeyNotFound");
        continue;
      }
      const found = await registry.lookUp(name);
      expect([found, ...found.earlier].map(facts)).toEqual(newest.slice(0, EARLIER_VERSIONS + 1));
      expect(facts(await registry.lookUp(`${name}@${oldest.version}`))).toEqual(facts(oldest));
    }
    if (alias === undefined) {
      expect(await outcome(second.alias(name))).toBe("KeyNotFound");
      continue;
    }
    const { current, labels } = await second.alias(name);
    expect([facts(current), labels]).toEqual([newest[0], alias.labels]);
    expect((await second.history(name)).map(facts)).toEqual(newest);
  }
}

function facts({ version, key: uri }: { readonly version: number; readonly key: string }): unknown {
  return { version, key: uri };
}
