/** `Signer.sign`: every algorithm, input, encoding and parameter, verified by another implementation. */

import type { OperationDescriptor, PublicKey, RowLimits, Signature, SignRequest } from "@keyrail/core";
import { isWeierstrassKeyType } from "@keyrail/core";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectLength, expectPresent, expectThat, sameBytes } from "../expect.ts";
import { operation } from "../needs.ts";
import { SIGNATURE_USES } from "../reference/algorithms.ts";
import { isLowS, parseEcdsa, recoverEcdsa } from "../reference/ecdsa-signature.ts";
import { testMessage, utf8 } from "../reference/random.ts";
import {
  contextOf,
  inputOver,
  isEcdsa,
  signatureBytes,
  type SignedInput,
  verifySignature,
} from "../reference/signatures.ts";
import { taprootOutputKey } from "../reference/taproot.ts";
import type { Fixture } from "../runner/fixtures.ts";

type Use = (typeof SIGNATURE_USES)[number];
type Kind = "message" | "digest";

/** Parameters without which an algorithm can't run. */
export function requiredParameters({ algorithm }: Use): Partial<SignRequest> {
  return contextOf(algorithm) === "required" ? { context: utf8("keyrail") } : {};
}

/** The key that signs in these checks. */
export async function signingKey(context: CheckContext, { keyType, algorithm }: Use): Promise<Fixture> {
  return context.fixtures.get(context.provider, { keyType, usages: ["sign"], algorithms: [algorithm] });
}

/** Calls `sign`; the port is there, or the declaration is wrong. */
export async function sign(context: CheckContext, request: SignRequest): Promise<Signature> {
  const signer = expectPresent(context.provider.signer, "it declares to sign, but has no port `signer`");
  return signer.sign(request);
}

/** What the row of an operation bounds. */
export function limitsOf(context: CheckContext, descriptor: OperationDescriptor): RowLimits {
  const { keyType } = descriptor;
  const rows =
    keyType === undefined
      ? context.capabilities.rows(descriptor.operation)
      : context.capabilities.rowsFor(descriptor.operation, keyType);
  const { algorithm } = descriptor;
  return rows.find((row) => algorithm === undefined || row.algorithms?.includes(algorithm) === true)?.limits ?? {};
}

/** Input kinds the provider declares for a use, the message first. */
export function declaredKind(context: CheckContext, use: Use, of: "sign" | "verify" = "sign"): Kind {
  const rows = context.capabilities.rowsFor(of, use.keyType).filter((row) => row.algorithms?.includes(use.algorithm));
  return rows.some((row) => row.inputs?.includes("message") !== false) ? "message" : "digest";
}

/** An input that is within the declared limits. */
export function anInput(context: CheckContext, use: Use, kind: Kind, length = 100): SignedInput {
  const { message } = limitsOf(context, { operation: "sign", keyType: use.keyType, algorithm: use.algorithm });
  const bounded = Math.max(message?.minimum ?? 0, Math.min(length, message?.maximum ?? length));
  return inputOver(use.algorithm, kind, testMessage(bounded));
}

/** BIP341 verifies under the tweaked key, computed here: not under the one the provider says. */
function outputKeyOf(use: Use, publicKey: PublicKey, { merkleRoot }: Partial<SignRequest>): { outputKey?: Uint8Array } {
  return use.algorithm === "BIP341" ? { outputKey: taprootOutputKey(publicKey.toXOnly(), merkleRoot) } : {};
}

async function expectValid(
  context: CheckContext,
  use: Use,
  fixture: Fixture,
  input: SignedInput,
  request: Partial<SignRequest>,
): Promise<Signature> {
  const signature = await sign(context, { key: fixture.key, algorithm: use.algorithm, ...input.request, ...request });
  const publicKey = await context.fixtures.publicKey(context.provider, fixture);
  const variant = { ...request, ...outputKeyOf(use, publicKey, request) };
  expectThat(
    verifySignature(use.algorithm, publicKey, input.signed, signature.signature, variant),
    `the ${use.algorithm} signature does not verify under the key that getPublic gives`,
  );
  return signature;
}

function verifies(use: Use, kind: Kind): Check {
  const { algorithm, keyType, slug } = use;
  return {
    id: `sign.${slug}.${kind === "message" ? "verifies" : "digest"}`,
    group: "sign",
    title: `${algorithm} over a ${kind} verifies (${keyType})`,
    requirement:
      kind === "message"
        ? `Signer.sign: "a signature that verifies under the key's public key", for messages of 0, 1 and more bytes, and for no other message.`
        : `Signer.sign: a digest the caller made is signed as it is, not hashed again.`,
    needs: [operation({ operation: "sign", keyType, algorithm, input: kind })],
    makesKeys: false,
    async run(context) {
      const fixture = await signingKey(context, use);
      const lengths = kind === "digest" ? [32] : [0, 1, 100, 5000];
      const done = new Set<number>();
      for (const length of lengths) {
        const input = anInput(context, use, kind, length);
        if (done.has(input.signed.length) && kind === "message" && !isEcdsa(algorithm)) continue;
        done.add(input.signed.length);
        const { signature } = await expectValid(context, use, fixture, input, requiredParameters(use));
        if (!isEcdsa(algorithm)) expectLength(signature, signatureBytes(algorithm, keyType), "the signature");
        if (length === lengths.at(-1)) await expectOther(context, use, fixture, signature);
      }
    },
  };
}

/** A signature that verifies over another message too would be no signature. */
async function expectOther(context: CheckContext, use: Use, fixture: Fixture, signature: Uint8Array): Promise<void> {
  const other = inputOver(use.algorithm, "message", testMessage(77));
  const publicKey = await context.fixtures.publicKey(context.provider, fixture);
  expectThat(
    use.algorithm === "BIP341" ||
      !verifySignature(use.algorithm, publicKey, other.signed, signature, requiredParameters(use)),
    "the signature verifies over another message",
  );
}

function format(use: Use, name: "p1363" | "der"): Check {
  const { algorithm, keyType, slug } = use;
  return {
    id: `sign.${slug}.${name}`,
    group: "sign",
    title: `${algorithm} in ${name === "der" ? "DER" : "P1363"} (${keyType})`,
    requirement:
      name === "der"
        ? "SignRequest.format `der`: strict ASN.1 DER (RFC 3279): shortest lengths, no superfluous zero bytes, nothing after it."
        : "SignRequest.format `p1363`, the default: `r || s`, both padded to the length of the order.",
    needs: [operation({ operation: "sign", keyType, algorithm, format: name })],
    makesKeys: false,
    async run(context) {
      const fixture = await signingKey(context, use);
      const kind = declaredKind(context, use);
      // Several, because one signature in about 128 happens to have a short r or s.
      for (let round = 0; round < 3; round++) {
        const input = anInput(context, use, kind);
        const { signature } = await expectValid(context, use, fixture, input, { format: name });
        if (!isWeierstrassKeyType(keyType)) continue;
        expectThat(
          parseEcdsa(keyType, name, signature) !== undefined,
          `the signature is not strict ${name === "der" ? "DER" : "P1363"}`,
        );
      }
      if (name !== "p1363") return;
      const input = anInput(context, use, kind);
      const { signature } = await sign(context, { key: fixture.key, algorithm, ...input.request });
      expectLength(signature, signatureBytes(algorithm, keyType), "a signature without `format`, which means P1363,");
    },
  };
}

function lowS(use: Use): Check {
  const { algorithm, keyType, slug } = use;
  return {
    id: `sign.${slug}.low-s`,
    group: "sign",
    title: `${algorithm} gives the lower S when asked (${keyType})`,
    requirement: "SignRequest.lowS: true gives the signature with the lower S.",
    needs: [operation({ operation: "sign", keyType, algorithm, parameters: ["lowS"] })],
    makesKeys: false,
    run: (context) => expectLowS(context, use, { lowS: true }),
  };
}

function lowSByDefault(use: Use): Check {
  const { algorithm, slug } = use;
  return {
    id: `sign.${slug}.low-s-by-default`,
    group: "sign",
    title: `${algorithm} gives the lower S unless told otherwise (secp256k1)`,
    requirement: "SignRequest.lowS: the default is true for secp256k1.",
    needs: [operation({ operation: "sign", keyType: "secp256k1", algorithm })],
    makesKeys: false,
    run: (context) => expectLowS(context, use, {}),
  };
}

async function expectLowS(context: CheckContext, use: Use, request: Partial<SignRequest>): Promise<void> {
  const { keyType } = use;
  if (!isWeierstrassKeyType(keyType)) return;
  const fixture = await signingKey(context, use);
  const format = declaredFormat(context, use);
  // A provider that does not look gives the lower S half of the time: 10 in a row by chance once in 1,024.
  for (let round = 0; round < 10; round++) {
    const input = anInput(context, use, declaredKind(context, use));
    const { signature } = await expectValid(context, use, fixture, input, { ...request, format });
    const parsed = expectPresent(parseEcdsa(keyType, format, signature), "the signature can't be read");
    expectThat(isLowS(keyType, parsed), "the signature has the higher S");
  }
}

/** An encoding the provider declares for a use, P1363 before DER. */
export function declaredFormat(context: CheckContext, use: Use, of: "sign" | "verify" = "sign"): "p1363" | "der" {
  const rows = context.capabilities.rowsFor(of, use.keyType).filter((row) => row.algorithms?.includes(use.algorithm));
  return rows.some((row) => row.formats?.includes("p1363") !== false) ? "p1363" : "der";
}

function recoverable(use: Use): Check {
  const { algorithm, keyType, slug } = use;
  return {
    id: `sign.${slug}.recovery-id`,
    group: "sign",
    title: `${algorithm}: the recovery id gives the key back (${keyType})`,
    requirement: "Signature.recoveryId: 0 to 3, recovers the public key from signature and digest (SEC 1, 4.1.6).",
    needs: [operation({ operation: "sign", keyType, algorithm, parameters: ["recoverable"] })],
    makesKeys: false,
    async run(context) {
      if (!isWeierstrassKeyType(keyType)) return;
      const fixture = await signingKey(context, use);
      const format = declaredFormat(context, use);
      for (let round = 0; round < 4; round++) {
        const input = anInput(context, use, declaredKind(context, use));
        const made = await expectValid(context, use, fixture, input, { recoverable: true, format });
        const id = expectPresent(made.recoveryId, "no `recoveryId` is given");
        const parsed = expectPresent(parseEcdsa(keyType, format, made.signature), "the signature can't be read");
        const publicKey = await context.fixtures.publicKey(context.provider, fixture);
        const recovered = recoverEcdsa(keyType, input.signed, parsed, id);
        expectThat(
          recovered !== undefined && sameBytes(recovered, publicKey.toRaw()),
          `the recovery id ${id} does not recover the public key`,
        );
      }
    },
  };
}

function withContext(use: Use): Check {
  const { algorithm, keyType, slug } = use;
  return {
    id: `sign.${slug}.context`,
    group: "sign",
    title: `${algorithm} binds the context (${keyType})`,
    requirement: "SignRequest.context: the signature verifies with exactly this context, and with no other.",
    needs: [operation({ operation: "sign", keyType, algorithm, parameters: ["context"] })],
    makesKeys: false,
    async run(context) {
      const fixture = await signingKey(context, use);
      const input = anInput(context, use, declaredKind(context, use));
      const { signature } = await expectValid(context, use, fixture, input, { context: utf8("one context") });
      const publicKey = await context.fixtures.publicKey(context.provider, fixture);
      for (const other of ["another context", ""]) {
        if (other === "" && contextOf(algorithm) === "required") continue;
        expectThat(
          !verifySignature(algorithm, publicKey, input.signed, signature, { context: utf8(other) }),
          "the signature verifies with another context",
        );
      }
    },
  };
}

function taproot(use: Use, root: boolean): Check {
  return {
    id: root ? "sign.bip341.merkle-root" : "sign.bip341.output-key",
    group: "sign",
    title: root ? "BIP341 tweaks with the script tree's root" : "BIP341 signs under the tweaked key",
    requirement: root
      ? "SignRequest.merkleRoot: the key is tweaked with the root (BIP-341), the signature verifies under that output key."
      : "Signature.outputKey: the BIP-341 output key of the key, and the signature verifies under it, not under the key itself.",
    needs: [
      operation({
        operation: "sign",
        keyType: "secp256k1",
        algorithm: "BIP341",
        ...(root ? { parameters: ["merkleRoot"] } : {}),
      }),
    ],
    makesKeys: false,
    async run(context) {
      const fixture = await signingKey(context, use);
      const input = anInput(context, use, declaredKind(context, use), 32);
      const merkleRoot = root ? testMessage(32) : undefined;
      const request = merkleRoot === undefined ? {} : { merkleRoot };
      const made = await expectValid(context, use, fixture, input, request);
      const publicKey = await context.fixtures.publicKey(context.provider, fixture);
      const expected = taprootOutputKey(publicKey.toXOnly(), merkleRoot);
      expectThat(
        made.outputKey !== undefined && sameBytes(made.outputKey, expected),
        "`outputKey` is not the BIP-341 output key of the key",
      );
      expectThat(
        !verifySignature("BIP340", publicKey, input.signed, made.signature),
        "the signature verifies under the untweaked key",
      );
    },
  };
}

/** The checks of `sign`. */
export const SIGN_CHECKS: readonly Check[] = SIGNATURE_USES.flatMap((use) => [
  ...(use.algorithm === "ECDSA" ? [] : [verifies(use, "message")]),
  verifies(use, "digest"),
  ...(isEcdsa(use.algorithm) ? [format(use, "p1363"), format(use, "der"), lowS(use), recoverable(use)] : []),
  ...(isEcdsa(use.algorithm) && use.keyType === "secp256k1" ? [lowSByDefault(use)] : []),
  ...(contextOf(use.algorithm) === "none" ? [] : [withContext(use)]),
  ...(use.algorithm === "BIP341" ? [taproot(use, false), taproot(use, true)] : []),
]);
