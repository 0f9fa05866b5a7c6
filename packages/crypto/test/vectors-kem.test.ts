import { describe, expect, test } from "vitest";
import { isKeyrailError } from "@keyrail/core";
import {
  decapsulate,
  encapsulate,
  exportPrivateKey,
  openPrivateKey,
  openPublicKey,
  openStored,
  toStoredForm,
} from "../src/index.ts";
import { hex, withVectors, wycheproof } from "./vector-files.ts";

const KEMS = ["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"] as const;

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function fileOf(keyType: string, kind: string): string {
  return `mlkem_${keyType.slice("ML-KEM-".length)}_${kind}test`;
}

function refusedAsFalse(work: () => boolean): boolean {
  try {
    return work();
  } catch (error) {
    if (isKeyrailError(error, "InvalidRequest") || isKeyrailError(error, "InvalidKeyMaterial")) return false;
    throw error;
  }
}

withVectors(() => {
  describe.each(KEMS)("Wycheproof %s", (keyType) => {
    const engines = ["node", "noble"] as const;

    test.each(engines)("decapsulation with a seed on %s", (engine) => {
      const wrong: number[] = [];
      for (const { tcId, result, ...fields } of wycheproof(fileOf(keyType, "")).flatMap((group) => group.tests)) {
        const outcome = refusedAsFalse(() => {
          const key = openPrivateKey({ keyType, format: "seed", bytes: hex(fields["seed"]) }, { engine });
          const secret = toHex(decapsulate(key, hex(fields["c"])));
          return secret === fields["K"] && (fields["ek"] === undefined || toHex(key.publicKey) === fields["ek"]);
        });
        if (outcome !== (result === "valid")) wrong.push(tcId);
      }
      expect(wrong).toEqual([]);
    });

    test.each(engines)("key generation from a seed on %s", (engine) => {
      const wrong: number[] = [];
      const cases = wycheproof(fileOf(keyType, "keygen_seed_")).flatMap((group) => group.tests);
      for (const { tcId, ...fields } of cases) {
        const seeded = openPrivateKey({ keyType, format: "seed", bytes: hex(fields["seed"]) }, { engine });
        const dk = hex(fields["dk"]);
        const expanded = openPrivateKey({ keyType, format: "expanded", bytes: dk }, { engine });
        if (toHex(seeded.publicKey) !== fields["ek"] || toHex(expanded.publicKey) !== fields["ek"]) wrong.push(tcId);
        const stored = openStored(keyType, toStoredForm(expanded));
        const { sharedSecret, ciphertext } = encapsulate(seeded);
        for (const key of [seeded, expanded, stored]) {
          if (toHex(decapsulate(key, ciphertext)) !== toHex(sharedSecret)) wrong.push(tcId);
        }
        if (toHex(exportPrivateKey(stored).bytes) !== fields["dk"]) wrong.push(tcId);
      }
      expect(wrong).toEqual([]);
    });

    test.each(engines)("decapsulation with an expanded key on %s", (engine) => {
      const wrong: number[] = [];
      const cases = wycheproof(fileOf(keyType, "semi_expanded_decaps_")).flatMap((group) => group.tests);
      for (const { tcId, result, ...fields } of cases) {
        const outcome = refusedAsFalse(() => {
          const key = openPrivateKey({ keyType, format: "expanded", bytes: hex(fields["dk"]) }, { engine });
          const secret = toHex(decapsulate(key, hex(fields["c"])));
          return fields["K"] === undefined || secret === fields["K"];
        });
        if (outcome !== (result === "valid")) wrong.push(tcId);
      }
      expect(wrong).toEqual([]);
    });

    test.each(engines)("encapsulation with given randomness on %s", (engine) => {
      const wrong: number[] = [];
      for (const { tcId, result, ...fields } of wycheproof(fileOf(keyType, "encaps_")).flatMap(
        (group) => group.tests,
      )) {
        const outcome = refusedAsFalse(() => {
          const key = openPublicKey(keyType, hex(fields["ek"]), { engine });
          const { ciphertext, sharedSecret } = encapsulate(key, { randomness: hex(fields["m"]) });
          if (encapsulate(key).ciphertext.length !== ciphertext.length) return false;
          return toHex(ciphertext) === fields["c"] && toHex(sharedSecret) === fields["K"];
        });
        if (outcome !== (result === "valid")) wrong.push(tcId);
      }
      expect(wrong).toEqual([]);
    });
  });
});
