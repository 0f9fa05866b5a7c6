/** Which engines there are for each Weierstrass curve over plain bytes. */

import type { CurveEngine } from "./curve-engine.ts";
import type { Curve } from "./curves.ts";
import { EngineChoice, type EngineName } from "./engine.ts";
import { NATIVE_SECP256K1 } from "./libsecp256k1-native.ts";
import { WASM_SECP256K1 } from "./libsecp256k1-wasm.ts";
import { NOBLE_CURVES } from "./noble-curves.ts";
import { STARK_CURVE } from "./stark-curve-engine.ts";

const CURVE_ENGINES: Readonly<Record<Curve, EngineChoice<CurveEngine>>> = {
  "P-256": new EngineChoice([NOBLE_CURVES["P-256"]]),
  "P-384": new EngineChoice([NOBLE_CURVES["P-384"]]),
  "P-521": new EngineChoice([NOBLE_CURVES["P-521"]]),
  secp256k1: new EngineChoice([NATIVE_SECP256K1, WASM_SECP256K1, NOBLE_CURVES.secp256k1]),
  stark: new EngineChoice([STARK_CURVE]),
};

/** The engine of a curve over plain bytes. */
export function curveEngine(curve: Curve, preference: EngineName | undefined): CurveEngine {
  return CURVE_ENGINES[curve].choose(preference);
}
