import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { concatenate, fromHex, fromInteger, sha256, toHex, toInteger } from "../../test/support/bytes.ts";
import { loadEcies, loadSecretSharing, type SecretShare, type SharingCurve } from "../index.ts";

const ecies = await loadEcies();
const { ed25519ScalarFromSeed, secretSharing } = await loadSecretSharing();
const secp256k1 = secretSharing("secp256k1");

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const parameters = { salt: utf8("DFNS_KEY_IMPORT"), info: utf8("ENCRYPTION_KEY") };
const scalarOf = (text: string, order: bigint = ORDER): Uint8Array => fromInteger(toInteger(sha256(text)) % order);
const refusal = (code: string): unknown => expect.objectContaining({ code });

const privateKeys = fc.bigInt({ min: 1n, max: ORDER - 1n }).map(fromInteger);

describe("ECIES: properties", () => {
  it("opens what it sealed, for either form of the recipient", () => {
    fc.assert(
      fc.property(
        privateKeys,
        fc.uint8Array({ maxLength: 300 }),
        fc.uint8Array(),
        fc.uint8Array(),
        (key, text, salt, info) => {
          const recipient = secp256k1.publicKeyOf(key);
          const compressed = concatenate(Uint8Array.of(2 + ((recipient[64] ?? 0) & 1)), recipient.subarray(1, 33));
          for (const form of [recipient, compressed]) {
            const message = ecies.encrypt(form, text, { salt, info });
            expect(message).toHaveLength(text.length + ecies.ECIES_OVERHEAD_BYTES);
            expect(ecies.decrypt(key, message, { salt, info })).toEqual(text);
          }
        },
      ),
      { seed: 20260104, numRuns: 20 },
    );
  });

  it("uses a new ephemeral key each time", () => {
    const recipient = secp256k1.publicKeyOf(scalarOf("recipient"));
    const messages = Array.from({ length: 10 }, () => ecies.encrypt(recipient, utf8("same"), parameters));
    expect(new Set(messages.map((message) => toHex(message.subarray(-33)))).size).toBe(10);
  });

  it("refuses every flipped byte, another key, another salt, another info and a cut message, with one text", () => {
    const key = scalarOf("recipient");
    const message = ecies.encrypt(secp256k1.publicKeyOf(key), utf8("secret text"), parameters);
    const texts = new Set<string>();
    const refuse = (attempt: () => unknown): void => {
      try {
        attempt();
      } catch (error) {
        expect(error).toEqual(refusal("DecryptionFailed"));
        texts.add(JSON.stringify(error));
        return;
      }
      throw new Error("was opened");
    };
    for (let position = 0; position < message.length; position++) {
      const flipped = Uint8Array.from(message);
      flipped[position] = (flipped[position] ?? 0) ^ 0x01;
      refuse(() => ecies.decrypt(key, flipped, parameters));
    }
    refuse(() => ecies.decrypt(scalarOf("other"), message, parameters));
    refuse(() => ecies.decrypt(key, message, { ...parameters, salt: utf8("other") }));
    refuse(() => ecies.decrypt(key, message, { ...parameters, info: utf8("other") }));
    for (const length of [0, 1, 48, 49, message.length - 1])
      refuse(() => ecies.decrypt(key, message.subarray(0, length), parameters));
    expect(texts.size).toBe(1);
  });

  it("refuses keys that are none", () => {
    const recipient = secp256k1.publicKeyOf(scalarOf("recipient"));
    for (const bad of [new Uint8Array(33), recipient.subarray(0, 64), Uint8Array.of(0), new Uint8Array()]) {
      expect(() => ecies.encrypt(bad, utf8("x"), parameters)).toThrow(refusal("InvalidKeyMaterial"));
    }
    for (const bad of [new Uint8Array(32), fromInteger(ORDER), new Uint8Array(31)]) {
      expect(() => ecies.decrypt(bad, new Uint8Array(80), parameters)).toThrow(refusal("InvalidKeyMaterial"));
      expect(() => ecies.encrypt(recipient, utf8("x"), { ...parameters, ephemeralPrivateKey: bad })).toThrow(
        refusal("InvalidKeyMaterial"),
      );
    }
  });
});

// The import and export flows of dfns.md, section 13, with the share texts and the order of signers written out here.

/** Signers 1..5 as numbered, in the order of the bytes of their ids. */
const SIGNERS = [1, 2, 3, 4, 5].toSorted((a, b) => Buffer.compare(sha256(`signer-${a}`), sha256(`signer-${b}`)));

function importShares(
  curve: SharingCurve,
  name: string,
  secret: Uint8Array,
  order: bigint,
): { texts: Uint8Array[]; messages: Uint8Array[] } {
  const coefficients = [scalarOf("a1", order), scalarOf("a2", order)];
  const split = secretSharing(curve).split(secret, { threshold: 3, shares: 5, coefficients });
  const points = split.publicShares.map((share) => `{"curve":"${name}","point":"${toHex(share.point)}"}`).join(",");
  const texts = split.shares.map((share: SecretShare) =>
    utf8(
      `{"version":1,"secret_share":{"curve":"${name}","scalar":"${toHex(share.scalar)}"},"public_shares":[${points}]}`,
    ),
  );
  const messages = texts.map((text, i) =>
    ecies.encrypt(secp256k1.publicKeyOf(scalarOf(`dk-${SIGNERS[i]}`)), text, {
      ...parameters,
      ephemeralPrivateKey: scalarOf(`eph-${SIGNERS[i]}`),
    }),
  );
  return { texts, messages };
}

describe("ECIES: published import and export shares", () => {
  it("reproduces the five encrypted shares of a secp256k1 import", () => {
    expect(SIGNERS).toEqual([1, 5, 4, 2, 3]);
    const secret = fromHex("6233d8f92a4c434c243418e45a4b671b8d685d86643f5b84c2cf9d34fc9c426a");
    const { texts, messages } = importShares("secp256k1", "secp256k1", secret, ORDER);
    expect(toHex(sha256(texts[0] ?? ""))).toBe("5fc4a4423955f3801e8826c2ba0cd74008672f1b2aea294b6540aa8a4630562a");
    expect(messages.map((message) => message.length)).toEqual([1008, 1008, 1008, 1008, 1008]);
    expect(messages.map((message) => toHex(sha256(message)))).toEqual([
      "a94c88212011175ab930f58999f1dae11bf38361fa4db30cedbfbbbe3fa4a6df",
      "c162ea2c27fafadeb12291f50c001d465988b4daad3a6118711797e77295ef00",
      "66db337798163a1de388ee941140789fd78ff05c40c754759adb291037548ad1",
      "85cd1cf220d57b06b3eae15abdfeb196d078a2bd21e24d81cd311cda9942b5fb",
      "12e9de1cb4f0dcd222aa60916d3cda957d0e7d288718e2f959f79c0c0e1c4c14",
    ]);
    const first = messages[0] ?? new Uint8Array();
    expect(toHex(first.subarray(-49, -33))).toBe("a07d87b553f5d2f410b37c79d8633172");
    expect(toHex(first.subarray(-33))).toBe("02e3a23cdc10b88e5e1f31e0783cdc504cc36d44ef5dfe80c682346cf6a16b2ef8");
    expect(ecies.decrypt(scalarOf("dk-1"), first, parameters)).toEqual(texts[0]);
  });

  it("reproduces the five encrypted shares of an Ed25519 import", () => {
    const secret = ed25519ScalarFromSeed(fromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
    const { texts, messages } = importShares("Ed25519", "ed25519", secret, ED25519_ORDER);
    expect(toHex(sha256(texts[0] ?? ""))).toBe("4801fa566c402e7aa5ffc847decb3b6781081c56151b39d29feb687823c374ef");
    expect(messages.map((message) => message.length)).toEqual([666, 666, 666, 666, 666]);
    expect(messages.map((message) => toHex(sha256(message)))).toEqual([
      "5d2542c2272682112c7a2a0db008f59b074fe41ff73a9b45297044343bbbe20f",
      "1509e00090234d1beb9e720df5af46e8b16fa7d06b1848e1e6f9cf222a077a30",
      "d5bf94a01d87eb93c69fa4b3724060cc947f4a13ba12257f2cd491ff3533b1cb",
      "33ffaa9d64565cba194e7f1c37521a208c93fb94f3f2025bbbd3e6ca7dcf7b23",
      "b269199e5a01c657cda4a8b36f28708977dd6f8e8edd36d59b57deb0346797f4",
    ]);
    expect(toHex((messages[0] ?? new Uint8Array()).subarray(-49, -33))).toBe("a382d8fc3818092fdf7a21c587f4b564");
  });

  it("reproduces the encrypted shares of a secp256k1 export and opens them to the secret", () => {
    const decryptionKey = scalarOf("export-dk");
    const recipient = secp256k1.publicKeyOf(decryptionKey);
    const secret = fromHex("6233d8f92a4c434c243418e45a4b671b8d685d86643f5b84c2cf9d34fc9c426a");
    const split = secp256k1.split(secret, { threshold: 3, shares: 5, coefficients: [scalarOf("a1"), scalarOf("a2")] });
    const messages = split.shares.slice(0, 3).map(({ index, scalar }) => {
      const text = `{"version":1,"index":{"curve":"secp256k1","scalar":"${toHex(fromInteger(BigInt(index)))}"},"secret_share":{"curve":"secp256k1","scalar":"${toHex(scalar)}"}}`;
      return ecies.encrypt(recipient, utf8(text), { ...parameters, ephemeralPrivateKey: scalarOf(`eph-${index}`) });
    });
    expect(messages.map((message) => toHex(sha256(message)))).toEqual([
      "055afe31f1550e76e2a399f79260058da22af29dd71f7a12e6eb081235c52d62",
      "def3505d1b8543894afb752e1b7a67dd47284017561c386365bf3a658b427530",
      "f2f3511f3a1ece60de7fb43a5cadc844217fe2eb567e5be88d398587d4f30874",
    ]);
    expect(Buffer.from(messages[0] ?? "").toString("base64")).toBe(
      "nnDClJ4t56Lfi8BCzG3PQkpUWXQRFZm2GWTcrNs/2BCHOiyF7fTt8QzJRWe57cuPFJR8yQ07X2YQOCpDq4kMwLPTEHjDTiUCd+DPbYmQ+VKdAAgsMevcFALfdwnLqnpnSqEMz9RIxBBTqtYhrCK0L7lZfq4hpX/SeSHsOe1sJA9Gt3j1eiy+xMq8EAkeMzleR8c8eIiGhVSLSCDhrqGNIc1zeXLH7H+q/8uc1in/u6l3n06yrYWIQZ1Ma8pVU2c+x8wMp7EzloPJLn/kQr6UUkb/yRZCAZi7TwE1r6ymj8hnw/8wP63kP9wRpwuAuCGZW8GuHTiXJKQC46I83BC4jl4fMeB4PNxQTMNtRO9d/oDGgjRs9qFrLvg=",
    );
    const opened = messages.map((message) =>
      Buffer.from(ecies.decrypt(decryptionKey, message, parameters)).toString("utf8"),
    );
    expect(opened[2]).toContain(`"scalar":"${toHex(split.shares[2]?.scalar ?? new Uint8Array())}"`);
  });
});
