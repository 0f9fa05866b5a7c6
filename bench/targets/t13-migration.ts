/** T13: a copy of a software store by the executor, against loops that can do nothing else. */

import { spawnSync } from "node:child_process";
import { z } from "zod";
import { atLeast, type Row } from "../compare.ts";

/** It starts a process for each part of a copy, and each way to copy. */
const CAMPAIGN = "packages/migration/test/campaigns/copy.ts";

const ratiosSchema = z.object({
  straight: z.object({ seconds: z.number() }),
  primitives: z.object({ seconds: z.number() }),
});

export async function t13Migration(): Promise<Row[]> {
  const { straight, primitives } = ratiosSchema.parse(JSON.parse(compare()));
  return [
    atLeast(
      "T13",
      "copy of 10,000 keys by the executor against a loop over the same ports, same checks",
      0.8,
      straight.seconds,
    ),
    atLeast(
      "T13",
      "the same against a loop over node:crypto and node:sqlite alone",
      0.8,
      primitives.seconds,
      "no port, no schema, no plan, none of the store's seals; can't resume",
    ),
  ];
}

function compare(): string {
  const options = ["--compare", "10000", "--rounds", "5", "--json"];
  const parameters = ["--conditions=keyrail-source", "--no-warnings", CAMPAIGN, ...options];
  const { status, stdout } = spawnSync(process.execPath, parameters, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error("The copies failed.");
  return stdout;
}
