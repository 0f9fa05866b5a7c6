/** What a registry should do, as a few maps, and random changes that are made to both. */

import assert from "node:assert/strict";
import { isKeyrailError } from "@keyrail/core";
import fc from "fast-check";
import { EARLIER_VERSIONS, type Registry } from "../../src/index.ts";

interface ModelAlias {
  /** Oldest first. */
  versions: { version: number; key: string; change: number }[];
  labels: Record<string, string>;
}

/** The model: aliases, the last version of every name there ever was, and the cut-overs made. */
export class AliasModel {
  readonly aliases: Map<string, ModelAlias> = new Map();
  readonly last: Map<string, number> = new Map();
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
    if (this.expect === null && before !== undefined) assert.equal(await made, "KeyExists");
    else if (typeof this.expect === "string" && before === undefined) assert.equal(await made, "KeyNotFound");
    else if (typeof this.expect === "string" && before !== this.expect) assert.equal(await made, "OperationRefused");
    else {
      assert.equal(await made, "done");
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
    } else assert.match(await outcome(made), known ? /^OperationRefused$/ : /^OperationRefused$|^KeyNotFound$/);
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
    const cutOver = model.cutOvers[this.index % model.cutOvers.length];
    assert(cutOver !== undefined);
    const possible = cutOver.switches.every(
      ({ alias }) => model.aliases.get(alias)?.versions.at(-1)?.change === cutOver.change,
    );
    const made = await outcome(real.first.rollBack(cutOver.id));
    if (possible) {
      assert.equal(made, "done");
      model.changes += 1;
      for (const { alias, from } of cutOver.switches) model.switchTo(alias, from);
    } else assert.match(made, /^OperationRefused$|^KeyNotFound$/);
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
    const made = await outcome(real.first.removeAlias(real.prefix + this.name));
    assert.equal(made, there ? "done" : "KeyNotFound");
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
    assert.equal(await made, alias === undefined ? "KeyNotFound" : "done");
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
        assert.equal(await outcome(Promise.resolve(registry.lookUp(name))), "KeyNotFound");
        continue;
      }
      const found = await registry.lookUp(name);
      assert.deepEqual([found, ...found.earlier].map(facts), keysOf(alias).slice(0, EARLIER_VERSIONS + 1));
      assert.deepEqual(facts(await registry.lookUp(`${name}@${oldest.version}`)), facts(oldest));
    }
    if (alias === undefined) {
      assert.equal(await outcome(second.alias(name)), "KeyNotFound");
      continue;
    }
    const { current, labels } = await second.alias(name);
    assert.deepEqual([facts(current), labels], [newest[0], alias.labels]);
    assert.deepEqual((await second.history(name)).map(facts), newest);
  }
}

/** Each key once, under its newest version, newest first. */
function keysOf(alias: ModelAlias | undefined): unknown[] {
  const newest = alias?.versions.toReversed() ?? [];
  return newest.filter(({ key: uri }, index) => newest.findIndex((other) => other.key === uri) === index).map(facts);
}

function facts({ version, key: uri }: { readonly version: number; readonly key: string }): unknown {
  return { version, key: uri };
}
