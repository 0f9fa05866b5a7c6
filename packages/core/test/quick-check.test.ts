import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as schemas from "../src/requests/schemas.ts";
import { CIPHER_ALGORITHMS, MAC_ALGORITHMS, SIGNATURE_ALGORITHMS } from "../src/index.ts";

const bytes = fc.uint8Array({ maxLength: 4 });
const odd = fc.constantFrom<unknown>(undefined, null, 1, "", [1], "k");

/** Mostly right values of each member, so that most requests pass the quick check. */
const members: Record<string, fc.Arbitrary<unknown>> = {
  key: fc.constant("k"),
  algorithm: fc.constantFrom(...SIGNATURE_ALGORITHMS, ...MAC_ALGORITHMS, ...CIPHER_ALGORITHMS),
  format: fc.constantFrom("p1363", "der"),
  lowS: fc.boolean(),
  recoverable: fc.boolean(),
  signal: fc.constant(new AbortController().signal),
  timeout: fc.constantFrom(1, 0.5, 2_147_483_647, 2_147_483_648, 0, -1, Number.NaN),
  idempotencyKey: fc.constantFrom("k-1", "k\n", "k".repeat(64), "k".repeat(65)),
  earlierAttempt: fc.constantFrom("none", "possible", "perhaps"),
  approval: fc.constantFrom("ticket", "wait"),
};

function request(required: readonly string[], optional: readonly string[]): fc.Arbitrary<Record<string, unknown>> {
  const model: Record<string, fc.Arbitrary<unknown>> = {};
  for (const name of [...required, ...optional]) {
    model[name] = fc.oneof({ weight: 12, arbitrary: members[name] ?? bytes }, { weight: 1, arbitrary: odd });
  }
  return fc.record(model, { requiredKeys: [...required], noNullPrototype: true });
}

const signing = ["format", "context", "merkleRoot", "lowS", "digest", "other"];

describe("quick checks", () => {
  it.each([
    ["sign", schemas.signQuickCheck, schemas.signSchema, ["key", "algorithm", "message"], [...signing, "recoverable"]],
    ["verify", schemas.verifyQuickCheck, schemas.verifySchema, ["key", "algorithm", "message", "signature"], signing],
    ["mac", schemas.macQuickCheck, schemas.macSchema, ["key", "algorithm", "message"], ["tag"]],
    ["verifyMac", schemas.verifyMacQuickCheck, schemas.verifyMacSchema, ["key", "algorithm", "message", "tag"], ["iv"]],
    [
      "call options",
      schemas.callOptionsQuickCheck,
      schemas.callOptionsSchema,
      [],
      ["signal", "timeout", "idempotencyKey", "earlierAttempt", "approval", "other"],
    ],
    [
      "encrypt",
      schemas.encryptQuickCheck,
      schemas.encryptSchema,
      ["key", "algorithm", "plaintext"],
      ["iv", "additionalData"],
    ],
    [
      "decrypt",
      schemas.decryptQuickCheck,
      schemas.decryptSchema,
      ["key", "algorithm", "ciphertext", "iv"],
      ["tag", "additionalData"],
    ],
  ])("%s accepts nothing the schema refuses", (_name, quickCheck, schema, required, optional) => {
    let accepted = 0;
    fc.assert(
      fc.property(request(required, optional), (candidate) => {
        if (!quickCheck(candidate)) return;
        accepted += 1;
        expect(schema.safeParse(candidate).success).toBe(true);
      }),
      { seed: 7, numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(5);
  });
});
