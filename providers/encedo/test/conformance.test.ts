/** The published suite against the emulated device. */

import { describeConformance, type HarnessInstance } from "@keyrail/conformance-tests";
import { afterAll, beforeAll, describe, it } from "vitest";
import { passphraseBytes, startDevice, type TestDevice } from "./device.ts";

const TIME_SCALE = 0.001;

let device: TestDevice | undefined;
let delay: number | undefined;

describeConformance(
  {
    name: "encedo",
    evidence: "emulator",
    async setup(): Promise<HarnessInstance> {
      // A thousandth of the device's own waiting, so that delays are still delays.
      const started = await startDevice({ timeScale: TIME_SCALE });
      device = started;
      const { emulator } = started;
      let provider = await started.open();
      return {
        provider,
        wireRequests: () => emulator.requests.counters.requests,
        async reopen() {
          await provider.close();
          provider = await started.open();
          return provider;
        },
        delayAnswers(milliseconds) {
          if (delay !== undefined) emulator.faults.remove(delay);
          delay =
            milliseconds === 0
              ? undefined
              : emulator.faults.add({
                  fault: { kind: "delay", milliseconds: milliseconds / TIME_SCALE },
                  times: "always",
                });
        },
        secrets: [passphraseBytes(emulator)],
      };
    },
    async teardown() {
      await device?.[Symbol.asyncDispose]();
    },
  },
  { describe, it, beforeAll, afterAll },
);
