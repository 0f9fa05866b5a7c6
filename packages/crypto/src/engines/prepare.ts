/** Loading, ahead of use, what a key type will need. */

import type { KeyType, SignatureAlgorithm } from "@keyrail/core";
import { curveEngine } from "./curve-engines.ts";
import type { EngineName } from "./engine.ts";
import * as modules from "./lazy-module.ts";
import { isMlDsa, isMlKem } from "./ml-parameters.ts";
import { hasMlDsa, hasMlKem } from "./node-features.ts";

/** What is to be prepared beside the key type's usual operations. */
export interface PrepareOptions {
  readonly engine?: EngineName;
  /** An algorithm that is not the key type's first, such as Ed25519ph or ECDSA over a digest. */
  readonly algorithm?: SignatureAlgorithm;
}

/**
 * Loads the engine of a key type, so that no operation has to. Does nothing for types that `node:crypto` serves.
 *
 * Must be awaited once before the first stark key; for the others it only moves the 10 to 35 ms that loading takes
 * away from the first operation.
 */
export async function prepareEngines(keyType: KeyType, options: PrepareOptions = {}): Promise<void> {
  for (const module of modulesOf(keyType, options)) {
    if (!module.loaded) await module.load();
  }
}

/** Whether {@link prepareEngines} would do nothing. */
export function areEnginesReady(keyType: KeyType, options: PrepareOptions = {}): boolean {
  return modulesOf(keyType, options).every((module) => module.loaded);
}

type AnyModule = Pick<modules.LazyModule<unknown>, "loaded" | "load">;

function modulesOf(keyType: KeyType, { engine, algorithm }: PrepareOptions): readonly AnyModule[] {
  const noble = engine === "noble";
  if (isMlDsa(keyType)) return noble || !hasMlDsa() ? [modules.nobleMlDsa] : [];
  if (isMlKem(keyType)) return noble || !hasMlKem() ? [modules.nobleMlKem] : [];
  switch (keyType) {
    case "stark":
      return [modules.starkCurve];
    case "secp256k1":
      return secp256k1Modules(engine, algorithm);
    case "P-256":
    case "P-384":
    case "P-521":
      return noble || algorithm === "ECDSA" ? [modules.nobleNist] : [];
    case "Ed25519":
    case "X25519":
      return noble || algorithm === "Ed25519ph" ? [modules.nobleEd25519] : [];
    case "Ed448":
    case "X448":
      return noble || algorithm === "Ed448ph" ? [modules.nobleEd448] : [];
    default:
      if (!noble) return [];
      return keyType.startsWith("AES-")
        ? [modules.nobleAes]
        : [modules.nobleHmac, modules.nobleSha2, modules.nobleSha3];
  }
}

function secp256k1Modules(
  engine: EngineName | undefined,
  algorithm: SignatureAlgorithm | undefined,
): readonly AnyModule[] {
  if (algorithm === "BIP340" || algorithm === "BIP341") {
    return [engine === "noble" ? modules.nobleSecp256k1 : modules.tinySecp256k1];
  }
  switch (curveEngine("secp256k1", engine).name) {
    case "libsecp256k1-wasm":
      return [modules.tinySecp256k1];
    case "noble":
      return [modules.nobleSecp256k1];
    default:
      return [modules.nativeSecp256k1];
  }
}
