/** The conformance suite against the emulator. */

import { describeConformance } from "@keyrail/conformance-tests";
import type { DfnsEmulator } from "@keyrail/emulator-dfns";
import { afterAll, beforeAll, describe, it } from "vitest";
import { openOn, startEmulator } from "./support/opened.ts";

let emulator: DfnsEmulator | undefined;
let delay: string | undefined;

describeConformance(
  {
    name: "dfns",
    evidence: "emulator",
    async setup() {
      const started = (emulator = await startEmulator());
      return {
        provider: await openOn(started),
        wireRequests: () => started.counters.values().requests,
        reopen: () => openOn(started),
        delayAnswers(milliseconds) {
          if (delay !== undefined) started.faults.clear(delay);
          delay =
            milliseconds === 0
              ? undefined
              : started.faults.add({ times: "always", action: { kind: "delay", milliseconds } });
        },
        secrets: [Buffer.from(started.authToken)],
      };
    },
    async teardown() {
      await emulator?.close();
    },
  },
  { describe, it, beforeAll, afterAll },
);
