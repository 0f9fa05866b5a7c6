/** Plans that are shown the archived keys of Dfns: such a key may do nothing any more, at either end. */

import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Provider } from "@keyrail/core";
import { planMigration } from "../src/index.ts";
import { collect } from "./support/collect.ts";
import { type End, softwareFileEnd } from "./support/ends.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";
import { openService, startService } from "./support/vendors.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: Awaited<ReturnType<typeof startService>>;
let dfns: Provider;
let software: End;

beforeAll(async () => {
  folder = await temporaryFolder();
  service = await startService();
  dfns = await openService(service, { showArchived: true });
  software = await softwareFileEnd(join(folder.path, "keys.sqlite"));
});
afterAll(async () => {
  await dfns.close();
  await service.close();
  await software[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

it("from Dfns, no use of an archived key is promised, and no proof by it", async () => {
  const { uri } = await dfns.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "gone" });
  await dfns.catalog?.remove(uri);
  const [planned, ...more] = await collect(planMigration({ source: dfns, target: software.provider }).keys);
  expect(more).toEqual([]);
  expect(planned).toMatchObject({
    source: { uri, usages: [], extractable: false },
    strategy: "import",
    target: { operation: "import:public", usages: [] },
  });
});

it("to Dfns, an archived key is not taken for one that is there already, nor promised to be imported again", async () => {
  const { keys, keyExport } = software.provider;
  const key = await keys.create({ keyType: "Ed25519", usages: ["sign"], label: "back", extractable: true });
  const exported = await keyExport?.export(key.uri);
  if (exported?.kind !== "private") throw new Error("The key did not come out.");
  const { privateKey } = exported;
  const imported = await dfns.keys.import({ kind: "private", privateKey, usages: ["sign"], label: "back" });
  const plan = async () => (await collect(planMigration({ source: software.provider, target: dfns }).keys))[0];
  expect(await plan()).toMatchObject({ strategy: "adopt" });
  await dfns.catalog?.remove(imported.uri);
  const planned = await plan();
  expect(planned).toMatchObject({ source: { uri: key.uri }, strategy: "retain" });
  expect(planned?.reason).toContain(imported.uri);
});
