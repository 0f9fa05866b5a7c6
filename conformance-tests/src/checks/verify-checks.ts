/** `Verifier.verify`: right signatures are accepted, everything else is `false`, and nothing is ever thrown for it. */

import { isWeierstrassKeyType, type SignatureFormat, type Verifier, type VerifyRequest } from "@keyrail/core";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectPresent, expectThat } from "../expect.ts";
import { operation } from "../needs.ts";
import { Blocked } from "../outcome.ts";
import { SIGNATURE_USES } from "../reference/algorithms.ts";
import { encodeEcdsa, isLowS, parseEcdsa, twin } from "../reference/ecdsa-signature.ts";
import { flipped, randomBytes, testMessage, utf8 } from "../reference/random.ts";
import {
  contextOf,
  inputOver,
  isEcdsa,
  signatureBytes,
  type SignedInput,
  signOutside,
  type SignatureVariant,
} from "../reference/signatures.ts";
import { taprootSign } from "../reference/taproot.ts";
import type { Fixture } from "../runner/fixtures.ts";
import { declaredFormat, declaredKind, limitsOf, requiredParameters } from "./sign-checks.ts";

type Use = (typeof SIGNATURE_USES)[number];

/** Everything a verifying check needs: a key, an input, and a right signature over it. */
interface Signed {
  readonly fixture: Fixture;
  readonly input: SignedInput;
  readonly signature: Uint8Array;
  /** The request without the signature. */
  readonly request: Unsigned<VerifyRequest>;
}

type Unsigned<Request> = Request extends unknown ? Omit<Request, "signature"> : never;

async function verify(context: CheckContext, request: VerifyRequest): Promise<boolean> {
  const verifier: Verifier = expectPresent(
    context.provider.verifier,
    "it declares to verify, but has no port `verifier`",
  );
  const answer = await verifier.verify(request);
  expectThat(typeof answer === "boolean", "verify does not give true or false");
  return answer;
}

/**
 * A signature made outside under a key the suite knows, where such a key can be brought in; else one that the
 * provider's own signer made, which the checks of `sign` verify outside.
 */
async function signed(
  context: CheckContext,
  use: Use,
  variant: SignatureVariant & { readonly merkleRoot?: Uint8Array } = {},
  kind: "message" | "digest" = declaredKind(context, use, "verify"),
): Promise<Signed> {
  const { algorithm, keyType } = use;
  const { message } = limitsOf(context, { operation: "verify", keyType, algorithm });
  const length = Math.max(
    message?.minimum ?? 0,
    Math.min(algorithm.startsWith("BIP") ? 32 : 100, message?.maximum ?? 100),
  );
  const input = inputOver(algorithm, kind, testMessage(length));
  const needed = { ...requiredParameters(use), ...variant };
  const format = isEcdsa(algorithm) ? { format: variant.format ?? declaredFormat(context, use, "verify") } : {};
  const parameters = {
    ...(needed.context === undefined ? {} : { context: needed.context }),
    ...(variant.merkleRoot === undefined ? {} : { merkleRoot: variant.merkleRoot }),
    ...format,
  };
  const wanted = { keyType, usages: ["verify"], algorithms: [algorithm] } as const;
  for (const material of ["public", "known"] as const) {
    if (context.bounds.readOnly || !context.fixtures.canMake({ ...wanted, material })) continue;
    if (material === "public" && !publicSuffices(context, use)) continue;
    const fixture = await context.fixtures.get(context.provider, { ...wanted, material });
    const pair = expectPresent(fixture.pair, "the suite knows the key it imported");
    const signature =
      algorithm === "BIP341"
        ? taprootSign(expectPresent(pair.forms.scalar, "no scalar"), input.signed, variant.merkleRoot)
        : signOutside(algorithm, pair, input.signed, { ...needed, ...format });
    return { fixture, input, signature, request: { key: fixture.key, algorithm, ...input.request, ...parameters } };
  }
  const fixture = await context.fixtures.get(context.provider, { ...wanted, usages: ["sign", "verify"] });
  const { signer } = context.provider;
  if (signer === undefined)
    throw new Blocked("No key known to the suite can be brought in, and the provider can't sign.");
  const request = { key: fixture.key, algorithm, ...input.request, ...parameters };
  const { signature } = await signer.sign(request);
  return { fixture, input, signature, request };
}

function publicSuffices(context: CheckContext, { keyType, algorithm }: Use): boolean {
  const rows = context.capabilities.rowsFor("verify", keyType);
  return rows.some((row) => row.algorithms?.includes(algorithm) === true && row.halves?.includes("public") !== false);
}

const group = "verify" as const;

function accepts(use: Use, kind: "message" | "digest"): Check {
  const { algorithm, keyType, slug } = use;
  return {
    id: `verify.${slug}.${kind === "message" ? "accepts" : "digest"}`,
    group,
    title: `Accepts a right ${algorithm} signature over a ${kind} (${keyType})`,
    requirement: "Verifier.verify: true when the signature is valid.",
    needs: [operation({ operation: "verify", keyType, algorithm, input: kind })],
    makesKeys: false,
    async run(context) {
      const { request, signature } = await signed(context, use, {}, kind);
      expectThat(await verify(context, { ...request, signature }), "a right signature is not accepted");
    },
  };
}

function rejects(use: Use): Check {
  const { algorithm, keyType, slug } = use;
  return {
    id: `verify.${slug}.rejects`,
    group,
    title: `Rejects an ${algorithm} signature of something else (${keyType})`,
    requirement: "Verifier.verify: false for the signature of another message, and for one with a changed bit.",
    needs: [operation({ operation: "verify", keyType, algorithm })],
    makesKeys: false,
    async run(context) {
      const { request, signature, input } = await signed(context, use);
      const other = inputOver(algorithm, "message" in input.request ? "message" : "digest", testMessage(99));
      const wrong = await verify(context, { ...request, ...other.request, signature });
      expectThat(!wrong, "the signature of another message is accepted");
      for (const index of [0, Math.floor(signature.length / 2), signature.length - 1]) {
        const changed = await verify(context, { ...request, signature: flipped(signature, index) });
        expectThat(!changed, `a signature with a changed bit in byte ${index} is accepted`);
      }
    },
  };
}

function garbage(use: Use): Check {
  const { algorithm, keyType, slug } = use;
  return {
    id: `verify.${slug}.garbage`,
    group,
    title: `Any other bytes are no ${algorithm} signature, and no error (${keyType})`,
    requirement: "Verifier.verify: false for any other bytes. Never rejects because of the signature.",
    needs: [operation({ operation: "verify", keyType, algorithm })],
    makesKeys: false,
    async run(context) {
      const { request, signature } = await signed(context, use);
      const size = signatureBytes(algorithm, keyType);
      const attempts: (readonly [string, Uint8Array])[] = [
        ["no bytes", new Uint8Array(0)],
        ["one byte", randomBytes(1)],
        ["a right signature cut by one byte", signature.slice(0, -1)],
        ["a right signature with a zero byte after it", new Uint8Array([...signature, 0])],
        ["all zeros", new Uint8Array(size)],
        ["all ones", new Uint8Array(size).fill(0xff)],
        ["random bytes", randomBytes(size)],
        ["a DER sequence of two zeros", new Uint8Array([0x30, 6, 2, 1, 0, 2, 1, 0])],
        ["a DER length without end", new Uint8Array([0x30, 0x84, 0xff, 0xff, 0xff, 0xff])],
      ];
      for (const [what, bytes] of attempts) {
        expectThat(!(await verify(context, { ...request, signature: bytes })), `${what} is accepted as a signature`);
      }
    },
  };
}

function format(use: Use, name: SignatureFormat): Check {
  const { algorithm, keyType, slug } = use;
  const other = name === "der" ? "p1363" : "der";
  return {
    id: `verify.${slug}.${name}`,
    group,
    title: `Reads ${name === "der" ? "DER" : "P1363"}, strictly, for ${algorithm} (${keyType})`,
    requirement:
      name === "der"
        ? "VerifyRequest.format `der`: the DER encoding is accepted; P1363 bytes, BER and superfluous zeros are not."
        : "VerifyRequest.format `p1363`: `r || s` of full length is accepted; DER bytes and shortened integers are not.",
    needs: [operation({ operation: "verify", keyType, algorithm, format: name })],
    makesKeys: false,
    async run(context) {
      if (!isWeierstrassKeyType(keyType)) return;
      const { request, signature } = await signed(context, use, { format: name });
      expectThat(await verify(context, { ...request, signature }), `a right signature in ${name} is not accepted`);
      const parsed = expectPresent(parseEcdsa(keyType, name, signature), "the signature can't be read");
      const swapped = encodeEcdsa(keyType, other, parsed);
      expectThat(
        !(await verify(context, { ...request, signature: swapped })),
        `a signature in ${other} is accepted as ${name}`,
      );
      if (name !== "der") return;
      for (const [what, bytes] of looseForms(signature)) {
        expectThat(!(await verify(context, { ...request, signature: bytes })), `a DER signature ${what} is accepted`);
      }
    },
  };
}

/** Encodings that BER readers take and DER readers must not (X.690, 8.1.3, 8.3.2 and 10.1). */
function looseForms(der: Uint8Array): (readonly [string, Uint8Array])[] {
  const long = der[1] === 0x81;
  const content = der.subarray(long ? 3 : 2);
  const rLength = content[1] ?? 0;
  const paddedR = [0x02, rLength + 1, 0, ...content.subarray(2)];
  const length = (size: number): number[] => (size < 0x80 ? [size] : [0x81, size]);
  return [
    ["with bytes after it", new Uint8Array([...der, 0x05, 0x00])],
    ["with a superfluous zero in r", new Uint8Array([0x30, ...length(paddedR.length), ...paddedR])],
    ["with a length in more bytes than needed", new Uint8Array([0x30, 0x82, 0, content.length, ...content])],
  ];
}

function lowS(use: Use): Check {
  const { algorithm, keyType, slug } = use;
  return {
    id: `verify.${slug}.low-s`,
    group,
    title: `Refuses the higher S when told to, for ${algorithm} (${keyType})`,
    requirement: "VerifyRequest.lowS: true refuses a signature with the higher S; the default takes both.",
    needs: [operation({ operation: "verify", keyType, algorithm, parameters: ["lowS"] })],
    makesKeys: false,
    async run(context) {
      if (!isWeierstrassKeyType(keyType)) return;
      const { request, signature } = await signed(context, use);
      const format = request.format ?? "p1363";
      const parsed = expectPresent(parseEcdsa(keyType, format, signature), "the signature can't be read");
      const [low, high] = isLowS(keyType, parsed) ? [parsed, twin(keyType, parsed)] : [twin(keyType, parsed), parsed];
      const lowBytes = encodeEcdsa(keyType, format, low);
      const highBytes = encodeEcdsa(keyType, format, high);
      expectThat(await verify(context, { ...request, lowS: true, signature: lowBytes }), "the lower S is refused");
      expectThat(
        !(await verify(context, { ...request, lowS: true, signature: highBytes })),
        "the higher S is accepted with `lowS: true`",
      );
      expectThat(await verify(context, { ...request, signature: highBytes }), "the higher S is refused without `lowS`");
    },
  };
}

function withContext(use: Use): Check {
  const { algorithm, keyType, slug } = use;
  return {
    id: `verify.${slug}.context`,
    group,
    title: `Checks the context of ${algorithm} (${keyType})`,
    requirement: "VerifyRequest.context: a signature is valid with its own context only.",
    needs: [operation({ operation: "verify", keyType, algorithm, parameters: ["context"] })],
    makesKeys: false,
    async run(context) {
      const { request, signature } = await signed(context, use, { context: utf8("one context") });
      expectThat(await verify(context, { ...request, signature }), "a right signature with a context is not accepted");
      const wrong = { ...request, context: utf8("another context"), signature };
      expectThat(!(await verify(context, wrong)), "the signature is accepted with another context");
      if (contextOf(algorithm) === "required") return;
      const { context: _, ...without } = request;
      expectThat(!(await verify(context, { ...without, signature })), "the signature is accepted without its context");
    },
  };
}

const taproot: Check = {
  id: "verify.bip341.merkle-root",
  group,
  title: "Checks the script tree's root of BIP341",
  requirement: "VerifyRequest.merkleRoot: a signature is valid under the output key of its own root only.",
  needs: [operation({ operation: "verify", keyType: "secp256k1", algorithm: "BIP341", parameters: ["merkleRoot"] })],
  makesKeys: false,
  async run(context) {
    const use = { algorithm: "BIP341", keyType: "secp256k1", slug: "bip341" } as const;
    const { request, signature } = await signed(context, use, { merkleRoot: testMessage(32) });
    expectThat(await verify(context, { ...request, signature }), "a right signature is not accepted");
    const other = { ...request, merkleRoot: testMessage(32), signature };
    expectThat(!(await verify(context, other)), "the signature is accepted with another root");
    const { merkleRoot: _, ...without } = request;
    expectThat(!(await verify(context, { ...without, signature })), "the signature is accepted without the root");
  },
};

/** The checks of `verify`. */
export const VERIFY_CHECKS: readonly Check[] = [
  ...SIGNATURE_USES.flatMap((use) => [
    ...(use.algorithm === "ECDSA" ? [] : [accepts(use, "message")]),
    accepts(use, "digest"),
    rejects(use),
    garbage(use),
    ...(isEcdsa(use.algorithm) ? [format(use, "p1363"), format(use, "der"), lowS(use)] : []),
    ...(contextOf(use.algorithm) === "none" ? [] : [withContext(use)]),
  ]),
  taproot,
];
