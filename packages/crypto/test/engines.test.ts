import { beforeAll, describe, expect, test } from "vitest";
import fc from "fast-check";
import { randomBytes } from "node:crypto";
import type { AsymmetricKeyType } from "@keyrail/core";
import { isKeyrailError } from "@keyrail/core";
import {
  agree,
  agreeAsync,
  decapsulate,
  encapsulate,
  ENGINE_NAMES,
  type EngineName,
  engineFor,
  exportPrivateKey,
  generatePrivateKey,
  liftXOnlyPublicKey,
  openPrivateKey,
  openPublicKey,
  operationsInFlight,
  prepareEngines,
  recoverPublicKey,
  sign,
  signAsync,
  taprootOutputKey,
  verify,
  verifyAsync,
} from "../src/index.ts";
import { runInPool, schedule } from "../src/engines/in-flight.ts";
import { LazyModule, type NativeSecp256k1 } from "../src/engines/lazy-module.ts";
import { nativeEngine } from "../src/engines/libsecp256k1-native.ts";
import {
  derFromP1363,
  digestToScalarBytes,
  isLowS,
  normaliseLowS,
  p1363FromDer,
} from "../src/engines/ecdsa-signature.ts";

const RUNS = { seed: 20_261, numRuns: 25 };
const CURVES = ["P-256", "P-384", "P-521", "secp256k1", "stark"] as const;
const message = fc.uint8Array({ minLength: 0, maxLength: 200 });

beforeAll(() => prepareEngines("stark"));

function enginesOf(keyType: AsymmetricKeyType): readonly EngineName[] {
  return keyType === "secp256k1" ? ENGINE_NAMES : ["node", "noble"];
}

function reopened(keyType: AsymmetricKeyType, engine: EngineName, from: ReturnType<typeof generatePrivateKey>) {
  const material = exportPrivateKey(from);
  return {
    privateKey: openPrivateKey(material, { engine }),
    publicKey: openPublicKey(keyType, from.publicKey, { engine }),
  };
}

describe("engines agree", () => {
  test.each(["P-256", "P-384", "P-521", "secp256k1"] as const)(
    "%s: what one signs, every other verifies",
    (keyType) => {
      const key = generatePrivateKey(keyType);
      const keys = enginesOf(keyType).map((engine) => reopened(keyType, engine, key));
      fc.assert(
        fc.property(message, fc.boolean(), fc.constantFrom("p1363", "der"), (bytes, lowS, format) => {
          const request = { algorithm: "ECDSA-SHA-256", message: bytes, lowS, format } as const;
          for (const signer of keys) {
            const { signature } = sign(signer.privateKey, request);
            for (const verifier of keys) expect(verify(verifier.publicKey, { ...request, signature })).toBe(true);
            const other = Buffer.concat([bytes, Buffer.of(1)]);
            for (const verifier of keys) {
              expect(verify(verifier.publicKey, { ...request, message: other, signature })).toBe(false);
            }
          }
        }),
        { ...RUNS, numRuns: keyType === "P-521" ? 4 : 10 },
      );
    },
  );

  test.each(CURVES)("%s: deterministic digest signatures are the same on every engine", (keyType) => {
    const key = generatePrivateKey(keyType);
    const keys = enginesOf(keyType).map((engine) => reopened(keyType, engine, key));
    const digest =
      keyType === "stark"
        ? fc.uint8Array({ minLength: 32, maxLength: 32 })
        : fc.uint8Array({ minLength: 20, maxLength: 64 });
    fc.assert(
      fc.property(digest, (bytes) => {
        const request = { algorithm: "ECDSA", digest: bytes, lowS: true } as const;
        const made = keys.map(({ privateKey }) => Buffer.from(sign(privateKey, request).signature).toString("hex"));
        expect(new Set(made).size).toBe(1);
        const signature = Buffer.from(made[0] ?? "", "hex");
        for (const { publicKey } of keys) expect(verify(publicKey, { ...request, signature })).toBe(true);
      }),
      { ...RUNS, numRuns: 8 },
    );
  });

  test.each([...CURVES, "X25519", "X448"] as const)(
    "%s: agreement is symmetric and equal on every engine",
    async (keyType) => {
      const alice = generatePrivateKey(keyType);
      const bob = generatePrivateKey(keyType);
      const secret = Buffer.from(agree(alice, openPublicKey(keyType, bob.publicKey))).toString("hex");
      for (const engine of enginesOf(keyType)) {
        const { privateKey } = reopened(keyType, engine, bob);
        const { publicKey } = reopened(keyType, engine, alice);
        expect(Buffer.from(agree(privateKey, publicKey)).toString("hex")).toBe(secret);
        const many = await Promise.all([1, 2, 3].map(() => agreeAsync(privateKey, publicKey)));
        expect(many.map((made) => Buffer.from(made).toString("hex"))).toEqual([secret, secret, secret]);
      }
    },
  );

  test.each(["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"] as const)(
    "%s: encapsulation and implicit rejection",
    (keyType) => {
      const key = generatePrivateKey(keyType);
      const keys = enginesOf(keyType).map((engine) => reopened(keyType, engine, key));
      for (const { publicKey } of keys) {
        const { ciphertext, sharedSecret } = encapsulate(publicKey);
        const wrong = ciphertext.slice();
        wrong[5] = (wrong[5] ?? 0) ^ 1;
        const rejected = keys.map(({ privateKey }) => Buffer.from(decapsulate(privateKey, wrong)).toString("hex"));
        expect(new Set(rejected).size).toBe(1);
        for (const { privateKey } of keys) {
          expect(Buffer.from(decapsulate(privateKey, ciphertext))).toEqual(Buffer.from(sharedSecret));
        }
      }
    },
  );

  test.each(["Ed25519", "Ed448"] as const)("%s: signatures are the same bytes", (keyType) => {
    const key = generatePrivateKey(keyType);
    const keys = enginesOf(keyType).map((engine) => reopened(keyType, engine, key));
    const context = fc.uint8Array({ minLength: 1, maxLength: 255 });
    fc.assert(
      fc.property(message, context, (bytes, text) => {
        const algorithm = keyType === "Ed25519" ? "Ed25519ctx" : keyType;
        const request = { algorithm, message: bytes, context: text } as const;
        const made = keys.map(({ privateKey }) => Buffer.from(sign(privateKey, request).signature).toString("hex"));
        expect(new Set(made).size).toBe(1);
      }),
      { ...RUNS, numRuns: 10 },
    );
  });
});

describe("ECDSA encodings", () => {
  test.each(CURVES)("%s: DER and P1363 are each other's inverse", (curve) => {
    const half = curve === "P-384" ? 48 : curve === "P-521" ? 66 : 32;
    const halves = fc.uint8Array({ minLength: 2 * half, maxLength: 2 * half });
    fc.assert(
      fc.property(halves, fc.nat(half), (signature, zeros) => {
        signature.fill(0, 0, zeros);
        expect(p1363FromDer(curve, derFromP1363(signature))).toEqual(signature);
      }),
      { ...RUNS, numRuns: 200 },
    );
  });

  test("any DER that is not the one encoding is refused", () => {
    const der = derFromP1363(new Uint8Array(64).fill(0x81));
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (position, mask) => {
        const spoilt = der.slice();
        spoilt[position] = (spoilt[position] ?? 0) ^ mask;
        const read = p1363FromDer("P-256", spoilt);
        if (read !== undefined) expect(derFromP1363(read)).toEqual(spoilt);
      }),
      { ...RUNS, numRuns: 2000 },
    );
    for (let length = 0; length < der.length; length++) {
      expect(p1363FromDer("P-256", der.subarray(0, length))).toBeUndefined();
    }
  });

  test("the low-S twin verifies, and only it where low-S is demanded", () => {
    const key = generatePrivateKey("P-256");
    const request = { algorithm: "ES256", message: randomBytes(20) } as const;
    let high = 0;
    for (let round = 0; round < 40; round++) {
      const { signature } = sign(key, request);
      const twin = normaliseLowS("P-256", signature).signature;
      expect(isLowS("P-256", twin)).toBe(true);
      expect(verify(key, { ...request, lowS: true, signature: twin })).toBe(true);
      if (isLowS("P-256", signature)) continue;
      high++;
      expect(verify(key, { ...request, signature })).toBe(true);
      expect(verify(key, { ...request, lowS: true, signature })).toBe(false);
    }
    expect(high).toBeGreaterThan(3);
  });

  test("digests are cut to the bits of the order", () => {
    expect(digestToScalarBytes("secp256k1", new Uint8Array(64).fill(0xff))).toEqual(new Uint8Array(32).fill(0xff));
    const short = digestToScalarBytes("P-256", new Uint8Array(20).fill(1));
    expect(Buffer.from(short).toString("hex")).toBe("00".repeat(12) + "01".repeat(20));
  });
});

describe("secp256k1", () => {
  const key = generatePrivateKey("secp256k1");

  test.each(["noble", "libsecp256k1-wasm", "libsecp256k1-native"] as const)(
    "%s: recovery gives the key back",
    (engine) => {
      const { privateKey } = reopened("secp256k1", engine, key);
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.boolean(), (digest, lowS) => {
          const made = sign(privateKey, { algorithm: "ECDSA", digest, recoverable: true, lowS });
          for (const recoverer of ["noble", "libsecp256k1-wasm", "libsecp256k1-native"] as const) {
            const recovered = recoverPublicKey({
              ...made,
              recoveryId: made.recoveryId ?? 9,
              digest,
              engine: recoverer,
            });
            expect(Buffer.from(recovered)).toEqual(Buffer.from(key.publicKey));
          }
        }),
        RUNS,
      );
    },
  );

  test.each(ENGINE_NAMES)("%s: low-S unless high-S is allowed", (engine) => {
    const { privateKey } = reopened("secp256k1", engine, key);
    for (let round = 0; round < 20; round++) {
      const { signature } = sign(privateKey, { algorithm: "ES256K", message: Uint8Array.of(round) });
      expect(isLowS("secp256k1", signature)).toBe(true);
    }
  });

  test("BIP-341 signatures verify under the output key, whatever the parity of the key", () => {
    const parities = new Set<number>();
    for (let round = 0; round < 12; round++) {
      const own = generatePrivateKey("secp256k1");
      parities.add((own.publicKey[64] ?? 0) & 1);
      const request = { algorithm: "BIP341", message: randomBytes(32), merkleRoot: randomBytes(32) } as const;
      const { signature, outputKey } = sign(own, request);
      expect(verify(own, { ...request, signature })).toBe(true);
      const lifted = openPublicKey("secp256k1", liftXOnlyPublicKey(outputKey ?? new Uint8Array(32)));
      expect(verify(lifted, { algorithm: "BIP340", message: request.message, signature })).toBe(true);
    }
    expect(parities.size).toBe(2);
  });

  test("nothing is recovered from nonsense", () => {
    const digest = new Uint8Array(32).fill(1);
    for (const signature of [new Uint8Array(64), new Uint8Array(64).fill(0xff), new Uint8Array(63).fill(1)]) {
      expect(() => recoverPublicKey({ digest, signature, recoveryId: 0 })).toThrow(/secp256k1 signature/);
    }
    const signature = sign(key, { algorithm: "ECDSA", digest }).signature;
    expect(() => recoverPublicKey({ digest, signature, recoveryId: 4 })).toThrow(/recovery id/i);
  });

  // BIP-341, wallet test vectors (keyPathSpending): the first two inputs' keys.
  test.each([
    {
      secret: "6b973d88838f27366ed61c9ad6367663045cb456e28335c109e30717ae0c6baa",
      internal: "d6889cb081036e0faefa3a35157ad71086b123b2b144b649798b494c300a961d",
      merkleRoot: undefined,
      output: "53a1f6e454df1aa2776a2814a721372d6258050de330b3c6d10ee8f4e0dda343",
    },
    {
      secret: "1e4da49f6aaf4e5cd175fe08a32bb5cb4863d963921255f33d3bc31e1343907f",
      internal: "187791b6f712a8ea41c8ecdd0ee77fab3e85263b37e1ec18a3651926b3a6cf27",
      merkleRoot: "5b75adecf53548f3ec6ad7d78383bf84cc57b55a3127c72b9a2481752dd88b21",
      output: "147c9c57132f6e7ecddba9800bb0c4449251c92a1e60371ee77557b6620f3ea3",
    },
  ])("BIP-341 output key of $internal", ({ secret, internal, merkleRoot, output }) => {
    const root = merkleRoot === undefined ? {} : { merkleRoot: Buffer.from(merkleRoot, "hex") };
    for (const engine of ["libsecp256k1-wasm", "noble"] as const) {
      const own = openPrivateKey(
        { keyType: "secp256k1", format: "scalar", bytes: Buffer.from(secret, "hex") },
        { engine },
      );
      expect(Buffer.from(own.publicKey.subarray(1, 33)).toString("hex")).toBe(internal);
      const request = { algorithm: "BIP341", digest: randomBytes(32), ...root } as const;
      const made = sign(own, request);
      expect(Buffer.from(made.outputKey ?? []).toString("hex")).toBe(output);
      expect(verify(own, { ...request, signature: made.signature })).toBe(true);
      const underOutput = openPublicKey("secp256k1", liftXOnlyPublicKey(made.outputKey ?? new Uint8Array(32)));
      const plain = { algorithm: "BIP340", digest: request.digest, signature: made.signature } as const;
      expect(verify(underOutput, plain)).toBe(true);
      expect(verify(own, plain)).toBe(false);
    }
    const tweaked = taprootOutputKey(Buffer.from(internal, "hex"), root.merkleRoot);
    expect(Buffer.from(tweaked.xOnlyPublicKey).toString("hex")).toBe(output);
  });

  test("the native addon is used when it works, and not when it is absent or fails", () => {
    expect(engineFor("secp256k1", "ES256K")).toBe("libsecp256k1-native");
    expect(engineFor("secp256k1", "ES256K", { engine: "libsecp256k1-wasm" })).toBe("libsecp256k1-wasm");
    const absent = new LazyModule<NativeSecp256k1>(
      () => {
        throw new Error("Cannot find module 'secp256k1'");
      },
      () => Promise.reject(new Error("Cannot find module 'secp256k1'")),
    );
    expect(nativeEngine(absent).available?.()).toBe(false);
    const broken = new LazyModule<Partial<NativeSecp256k1>>(
      () => ({}),
      () => Promise.resolve({}),
    );
    expect(nativeEngine(broken as LazyModule<NativeSecp256k1>).available?.()).toBe(false);
  });
});

describe("engineFor", () => {
  test("names the engine that serves an algorithm", () => {
    expect(engineFor("P-256", "ES256")).toBe("node");
    expect(engineFor("P-256", "ES256", { input: "digest" })).toBe("noble");
    expect(engineFor("Ed25519", "Ed25519")).toBe("node");
    expect(engineFor("Ed25519", "Ed25519ph")).toBe("noble");
    expect(engineFor("X448", "X448", { engine: "noble" })).toBe("noble");
    expect(engineFor("stark", "ECDH")).toBe("noble");
    expect(engineFor("AES-128", "A128GCM")).toBe("node");
    expect(() => engineFor("Ed25519", "ECDH")).toThrow(/does not agree/);
  });
});

describe("what is in flight", () => {
  test("a lone call runs in this thread and leaves nothing behind", async () => {
    const key = generatePrivateKey("P-384");
    const request = { algorithm: "ES384", message: randomBytes(32) } as const;
    for (let round = 0; round < 5; round++) {
      expect(operationsInFlight()).toBe(0);
      const { signature } = await signAsync(key, request);
      expect(operationsInFlight()).toBe(0);
      expect(await verifyAsync(key, { ...request, signature })).toBe(true);
    }
  });

  test("calls made together are all answered and counted", async () => {
    const key = generatePrivateKey("P-521");
    const request = { algorithm: "ES512", message: randomBytes(32) } as const;
    const calls = Array.from({ length: 8 }, () => signAsync(key, request));
    expect(operationsInFlight()).toBe(8);
    const made = await Promise.all(calls);
    expect(operationsInFlight()).toBe(0);
    const answers = await Promise.all(made.map(({ signature }) => verifyAsync(key, { ...request, signature })));
    expect(answers).toEqual(Array.from({ length: 8 }, () => true));
  });

  test("a failure in this thread is a rejection, and counted", async () => {
    const failing = schedule<number>(() => {
      throw new RangeError("broken");
    }, undefined);
    await expect(failing).rejects.toThrow("broken");
    const refused = runInPool<number>((done) => done(new RangeError("refused")));
    await expect(refused).rejects.toThrow("refused");
    expect(operationsInFlight()).toBe(0);
  });

  test("a failure is an error like any other, and counted", async () => {
    const key = generatePrivateKey("P-384");
    const calls = [1, 2, 3].map(() => signAsync(key, { algorithm: "ES384" }));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.every((outcome) => outcome.status === "rejected" && isKeyrailError(outcome.reason))).toBe(true);
    expect(operationsInFlight()).toBe(0);
  });
});
