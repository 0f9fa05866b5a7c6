/** 50 random secrets per curve in each run; `campaigns/sharing.ts` takes 1,000 and more. */

import { expect, it } from "vitest";
import { CURVES, type Curve } from "../src/mapping.ts";
import { runSharingCampaign } from "./support/sharing-campaign.ts";

const names = Object.keys(CURVES).filter((name): name is Curve => name in CURVES);

it.each(names)("%s", async (curve) => {
  expect(await runSharingCampaign(curve, 50, 7)).toBe(50);
});
