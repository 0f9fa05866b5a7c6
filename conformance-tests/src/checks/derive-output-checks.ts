/** `DeterministicDerivation`. */

import type { Check } from "../check.ts";
import { expectLength, expectPresent, expectThat, sameBytes } from "../expect.ts";
import { operation } from "../needs.ts";
import { usesOf } from "../reference/algorithms.ts";
import { utf8 } from "../reference/random.ts";

const OUTPUTS = usesOf(["GLOW20"] as const);

/** The checks of deterministic outputs. */
export const DERIVE_OUTPUT_CHECKS: readonly Check[] = OUTPUTS.map(({ algorithm, keyType, slug: name }): Check => ({
  id: `derive-output.${name}.deterministic`,
  group: "derive-output",
  title: `${algorithm} outputs depend on key, domain and seed, and on nothing else`,
  requirement: "DeterministicDerivation: same key, domain and seed, same 32 bytes; another one of them, other bytes.",
  needs: [operation({ operation: "derive-output", keyType, algorithm })],
  makesKeys: false,
  async run(context) {
    const derivation = expectPresent(context.provider.deterministicDerivation, "there is no port for it");
    const { key } = await context.fixtures.get(context.provider, {
      keyType,
      usages: ["derive"],
      algorithms: [algorithm],
    });
    const output = (domain: string, seed: string): Promise<Uint8Array> =>
      derivation.deriveOutput({ key, algorithm, domain: utf8(domain), seed: utf8(seed) });
    const first = await output("keyrail-conformance", "seed 1");
    expectLength(first, 32, "the output");
    expectThat(sameBytes(first, await output("keyrail-conformance", "seed 1")), "the same inputs give two outputs");
    expectThat(!sameBytes(first, await output("keyrail-conformance", "seed 2")), "another seed gives the same output");
    expectThat(
      !sameBytes(first, await output("keyrail-conformance-2", "seed 1")),
      "another domain gives the same output",
    );
  },
}));
