/** Which engines there are for each Weierstrass curve over plain bytes. */

import type { CurveEngine } from "./curve-engine.ts";
import type { Curve } from "./curves.ts";
import { EngineChoice, type EngineName } from "./engine.ts";
import { WASM_SECP256K1 } from "./libsecp256k1-wasm.ts";
import { NOBLE_CURVES } from "./noble-curves.ts";

const CURVE_ENGINES: Readonly<Record<Exclude<Curve, "stark">, EngineChoice<CurveEngine>>> = {
  "P-256": new EngineChoice([NOBLE_CURVES["P-256"]]),
  "P-384": new EngineChoice([NOBLE_CURVES["P-384"]]),
  "P-521": new EngineChoice([NOBLE_CURVES["P-521"]]),
  secp256k1: new EngineChoice([WASM_SECP256K1, NOBLE_CURVES.secp256k1]),
};

/** The engine of a curve over plain bytes. */
export function curveEngine(curve: Curve, preference: EngineName | undefined): CurveEngine {
  if (curve === "stark") throw new TypeError("The stark curve is not wired yet.");
  return CURVE_ENGINES[curve].choose(preference);
}
