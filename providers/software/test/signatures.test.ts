import { describe, expect, test } from "vitest";
import type { CapabilityRow, KeyRecord, SignatureFormat, SignRequest } from "@keyrail/core";
import { SOFTWARE_CAPABILITIES, type SoftwareProvider } from "../src/index.ts";
import { bytes, openMemory, rejection, required } from "./support/stores.ts";

const SIGNING_ROWS = SOFTWARE_CAPABILITIES.rows.filter(({ operation }) => operation === "sign");
const CASES = SIGNING_ROWS.flatMap((row) =>
  (row.algorithms ?? []).map((algorithm) => [`${row.keyTypes[0]} ${algorithm}`, row, algorithm] as const),
);

/** Every request a row allows: each input, each encoding, with and without each parameter. */
function requests(row: CapabilityRow, algorithm: string, key: string): SignRequest[] {
  const inputs = (row.inputs ?? []).map((input) =>
    input === "message"
      ? { message: bytes("a message of some length") }
      : { digest: new Uint8Array(row.limits?.digest?.minimum ?? 32).fill(5) },
  );
  const formats: readonly (SignatureFormat | undefined)[] = row.formats ?? [undefined];
  const parameters: readonly object[] = [
    ...(algorithm === "Ed25519ctx" ? [] : [{}]),
    ...(row.parameters ?? []).map((name) =>
      name === "context"
        ? { context: bytes("context") }
        : name === "merkleRoot"
          ? { merkleRoot: new Uint8Array(32) }
          : { [name]: true },
    ),
  ];
  return inputs.flatMap((input) =>
    formats.flatMap((format) =>
      parameters.map((parameter) => {
        const request = { key, algorithm, ...input, ...(format === undefined ? {} : { format }), ...parameter };
        return request as SignRequest;
      }),
    ),
  );
}

async function signingKey(provider: SoftwareProvider, row: CapabilityRow): Promise<KeyRecord> {
  const [keyType] = row.keyTypes;
  return provider.keys.create({ keyType: required(keyType), usages: ["sign", "verify"], label: "signer" });
}

describe.each([undefined, "noble"] as const)("engine %s", (engine) => {
  test.each(CASES)("signs and verifies: %s", async (_name, row, algorithm) => {
    const provider = await openMemory(engine === undefined ? {} : { engine });
    const record = await signingKey(provider, row);
    const publicOnly = await provider.keys.import({
      kind: "public",
      publicKey: required(record.publicKey),
      usages: ["verify"],
      label: "public half",
    });
    const handle = await required(provider.opener).open(record.id);
    for (const request of requests(row, algorithm, record.uri)) {
      const made = await required(provider.signer).sign(request);
      const { recoverable, ...rest } = { recoverable: false, ...request };
      if (recoverable) expect(made.recoveryId).toBeTypeOf("number");
      const verification = { ...rest, signature: made.signature };
      expect(await required(provider.verifier).verify(verification)).toBe(true);
      expect(await required(provider.verifier).verify({ ...verification, key: publicOnly.uri })).toBe(true);
      expect(handle.verify({ ...verification, signature: handle.sign(request).signature })).toBe(true);
      const wrong = Uint8Array.from(made.signature);
      wrong[wrong.length - 1] = (wrong[wrong.length - 1] ?? 0) ^ 1;
      expect(await required(provider.verifier).verify({ ...verification, signature: wrong })).toBe(false);
      await rejection(required(provider.signer).sign({ ...request, key: publicOnly.uri }), "UnsupportedCapability");
    }
  });
});

test("secp256k1 signs with the lower S, and verifies either unless told otherwise", async () => {
  const provider = await openMemory();
  const { uri: key } = await provider.keys.create({ keyType: "secp256k1", usages: ["sign", "verify"], label: "low" });
  for (let round = 0; round < 16; round++) {
    const message = bytes(`message ${round}`);
    const { signature } = await required(provider.signer).sign({ key, algorithm: "ES256K", message });
    expect(await required(provider.verifier).verify({ key, algorithm: "ES256K", message, signature, lowS: true })).toBe(
      true,
    );
  }
});

describe("refusals name the way out", () => {
  test.each([
    ["Ed25519", "Ed25519", { digest: new Uint8Array(32) }, /Ed25519ph/],
    ["stark", "ECDSA", { message: bytes("m") }, /digest/],
    ["P-256", "ES384", { message: bytes("m") }, /ES256/],
    ["P-256", "Ed25519", { message: bytes("m") }, /ES256/],
    ["ML-DSA-44", "ML-DSA-44", { digest: new Uint8Array(32) }, /message/],
  ] as const)("%s with %s", async (keyType, algorithm, input, way) => {
    const provider = await openMemory();
    const { uri: key } = await provider.keys.create({ keyType, usages: ["sign"], label: "k" });
    const error = await rejection(
      required(provider.signer).sign({ key, algorithm, ...input }),
      "UnsupportedCapability",
    );
    expect(error.message).toMatch(way);
  });

  test("an X25519 key can't sign, and the answer says what can", async () => {
    const provider = await openMemory();
    const { uri: key } = await provider.keys.create({ keyType: "X25519", usages: ["agree"], label: "k" });
    const error = await rejection(
      required(provider.signer).sign({ key, algorithm: "Ed25519", message: bytes("m") }),
      "UnsupportedCapability",
    );
    expect(error.message).toMatch(/Ed25519/);
  });

  test("a digest of the wrong length is refused by its length", async () => {
    const provider = await openMemory();
    const { uri: key } = await provider.keys.create({ keyType: "P-384", usages: ["sign"], label: "k" });
    const call = required(provider.signer).sign({ key, algorithm: "ES384", digest: new Uint8Array(32) });
    await rejection(call, "LimitExceeded");
  });
});
