import { expect, it } from "vitest";
import { fillStore, measurePlan } from "./support/large-plan.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

it("plans a fleet of some thousand keys, with as many at the target", { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder();
  await fillStore(folder.path, 2000, 1000);
  expect(await measurePlan(folder.path)).toMatchObject({ keys: 2000 });
});
