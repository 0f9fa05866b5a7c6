/** The requests a plan announces are those that applying it sends. */

import type { KeyType, Usage } from "@keyrail/core";
import { describe, expect, it } from "vitest";
import { dfnsEnd, encedoEnd, type End, softwareEnd } from "./support/ends.ts";
import { startRun } from "./support/run.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

/** More keys than requests that serve all of them, so that one request too few or too many per key shows. */
const KEYS = 6;
/** What serves every key: two logins at a device. */
const SHARED = 4;

const ENDS = { software: softwareEnd, encedo: encedoEnd, dfns: () => dfnsEnd() } as const;

interface Case {
  readonly from: keyof typeof ENDS;
  readonly to: keyof typeof ENDS;
  readonly keyType: KeyType;
  readonly usages: readonly Usage[];
  readonly extractable?: boolean;
  /** What serves every key at the target, where it is more: an import asks for the signers in each of the first calls. */
  readonly shared?: number;
}

const CASES: readonly Case[] = [
  { from: "encedo", to: "dfns", keyType: "Ed25519", usages: ["sign", "verify"] },
  { from: "encedo", to: "dfns", keyType: "secp256k1", usages: ["sign", "verify"] },
  { from: "encedo", to: "software", keyType: "X25519", usages: ["agree", "derive"] },
  { from: "encedo", to: "software", keyType: "ML-KEM-768", usages: ["encapsulate"] },
  { from: "encedo", to: "software", keyType: "HMAC-SHA-256", usages: ["mac"] },
  { from: "encedo", to: "software", keyType: "AES-256", usages: ["encrypt", "wrap"] },
  { from: "encedo", to: "software", keyType: "P-256", usages: ["sign", "verify", "agree", "derive"] },
  { from: "software", to: "dfns", keyType: "Ed25519", usages: ["sign", "verify"], extractable: true, shared: KEYS },
  { from: "software", to: "dfns", keyType: "stark", usages: ["sign"] },
  { from: "software", to: "encedo", keyType: "P-256", usages: ["sign", "verify", "agree", "derive"] },
  { from: "software", to: "encedo", keyType: "secp256k1", usages: ["sign", "verify", "agree", "derive"] },
  { from: "software", to: "encedo", keyType: "HMAC-SHA-256", usages: ["mac"] },
  { from: "software", to: "encedo", keyType: "AES-256", usages: ["encrypt", "wrap"] },
  { from: "software", to: "encedo", keyType: "ML-KEM-768", usages: ["encapsulate"] },
  { from: "dfns", to: "software", keyType: "Ed25519", usages: ["sign"] },
  { from: "dfns", to: "encedo", keyType: "Ed25519", usages: ["sign"] },
];

describe.each(CASES)("from $from to $to: $keyType for $usages", (one) => {
  it("costs what the plan says", async () => {
    const { from, to, keyType, usages, extractable, shared = SHARED } = one;
    await using folder = await temporaryFolder();
    await using source: End = await ENDS[from]();
    await using target: End = await ENDS[to]();
    for (let index = 0; index < KEYS; index++) {
      const attributes = extractable === true ? { extractable } : {};
      await source.provider.keys.create({ keyType, usages, label: `key ${index}`, ...attributes });
    }
    await using run = await startRun(folder.path, source, target);
    const before = [source.requests().length, target.requests().length] as const;
    await run.apply();
    expect((await run.journal.counts(run.id)).verified).toBe(KEYS);
    const { summary } = await run.journal.run(run.id);
    for (const [end, started, planned, most] of [
      [source, before[0], summary.requests.source, SHARED],
      [target, before[1], summary.requests.target, shared],
    ] as const) {
      const sent = end.requests().length - started;
      expect(sent - planned).toBeGreaterThanOrEqual(0);
      expect(sent - planned).toBeLessThanOrEqual(most);
    }
  });
});
