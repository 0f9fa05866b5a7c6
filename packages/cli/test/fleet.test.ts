/** The demonstration's device: it holds every key type in every mode, and names that break things. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KEY_TYPES, type Usage } from "@keyrail/core";
import { encedoCapabilities, openEncedoProvider } from "@keyrail/encedo";
import { startEncedoEmulator } from "@keyrail/emulator-encedo";
import { AGREED_KEYS, FOREIGN_KEYS, GENERATED_KEYS, PARTNER_KEYS } from "../src/demo/fleet/fleet-keys.ts";
import { type Fleet, provisionFleet } from "../src/demo/fleet/provision-fleet.ts";

const emulator = await startEncedoEmulator({ timeScale: 0 });
const skipped: string[] = [];
const provider = await openEncedoProvider({
  uri: emulator.url.replace("https:", "encedo:"),
  tls: { ca: emulator.caPem },
  checkin: { url: emulator.checkinUrl, tls: { ca: emulator.caPem } },
  passphrase: new TextEncoder().encode(emulator.userPassphrase),
  onSkippedRecord: ({ label }) => skipped.push(label),
});
afterAll(async () => {
  await provider.close();
  await emulator.close();
});
let fleet: Fleet;
const progress: number[] = [];
beforeAll(async () => {
  fleet = await provisionFleet(provider, emulator, { onProgress: (done, total) => progress.push(done / total) });
});

describe("the fleet", () => {
  it("has 40 to 60 keys, each as the table says", () => {
    expect(fleet.records.length).toBe(
      GENERATED_KEYS.length + PARTNER_KEYS.length + AGREED_KEYS.length + FOREIGN_KEYS.length,
    );
    expect(fleet.records.length).toBeGreaterThanOrEqual(40);
    expect(fleet.records.length).toBeLessThanOrEqual(60);
    const named = fleet.records.map(({ keyType, label, usages }) => ({ keyType, label, usages: usages.toSorted() }));
    for (const { keyType, label, usages } of [...GENERATED_KEYS, ...PARTNER_KEYS, ...AGREED_KEYS]) {
      expect(named).toContainEqual({ keyType, label, usages: usages.toSorted() });
    }
    expect(progress.at(-1)).toBe(1);
  });

  it("has every key type of the device in every mode", () => {
    const modes = (usages: readonly Usage[]): string =>
      [usages.includes("sign") ? "sign" : "", usages.some((usage) => /agree|derive/.test(usage)) ? "agree" : ""].join(
        "+",
      );
    const generated = new Set(
      fleet.records.filter(({ half }) => half !== "public").map(({ keyType, usages }) => `${keyType} ${modes(usages)}`),
    );
    for (const { operation, keyTypes, usages } of encedoCapabilities.rows) {
      if (operation !== "create") continue;
      for (const keyType of keyTypes) {
        for (const set of usages ?? []) expect(generated).toContain(`${keyType} ${modes(set)}`);
        if (/^(P-|secp)/.test(keyType)) {
          expect([...generated]).toEqual(expect.arrayContaining([`${keyType} sign+`, `${keyType} +agree`]));
        }
      }
    }
    expect(new Set(fleet.records.map(({ keyType }) => keyType)).size).toBe(KEY_TYPES.length - 1);
  });

  it("has public keys of others, derived keys, a paired phone, names at the limits", () => {
    expect(fleet.records.filter(({ half }) => half === "public")).toHaveLength(PARTNER_KEYS.length);
    expect(fleet.records.filter(({ origin }) => origin === "derived")).toHaveLength(AGREED_KEYS.length);
    expect(skipped).toContain("Anna's phone");
    const bytes = (text: string): number => Buffer.byteLength(text);
    expect(Math.max(...fleet.records.map(({ label }) => bytes(label)))).toBe(32);
    expect(Math.max(...fleet.records.map(({ description = "" }) => bytes(description)))).toBe(39);
    expect(fleet.records.find(({ label }) => label === "by another program")?.description).toBeUndefined();
    expect(fleet.pairings).toBe(1);
  });
});
