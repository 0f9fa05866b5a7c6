import { type DeterministicDerivation, wipe } from "@keyrail/core";
import { exportPrivateKey, loadDeterministicDerivation } from "@keyrail/crypto";
import type { KeyAccess } from "../keys/key-access.ts";
import { notWithThisKey } from "../keys/key-errors.ts";

/** `DeterministicDerivation`: GLOW20 on secp256k1. */
export function deterministicDerivation(keys: KeyAccess): DeterministicDerivation {
  return {
    async deriveOutput({ key: id, algorithm, domain, seed }) {
      const key = keys.use(id, "derive", algorithm);
      if (algorithm !== "GLOW20" || key.entry.keyType !== "secp256k1") {
        throw notWithThisKey(
          `derive an output with ${algorithm}`,
          key.entry.keyType,
          "GLOW20 on a secp256k1 key does so.",
        );
      }
      const { deriveOutput } = await loadDeterministicDerivation();
      await keys.ready(key);
      const { bytes } = exportPrivateKey(key.privateKey("derive"));
      try {
        return deriveOutput(bytes, { domain, seed });
      } finally {
        wipe(bytes);
      }
    },
  };
}
