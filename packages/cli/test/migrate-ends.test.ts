/** How the two ends of a migration are opened. */

import { afterAll, expect, it } from "vitest";
import type { FoundProvider } from "../src/providers/open-provider.ts";
import { parseProviderUri } from "@keyrail/core";
import { withEnds } from "../src/migration/ends.ts";
import { softwareKind } from "../src/providers/software.ts";
import { PASSPHRASE, Workspace } from "./support/command.ts";

const place = new Workspace();
afterAll(() => place[Symbol.dispose]());

const MIB = 1024 * 1024;

it("a migration opens software stores with a small cache, unless the configuration says otherwise", async () => {
  const opened: unknown[] = [];
  const found = async (name: string, options: FoundProvider["request"]["options"]): Promise<FoundProvider> => ({
    // The real kind; it is only looked at what the real store is opened with.
    kind: {
      ...softwareKind,
      open(request) {
        opened.push(request.options);
        return softwareKind.open(request);
      },
    },
    request: {
      uri: parseProviderUri(await place.quickStore(name)),
      text: `software:${name}`,
      folder: place.folder,
      create: false,
      secret: async () => new TextEncoder().encode(PASSPHRASE),
      options,
    },
  });
  const source = await found("old.sqlite", {});
  const target = await found("new.sqlite", { cacheBytes: 8 * MIB });
  await withEnds({ source, target }, async (ends) => expect(ends.source.uri).not.toBe(ends.target.uri));
  expect(opened).toEqual([{ cacheBytes: 4 * MIB }, { cacheBytes: 8 * MIB }]);
});

it("an option of the configuration is taken, and refused when it is wrong", async () => {
  for (const name of ["left.sqlite", "right.sqlite"]) await place.quickStore(name);
  const configuration = (cacheBytes: number): string =>
    JSON.stringify({ providers: { left: { uri: "software:left.sqlite", options: { cacheBytes } } } });
  const plan = ["migrate", "plan", "--from", "left", "--to", "software:right.sqlite", "--plan", "plan.json"];
  place.write("keyrail.config.json", configuration(-1));
  const refused = await place.run(plan);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("cacheBytes") });
  place.write("keyrail.config.json", configuration(MIB));
  expect((await place.run(plan)).code).toBe(0);
});
