/** After `close`. They run last: every key is removed by then. */

import { usualAttributes } from "../attributes.ts";
import type { Check } from "../check.ts";
import { expectRejection, expectThat } from "../expect.ts";
import { NO_SUCH_KEY } from "../refusal/attempt.ts";
import { someKey } from "./any-key.ts";

/** The checks of `close`. */
export const CLOSE_CHECKS: readonly Check[] = [
  {
    id: "close.health",
    group: "close",
    title: "An open provider says how it is",
    requirement: "Provider.health: whether it can serve now; never rejects for its state.",
    needs: [],
    makesKeys: false,
    async run({ provider }) {
      const { healthy, reason } = await provider.health();
      expectThat(healthy, `the provider says it is not healthy: ${reason ?? "no reason"}`);
    },
  },
  {
    id: "close.closed",
    group: "close",
    title: "A closed provider does nothing more",
    requirement: "Provider.close: every later call rejects with `Closed`. Safe to call twice.",
    needs: [someKey],
    makesKeys: true,
    phase: "closing",
    async run(context) {
      const { provider, capabilities } = context;
      await provider.close();
      await provider.close();
      const row = capabilities.rows("create")[0];
      const keyType = row?.keyTypes[0];
      if (row !== undefined && keyType !== undefined) {
        const usual = usualAttributes(capabilities, keyType, row);
        await expectRejection("Closed", "create after close", () =>
          provider.keys.create({ keyType, ...usual, label: context.newLabel() }),
        );
      }
      await expectRejection("Closed", "getPublic after close", () => provider.keys.getPublic(NO_SUCH_KEY));
      const { catalog } = provider;
      if (catalog !== undefined && capabilities.declaration.catalog?.get === true) {
        await expectRejection("Closed", "get after close", () => catalog.get(NO_SUCH_KEY));
      }
      const health = await provider.health();
      expectThat(!health.healthy, "a closed provider says it is healthy");
    },
  },
];
