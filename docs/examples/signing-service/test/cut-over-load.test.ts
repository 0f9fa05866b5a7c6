/** A small part of the campaign `cut-over-load`: an alias switched under load, no failed request, no key out of its turn. */

import { beforeAll, describe, expect, test } from "vitest";
import { DATABASE_KINDS, databaseUri } from "../../../../test/postgresql.ts";
import { buildService } from "./support/built-service.ts";
import { runCutOverLoad } from "./support/cut-over-load.ts";

const SWITCHES = { sqlite: 50, postgresql: 25 } as const;

describe.each(DATABASE_KINDS)("with the registry on %s", (kind) => {
  const switches = SWITCHES[kind];
  let program: string;
  beforeAll(async () => {
    program = await buildService();
  }, 60_000);

  test(
    `${switches} switches between two vendors with 100 requests in flight`,
    { timeout: 120_000 },
    async (context) => {
      const database = await databaseUri(kind, context);
      const result = await runCutOverLoad({ program, database, switches, seed: 1 });
      expect(result).toMatchObject({ switches, failures: [], strays: [] });
      expect(Object.keys(result.byProvider).sort()).toEqual(["dfns", "software"]);
      expect(result.across).toBeGreaterThan(switches);
    },
  );
});
