/** 300 fuzzed answers in each run; `campaigns/fuzz.ts` runs 10,000 and more. */

import { expect, it } from "vitest";
import { runFuzzCampaign } from "./support/fuzz-campaign.ts";

it("every fuzzed answer ends in a result or a KeyrailError", async () => {
  const { answers, results, codes } = await runFuzzCampaign(300, 1);
  const errors = Object.values(codes).reduce((sum, count) => sum + count, 0);
  expect(results + errors).toBe(answers);
  // The mutations are near enough to the real thing that some pass, and far enough that most don't.
  expect(results).toBeGreaterThan(3);
  expect(codes["UnexpectedResponse"]).toBeGreaterThan(30);
});
