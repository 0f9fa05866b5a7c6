/**
 * The parts of this package that stand on noble, each loaded at its first use.
 *
 * The convention: importing `@keyrail/crypto` loads none of them. `load…()` imports one internal module and resolves to
 * it; everything in that module is synchronous. Keep the resolved module: the runtime loads it once, and a second
 * call costs one resolved promise. Types are exported from the index and cost nothing.
 */

/** ECDSA, recovery and ECDH on the STARK curve. */
export function loadStark(): Promise<typeof import("./stark/stark-engine.ts")> {
  return import("./stark/stark-engine.ts");
}
