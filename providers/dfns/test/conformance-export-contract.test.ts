/** The conformance suite against the emulator, for an organisation whose contract allows export. */

import { describeConformance } from "@keyrail/conformance-tests";
import type { DfnsEmulator } from "@keyrail/emulator-dfns";
import { afterAll, beforeAll, describe, it } from "vitest";
import { openOn, startEmulator } from "./support/opened.ts";

let emulator: DfnsEmulator | undefined;

describeConformance(
  {
    name: "dfns with the export contract",
    evidence: "emulator",
    async setup() {
      const started = (emulator = await startEmulator());
      return {
        provider: await openOn(started, { exportContract: true }),
        wireRequests: () => started.counters.values().requests,
        reopen: () => openOn(started, { exportContract: true }),
        secrets: [Buffer.from(started.authToken)],
      };
    },
    async teardown() {
      await emulator?.close();
    },
  },
  { describe, it, beforeAll, afterAll },
);
