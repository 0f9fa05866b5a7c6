/** Names of the implementations, and how one of several is chosen: once per process, never per call. */

/**
 * An implementation of algorithms.
 *
 * - `node`: `node:crypto` (OpenSSL) with cached key objects.
 * - `noble`: the audited JavaScript of @noble; used where the runtime lacks something.
 * - `libsecp256k1-wasm`: libsecp256k1 compiled to WebAssembly (tiny-secp256k1).
 * - `libsecp256k1-native`: libsecp256k1 as a native addon (the optional package `secp256k1`).
 */
export const ENGINE_NAMES = ["node", "noble", "libsecp256k1-wasm", "libsecp256k1-native"] as const;

/** An implementation of algorithms. */
export type EngineName = (typeof ENGINE_NAMES)[number];

/** What every engine says of itself. */
export interface Engine {
  readonly name: EngineName;
  /** Whether it works in this runtime; asked once per process. Absent: always. */
  readonly available?: () => boolean;
}

/** The engines that implement one algorithm, and the one chosen of them. */
export class EngineChoice<E extends Engine> {
  readonly #candidates: readonly E[];
  readonly #chosen = new Map<EngineName | undefined, E>();

  /** @param candidates fastest first; at least one works in every runtime. */
  constructor(candidates: readonly [E, ...E[]]) {
    this.#candidates = candidates;
  }

  /**
   * The preferred engine when it implements the algorithm and works here, otherwise the first that works here. The
   * answer is remembered for the life of the process.
   */
  choose(preference: EngineName | undefined): E {
    const known = this.#chosen.get(preference);
    if (known !== undefined) return known;
    const works = this.#candidates.filter((candidate) => candidate.available === undefined || candidate.available());
    const engine = works.find((candidate) => candidate.name === preference) ?? works[0];
    if (engine === undefined) throw new TypeError("No engine implements this algorithm in this runtime.");
    this.#chosen.set(preference, engine);
    return engine;
  }
}
