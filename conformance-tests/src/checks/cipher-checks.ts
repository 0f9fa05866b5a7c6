/** `Cipher`: what goes in comes out, also by another implementation, and nothing that was changed comes out. */

import { CIPHER_ALGORITHMS, type Encrypted, isKeyrailError } from "@keyrail/core";
import type { Check, Need } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectLength, expectPresent, expectRejection, expectThat, sameBytes } from "../expect.ts";
import { operation } from "../needs.ts";
import { slug, usesOf } from "../reference/algorithms.ts";
import { decryptOutside, encryptBlocksOutside, encryptOutside, isGcm } from "../reference/ciphers.ts";
import { flipped, randomBytes, testMessage, utf8 } from "../reference/random.ts";
import type { Fixture } from "../runner/fixtures.ts";
import { limitsOf } from "./sign-checks.ts";

const USES = usesOf(CIPHER_ALGORITHMS);
type Use = (typeof USES)[number];
const group = "cipher" as const;

/** A key whose bytes the suite knows, where one can be brought in; any other one otherwise. */
async function cipherKey(context: CheckContext, { keyType, algorithm }: Use): Promise<Fixture> {
  const wanted = { keyType, usages: ["encrypt"], algorithms: [algorithm] } as const;
  const known = !context.bounds.readOnly && context.fixtures.canMake({ ...wanted, material: "known" });
  return context.fixtures.get(context.provider, { ...wanted, material: known ? "known" : "held" });
}

function port(context: CheckContext) {
  return expectPresent(context.provider.cipher, "it declares to encrypt, but has no port `cipher`");
}

function plaintextOf(context: CheckContext, { keyType, algorithm }: Use, length: number): Uint8Array {
  const { plaintext } = limitsOf(context, { operation: "encrypt", keyType, algorithm });
  return testMessage(Math.max(plaintext?.minimum ?? 0, Math.min(length, plaintext?.maximum ?? length)));
}

function needs({ algorithm, keyType }: Use): Need[] {
  return [
    operation({ operation: "encrypt", keyType, algorithm }),
    operation({ operation: "decrypt", keyType, algorithm }),
  ];
}

function roundTrip(use: Use): Check {
  const { algorithm } = use;
  return {
    id: `cipher.${slug(algorithm)}.round-trip`,
    group,
    title: `${algorithm} gives the plaintext back`,
    requirement: isGcm(algorithm)
      ? "Cipher.encrypt: a ciphertext as long as the plaintext and a tag of 16 bytes, that decrypt (here and outside) to the plaintext."
      : "Cipher.encrypt: a ciphertext padded to the next 16 bytes (PKCS#7) that decrypts (here and outside) to the plaintext.",
    needs: needs(use),
    makesKeys: false,
    async run(context) {
      const { key, secret } = await cipherKey(context, use);
      for (const length of [0, 1, 15, 16, 17, 1000]) {
        const plaintext = plaintextOf(context, use, length);
        const parts = await port(context).encrypt({ key, algorithm, plaintext });
        const size = isGcm(algorithm) ? plaintext.length : plaintext.length + 16 - (plaintext.length % 16);
        expectLength(parts.ciphertext, size, "the ciphertext");
        if (isGcm(algorithm)) expectLength(expectPresent(parts.tag, "there is no tag"), 16, "the tag");
        else expectThat(parts.tag === undefined, "CBC has a tag");
        const back = await port(context).decrypt({ key, algorithm, ...parts });
        expectThat(sameBytes(back, plaintext), `${plaintext.length} bytes do not come back`);
        if (secret === undefined) continue;
        const outside = decryptOutside(algorithm, secret, parts);
        expectThat(outside !== undefined && sameBytes(outside, plaintext), "another implementation can't decrypt it");
      }
    },
  };
}

function fromOutside(use: Use): Check {
  const { algorithm, keyType } = use;
  return {
    id: `cipher.${slug(algorithm)}.from-outside`,
    group,
    title: `${algorithm} decrypts what others encrypted`,
    requirement: "Cipher.decrypt: the plaintext of a ciphertext that another implementation made with the same key.",
    needs: [
      operation({ operation: "import:secret", keyType }),
      operation({ operation: "decrypt", keyType, algorithm }),
    ],
    makesKeys: true,
    async run(context) {
      const { key, secret } = await cipherKey(context, use);
      const known = expectPresent(secret, "the suite knows the key it imported");
      const iv = ivFor(context, use, "decrypt");
      for (const length of [0, 16, 33]) {
        const plaintext = plaintextOf(context, use, length);
        const parts = encryptOutside(algorithm, known, iv, plaintext);
        const back = await port(context).decrypt({ key, algorithm, ...parts });
        expectThat(sameBytes(back, plaintext), `a ciphertext of ${length} bytes made outside does not decrypt`);
      }
    },
  };
}

function ivFor(context: CheckContext, use: Use, of: "encrypt" | "decrypt"): Uint8Array {
  const usual = isGcm(use.algorithm) ? 12 : 16;
  const { iv } = limitsOf(context, { operation: of, keyType: use.keyType, algorithm: use.algorithm });
  return randomBytes(Math.max(iv?.minimum ?? usual, Math.min(usual, iv?.maximum ?? usual)));
}

function freshIv(use: Use): Check {
  const { algorithm } = use;
  return {
    id: `cipher.${slug(algorithm)}.fresh-iv`,
    group,
    title: `${algorithm} makes a fresh IV for every call`,
    requirement: "EncryptRequest.iv: left out, the provider makes a random one; it is never used twice.",
    needs: needs(use),
    makesKeys: false,
    async run(context) {
      const { key } = await cipherKey(context, use);
      const plaintext = plaintextOf(context, use, 32);
      const seen = new Set<string>();
      for (let round = 0; round < 8; round++) {
        const { iv, ciphertext } = await port(context).encrypt({ key, algorithm, plaintext });
        expectThat(iv.length >= 12, `the IV has ${iv.length} bytes`);
        seen.add(Buffer.from(iv).toString("hex")).add(Buffer.from(ciphertext).toString("hex"));
      }
      expectThat(seen.size === 16, "an IV or a ciphertext was given twice");
    },
  };
}

function callersIv(use: Use): Check {
  const { algorithm, keyType } = use;
  return {
    id: `cipher.${slug(algorithm)}.given-iv`,
    group,
    title: `${algorithm} uses the IV it is given`,
    requirement:
      "EncryptRequest.iv: where the provider takes one from the caller, it is the one that is used and returned.",
    needs: [operation({ operation: "encrypt", keyType, algorithm, parameters: ["iv"] })],
    makesKeys: false,
    async run(context) {
      const { key, secret } = await cipherKey(context, use);
      const iv = ivFor(context, use, "encrypt");
      const plaintext = plaintextOf(context, use, 20);
      const parts = await port(context).encrypt({ key, algorithm, plaintext, iv });
      expectThat(sameBytes(parts.iv, iv), "another IV is returned than the one given");
      if (secret === undefined) return;
      const expected = encryptOutside(algorithm, secret, iv, plaintext);
      expectThat(sameBytes(parts.ciphertext, expected.ciphertext), "the ciphertext was not made with the IV given");
    },
  };
}

function additionalData(use: Use): Check {
  const { algorithm, keyType } = use;
  const parameters = ["additionalData"] as const;
  return {
    id: `cipher.${slug(algorithm)}.additional-data`,
    group,
    title: `${algorithm} authenticates the additional data`,
    requirement: "EncryptRequest.additionalData: authenticated; without it, or with other data, `DecryptionFailed`.",
    needs: [
      operation({ operation: "encrypt", keyType, algorithm, parameters }),
      operation({ operation: "decrypt", keyType, algorithm, parameters }),
    ],
    makesKeys: false,
    async run(context) {
      const { key, secret } = await cipherKey(context, use);
      const plaintext = plaintextOf(context, use, 40);
      const data = utf8("header 1");
      const parts = await port(context).encrypt({ key, algorithm, plaintext, additionalData: data });
      const back = await port(context).decrypt({ key, algorithm, ...parts, additionalData: data });
      expectThat(sameBytes(back, plaintext), "the plaintext does not come back");
      if (secret !== undefined) {
        const outside = decryptOutside(algorithm, secret, parts, data);
        expectThat(outside !== undefined, "another implementation can't decrypt it with the same additional data");
      }
      await expectRejection("DecryptionFailed", "a ciphertext without its additional data", () =>
        port(context).decrypt({ key, algorithm, ...parts }),
      );
      await expectRejection("DecryptionFailed", "a ciphertext with other additional data", () =>
        port(context).decrypt({ key, algorithm, ...parts, additionalData: utf8("header 2") }),
      );
    },
  };
}

function tampered(use: Use): Check {
  const { algorithm } = use;
  return {
    id: `cipher.${slug(algorithm)}.tampered`,
    group,
    title: `${algorithm} gives nothing of a changed ciphertext`,
    requirement: "Cipher.decrypt: rejects with `DecryptionFailed`, with one text whatever was wrong.",
    needs: needs(use),
    makesKeys: false,
    async run(context) {
      const { key } = await cipherKey(context, use);
      const plaintext = plaintextOf(context, use, 48);
      const parts = await port(context).encrypt({ key, algorithm, plaintext });
      const tag = expectPresent(parts.tag, "there is no tag");
      const attempts: (readonly [string, Encrypted])[] = [
        ["the first byte of the ciphertext", { ...parts, ciphertext: flipped(parts.ciphertext, 0) }],
        ["the last byte of the ciphertext", { ...parts, ciphertext: flipped(parts.ciphertext) }],
        ["the length of the ciphertext", { ...parts, ciphertext: parts.ciphertext.slice(0, -1) }],
        ["the IV", { ...parts, iv: flipped(parts.iv) }],
        ["the first byte of the tag", { ...parts, tag: flipped(tag, 0) }],
        ["the last byte of the tag", { ...parts, tag: flipped(tag) }],
      ];
      const texts = new Set<string>();
      for (const [what, changed] of attempts) {
        const error = await expectRejection("DecryptionFailed", `a ciphertext of which ${what} was changed`, () =>
          port(context).decrypt({ key, algorithm, ...changed }),
        );
        texts.add(error.message);
      }
      expectThat(texts.size === 1, "the text of the error tells what was wrong");
    },
  };
}

function tagLength(use: Use): Check {
  const { algorithm } = use;
  return {
    id: `cipher.${slug(algorithm)}.short-tag`,
    group,
    title: `${algorithm} takes no cut or missing tag`,
    requirement: "Encrypted.tag: 16 bytes; a shorter or a missing one is refused.",
    needs: needs(use),
    makesKeys: false,
    async run(context) {
      const { key } = await cipherKey(context, use);
      const { tag, ...parts } = await port(context).encrypt({
        key,
        algorithm,
        plaintext: plaintextOf(context, use, 16),
      });
      const whole = expectPresent(tag, "there is no tag");
      const codes = ["DecryptionFailed", "InvalidRequest", "LimitExceeded"] as const;
      for (const length of [0, 4, 12, 15]) {
        await expectRejection(codes, `a tag of ${length} bytes`, () =>
          port(context).decrypt({ key, algorithm, ...parts, tag: whole.slice(0, length) }),
        );
      }
      await expectRejection(codes, "a ciphertext without its tag", () =>
        port(context).decrypt({ key, algorithm, ...parts }),
      );
    },
  };
}

function padding(use: Use): Check {
  const { algorithm, keyType } = use;
  return {
    id: `cipher.${slug(algorithm)}.padding`,
    group,
    title: `${algorithm} says one thing of every wrong padding`,
    requirement:
      "Cipher.decrypt: rejects with `DecryptionFailed`, with one text whatever was wrong (PKCS#7; no padding oracle by text).",
    needs: [
      operation({ operation: "import:secret", keyType }),
      operation({ operation: "decrypt", keyType, algorithm }),
    ],
    makesKeys: true,
    async run(context) {
      const { key, secret } = await cipherKey(context, use);
      const known = expectPresent(secret, "the suite knows the key it imported");
      const iv = randomBytes(16);
      const block = (edit: (bytes: Uint8Array) => void): Uint8Array => {
        const bytes = new Uint8Array(32).fill(0x41);
        edit(bytes);
        return bytes;
      };
      const attempts: (readonly [string, Uint8Array])[] = [
        ["a padding byte of 0", block((bytes) => bytes.fill(0, 31))],
        ["a padding byte of 17", block((bytes) => bytes.fill(17, 31))],
        ["a padding byte of 255", block((bytes) => bytes.fill(255, 31))],
        ["a padding of 3 of which one byte is 2", block((bytes) => bytes.set([2, 3, 3], 29))],
      ];
      const texts = new Set<string>();
      for (const [what, blocks] of attempts) {
        const ciphertext = encryptBlocksOutside(known, iv, blocks);
        const error = await expectRejection("DecryptionFailed", `a plaintext that ends with ${what}`, () =>
          port(context).decrypt({ key, algorithm, ciphertext, iv }),
        );
        texts.add(error.message);
      }
      expectThat(texts.size === 1, "the text of the error tells what was wrong with the padding");
    },
  };
}

function wholeBlocks(use: Use): Check {
  const { algorithm } = use;
  return {
    id: `cipher.${slug(algorithm)}.whole-blocks`,
    group,
    title: `${algorithm} takes whole blocks only`,
    requirement: "Cipher.decrypt: a ciphertext that is empty or no multiple of 16 bytes is refused.",
    needs: needs(use),
    makesKeys: false,
    async run(context) {
      const { key } = await cipherKey(context, use);
      const parts = await port(context).encrypt({ key, algorithm, plaintext: plaintextOf(context, use, 30) });
      for (const length of [0, 15, 31]) {
        const ciphertext = parts.ciphertext.slice(0, length);
        const refused = await expectRejection(
          ["DecryptionFailed", "InvalidRequest", "LimitExceeded"],
          `a ciphertext of ${length} bytes`,
          () => port(context).decrypt({ key, algorithm, ...parts, ciphertext }),
        );
        expectThat(isKeyrailError(refused), "not a KeyrailError");
      }
    },
  };
}

/** The checks of `encrypt` and `decrypt`. */
export const CIPHER_CHECKS: readonly Check[] = USES.flatMap((use) => [
  roundTrip(use),
  fromOutside(use),
  freshIv(use),
  callersIv(use),
  ...(isGcm(use.algorithm) ? [additionalData(use), tampered(use), tagLength(use)] : [padding(use), wholeBlocks(use)]),
]);
