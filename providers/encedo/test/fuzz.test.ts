import { expect, test } from "vitest";
import { runFuzzCampaign } from "./support/fuzz-campaign.ts";

// A small part of the campaign in test/campaigns/fuzz.ts.
test("300 calls with mutated answers end with a result or a Keyrail error that tells no secret", async () => {
  const { results, codes } = await runFuzzCampaign(300, 1);
  const errors = Object.values(codes).reduce((sum, times) => sum + times, 0);
  expect(results + errors).toBe(300);
  expect(errors).toBeGreaterThan(100);
});
