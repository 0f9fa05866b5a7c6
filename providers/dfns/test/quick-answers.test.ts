import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quickChallenge, quickKey, quickUserAction } from "../src/client/quick-answers.ts";
import { actionChallengeSchema, keySchema, userActionSchema } from "../src/client/schemas.ts";

const odd = fc.constantFrom<unknown>(undefined, null, 1, "", "a b", [], {}, true, "0g");

function mostly(arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 15, arbitrary }, { weight: 1, arbitrary: odd });
}

const key = fc.record({
  id: mostly(fc.constantFrom("key-abcde-fghij-0123456789abcdef", "key_1", "x".repeat(65))),
  scheme: mostly(fc.constantFrom("EdDSA", "Future")),
  curve: mostly(fc.constant("ed25519")),
  publicKey: mostly(fc.constantFrom("00ff", "0xAB", "")),
  status: mostly(fc.constantFrom("Active", "Archived")),
  dateCreated: mostly(fc.constant("2026-11-21T09:00:00.000Z")),
  dateDeleted: mostly(fc.constant(undefined)),
  name: mostly(fc.string()),
  masterKey: mostly(fc.constantFrom(true, false, undefined)),
  derivedFrom: mostly(fc.constantFrom(undefined, undefined, { keyId: "key-1", path: "m/0" })),
  imported: mostly(fc.boolean()),
  exported: mostly(fc.constant(undefined)),
  other: fc.anything(),
});

const challenge = fc.record({
  challenge: mostly(fc.constant("YQ")),
  challengeIdentifier: mostly(fc.constant("a.b.c")),
  supportedCredentialKinds: mostly(
    fc.array(mostly(fc.record({ kind: mostly(fc.constant("Key")), requiresSecondFactor: mostly(fc.boolean()) })), {
      maxLength: 2,
    }),
  ),
  allowCredentials: mostly(
    fc.record({ key: mostly(fc.array(mostly(fc.record({ id: mostly(fc.constant("cr-1")) })), { maxLength: 2 })) }),
  ),
});

const userAction = fc.record({ userAction: mostly(fc.constantFrom("a.b.c", "a\n", "x".repeat(16_385))) });

/** As it comes over the wire: what is undefined is absent. */
function overTheWire(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer));
}

describe("quick answers accept nothing the schema refuses, and read the same", () => {
  it("key", () => {
    let accepted = 0;
    const check = (answer: unknown): void => {
      const quick = quickKey(overTheWire(answer));
      if (quick === undefined) return;
      accepted++;
      expect(keySchema.parse(overTheWire(answer))).toEqual(quick);
    };
    fc.assert(fc.property(key, check), { seed: 7, numRuns: 2000 });
    expect(accepted).toBeGreaterThan(50);
  });

  it("challenge", () => {
    let accepted = 0;
    const check = (answer: unknown): void => {
      const quick = quickChallenge(overTheWire(answer));
      if (quick === undefined) return;
      accepted++;
      expect(quick).toMatchObject(actionChallengeSchema.parse(overTheWire(answer)));
    };
    fc.assert(fc.property(challenge, check), { seed: 7, numRuns: 2000 });
    expect(accepted).toBeGreaterThan(50);
  });

  it("user action", () => {
    let accepted = 0;
    const check = (answer: unknown): void => {
      const quick = quickUserAction(overTheWire(answer));
      if (quick === undefined) return;
      accepted++;
      expect(quick).toEqual(userActionSchema.parse(overTheWire(answer)));
    };
    fc.assert(fc.property(userAction, check), { seed: 7, numRuns: 500 });
    expect(accepted).toBeGreaterThan(50);
  });

  it("what is no object is left to the schema", () => {
    for (const answer of [undefined, null, "", 1, []]) {
      for (const quick of [quickKey, quickChallenge, quickUserAction]) expect(quick(answer)).toBeUndefined();
    }
  });
});
