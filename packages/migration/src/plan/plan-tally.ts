/** Sums up a plan as its lines go by. */

import { createHash } from "node:crypto";
import { headerText, keyText } from "./plan-text.ts";
import type { Plan, PlanHeader, PlannedKey, PlannedProvider, PlanSummary, Strategy } from "./plan.ts";

/** The summary of a plan in the making. */
export class PlanTally {
  readonly #header: PlanHeader;
  readonly #hash = createHash("sha256");
  readonly #strategies: Record<Strategy, number> = { import: 0, rotate: 0, adopt: 0, retain: 0 };
  #keys = 0;
  #sourceRequests = 0;
  #targetRequests = 0;

  /** @param headerText the header's JSON text, as it stands in the file. */
  constructor(header: PlanHeader, headerText: string) {
    this.#header = header;
    this.#hash.update(`${headerText}\n`);
  }

  /** @param text the key's JSON text, as it stands in the file. */
  add({ strategy, requests }: PlannedKey, text: string): void {
    this.#hash.update(`${text}\n`);
    this.#strategies[strategy] += 1;
    this.#keys += 1;
    this.#sourceRequests += requests.source;
    this.#targetRequests += requests.target;
  }

  /** Of all lines so far; nothing can be added after. */
  end(): PlanSummary {
    const { source, target } = this.#header;
    const times = [secondsFor(source, this.#sourceRequests), secondsFor(target, this.#targetRequests)];
    const known = times.filter((time) => time !== undefined);
    return {
      keys: this.#keys,
      strategies: { ...this.#strategies },
      requests: { source: this.#sourceRequests, target: this.#targetRequests },
      ...(known.length === 0 ? {} : { estimatedSeconds: Math.ceil(Math.max(...known)) }),
      digest: `sha-256:${this.#hash.digest("base64url")}`,
    };
  }
}

/** Seconds that so many requests take at least by the declared rate and by the usual time of one; undefined: not known. */
function secondsFor({ pace = {} }: PlannedProvider, requests: number): number | undefined {
  const { inFlight = 1, requestsPerMinute, requestMilliseconds } = pace;
  const byRate = requestsPerMinute === undefined ? undefined : (60 * requests) / requestsPerMinute;
  const byTime = requestMilliseconds === undefined ? undefined : (requestMilliseconds * requests) / 1000 / inFlight;
  return byRate === undefined ? byTime : Math.max(byRate, byTime ?? 0);
}

/** Reads all keys of a plan and sums them up. */
export async function summarisePlan(plan: Plan): Promise<PlanSummary> {
  const tally = new PlanTally(plan.header, headerText(plan.header));
  for await (const key of plan.keys) tally.add(key, keyText(key));
  return tally.end();
}
