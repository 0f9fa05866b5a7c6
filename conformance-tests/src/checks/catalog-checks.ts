/** `KeyCatalog`. */

import type { KeyCatalog, KeyRecord } from "@keyrail/core";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectPresent, expectRejection, expectThat } from "../expect.ts";
import { catalog, description } from "../needs.ts";
import { utf8 } from "../reference/random.ts";
import { isSignature } from "../refusal/algorithm-kinds.ts";
import { NO_SUCH_KEY } from "../refusal/attempt.ts";
import { keyMaker, someKey } from "./any-key.ts";

const common = { group: "catalog", makesKeys: true } as const;

/** The port; it is there, or the declaration is wrong. */
function port(context: CheckContext): KeyCatalog {
  return expectPresent(context.provider.catalog, "a catalog is declared, but there is no port `catalog`");
}

async function listed(records: AsyncIterable<KeyRecord>): Promise<KeyRecord[]> {
  const all: KeyRecord[] = [];
  for await (const record of records) all.push(record);
  return all;
}

/** Fails unless two records say the same of the same key. */
function expectSame(found: KeyRecord, made: KeyRecord, where: string): void {
  for (const member of ["uri", "id", "keyType", "label", "half", "origin", "extractable", "description"] as const) {
    const [left, right] = [String(found[member]), String(made[member])];
    expectThat(left === right, `${where} says ${member} "${left}", the record of the making "${right}"`);
  }
  const usages = (record: KeyRecord): string => record.usages.toSorted().join("+");
  expectThat(usages(found) === usages(made), `${where} says the usages ${usages(found)}, made were ${usages(made)}`);
}

const get: Check = {
  ...common,
  id: "catalog.get",
  title: "Gives the record of a key",
  requirement: "KeyCatalog.get: the record of one key, by URI and by id, the same as the one its making gave.",
  needs: [someKey, catalog("get")],
  async run(context) {
    const made = await keyMaker(context).make(context.provider, { label: context.newLabel() });
    expectSame(await port(context).get(made.uri), made, "get by URI");
    expectSame(await port(context).get(made.id), made, "get by id");
  },
};

const list: Check = {
  ...common,
  id: "catalog.list",
  title: "Lists every key exactly once",
  requirement:
    "KeyCatalog.list: every key this caller may see; a key that exists throughout is given exactly once, whatever the page size.",
  needs: [someKey, catalog("list")],
  async run(context) {
    const made: KeyRecord[] = [];
    for (let count = 0; count < 7; count++) {
      made.push(await keyMaker(context).make(context.provider, { label: context.newLabel() }));
    }
    for (const pageSize of [undefined, 3]) {
      const all = await listed(port(context).list(pageSize === undefined ? undefined : { pageSize }));
      const uris = all.map((record) => record.uri);
      expectThat(new Set(uris).size === uris.length, "a key is listed twice");
      for (const record of made) {
        const found = all.find((candidate) => candidate.uri === record.uri);
        expectSame(expectPresent(found, `the key ${record.uri} is not listed`), record, "list");
      }
    }
  },
};

const searchLabel: Check = {
  ...common,
  id: "catalog.search.label",
  title: "Finds keys by their whole label",
  requirement: "SearchRequest.label: the label, whole: no other key, also not one whose label starts the same.",
  needs: [someKey, catalog("search label")],
  async run(context) {
    const label = context.newLabel();
    const made = await keyMaker(context).make(context.provider, { label });
    const { maximumBytes } = context.capabilities.declaration.label;
    const longer = `${label}x`;
    if (longer.length <= maximumBytes) await keyMaker(context).make(context.provider, { label: longer });
    const found = await listed(port(context).search({ label }));
    expectThat(found.length === 1, `a search for a label that one key has gives ${found.length}`);
    expectSame(expectPresent(found[0], "nothing"), made, "search");
    const none = await listed(port(context).search({ label: label.slice(0, -1) }));
    expectThat(none.length === 0, "a search for the beginning of a label finds the key");
  },
};

const searchDescription: Check = {
  ...common,
  id: "catalog.search.description",
  title: "Finds keys by how their description starts",
  requirement: "SearchRequest.descriptionPrefix: the description starts with this text; given members must all match.",
  needs: [someKey, description, catalog("search descriptionPrefix")],
  async run(context) {
    const prefix = context.newLabel();
    const label = context.newLabel();
    const made = await keyMaker(context).make(context.provider, { label, description: `${prefix}1` });
    await keyMaker(context).make(context.provider, { label: context.newLabel(), description: `${prefix}2` });
    const both = await listed(port(context).search({ descriptionPrefix: prefix }));
    expectThat(both.length === 2, `2 descriptions start with the text, ${both.length} keys are found`);
    const one = await listed(port(context).search({ descriptionPrefix: `${prefix}1` }));
    expectThat(one.length === 1 && one[0]?.uri === made.uri, "a longer beginning does not find its one key");
    const { catalog: declared } = context.capabilities.declaration;
    if (declared?.search.includes("label") !== true) return;
    const byBoth = await listed(port(context).search({ descriptionPrefix: prefix, label }));
    expectThat(byBoth.length === 1 && byBoth[0]?.uri === made.uri, "label and description do not both have to match");
  },
};

const renameLabel: Check = {
  ...common,
  id: "catalog.rename.label",
  title: "Changes a label and nothing else",
  requirement:
    "KeyCatalog.rename: changes the label and gives the new record; what is absent (the description) stays as it is.",
  needs: [someKey, catalog("rename label")],
  async run(context) {
    const { declaration } = context.capabilities;
    const described = declaration.description === undefined ? {} : { description: "kept" };
    const made = await keyMaker(context).make(context.provider, { label: context.newLabel(), ...described });
    const label = context.newLabel();
    const renamed = await port(context).rename({ key: made.uri, label });
    expectSame(renamed, { ...made, label }, "rename");
    if (declaration.catalog?.get === true) expectSame(await port(context).get(made.uri), { ...made, label }, "get");
  },
};

const renameDescription: Check = {
  ...common,
  id: "catalog.rename.description",
  title: "Changes a description, and takes it away",
  requirement: "RenameRequest.description: a text changes it, `null` takes it away, and the label stays.",
  needs: [someKey, description, catalog("rename description")],
  async run(context) {
    const made = await keyMaker(context).make(context.provider, { label: context.newLabel(), description: "before" });
    expectThat(made.description === "before", "the description that was given is not in the record");
    const renamed = await port(context).rename({ key: made.uri, description: "after" });
    expectSame(renamed, { ...made, description: "after" }, "rename");
    const { description: gone } = await port(context).rename({ key: made.uri, description: null });
    expectThat(gone === undefined || gone === "", "`null` does not take the description away");
  },
};

const remove: Check = {
  ...common,
  id: "catalog.remove",
  title: "A removed key is gone",
  requirement:
    "KeyCatalog.remove: destroys the key (or does what the declaration says); it can't be used or found any more.",
  needs: [someKey, catalog("remove")],
  async run(context) {
    const { declaration } = context.capabilities;
    const maker = keyMaker(context);
    const made = await maker.make(context.provider, { label: context.newLabel() });
    await port(context).remove(made.uri);
    if (declaration.catalog?.remove === "destroyed") {
      if (declaration.catalog.get) {
        await expectRejection("KeyNotFound", "get of a removed key", () => port(context).get(made.uri));
      }
      await expectRejection("KeyNotFound", "a second removal", () => port(context).remove(made.uri));
      if (declaration.catalog.list) {
        const all = await listed(port(context).list());
        expectThat(!all.some((record) => record.uri === made.uri), "a removed key is listed");
      }
    }
    if (!made.usages.includes("sign") || context.provider.signer === undefined) return;
    await expectUnusable(context, made);
  },
};

/** After a removal no operation may succeed; a vendor that archives may refuse in its own words. */
async function expectUnusable(context: CheckContext, made: KeyRecord): Promise<void> {
  const row = context.capabilities
    .rowsFor("sign", made.keyType)
    .find((candidate) => candidate.parameters === undefined || !candidate.algorithms?.includes("Ed25519ctx"));
  const algorithm = row?.algorithms?.find((name) => made.algorithms?.includes(name) !== false);
  const { signer } = context.provider;
  if (algorithm === undefined || signer === undefined || !isSignature(algorithm)) return;
  const input =
    row?.inputs?.includes("message") === false ? { digest: new Uint8Array(32).fill(7) } : { message: utf8("m") };
  const codes = ["KeyNotFound", "OperationRefused"] as const;
  await expectRejection(codes, "a signature with a removed key", () =>
    signer.sign({ key: made.uri, algorithm, ...input }),
  );
}

const unknown: Check = {
  ...common,
  id: "catalog.get.unknown",
  title: "Knows no key that is not there",
  requirement: "KeyCatalog.get: rejects with `KeyNotFound`.",
  needs: [catalog("get")],
  makesKeys: false,
  async run(context) {
    await expectRejection("KeyNotFound", "get of a key that does not exist", () => port(context).get(NO_SUCH_KEY));
  },
};

/** The checks of the catalog. */
export const CATALOG_CHECKS: readonly Check[] = [
  get,
  unknown,
  list,
  searchLabel,
  searchDescription,
  renameLabel,
  renameDescription,
  remove,
];
