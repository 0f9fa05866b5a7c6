import { createPublicKey, createPrivateKey } from "node:crypto";
import { factSheetSigners, startDfnsEmulator } from "@keyrail/emulator-dfns";
import { describe, expect, test } from "vitest";
import { checkAssertion } from "../src/auth/assertion.ts";
import { credentialFromPublicKey } from "../src/organisation/credential.ts";
import { deriveNode, parsePath } from "../src/hd/child-key.ts";
import { encryptText } from "../src/threshold/ecies.ts";
import { groups } from "../src/threshold/groups.ts";
import { writeExportShare } from "../src/threshold/share-document.ts";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { ApiClient } from "./support/api-client.ts";
import {
  type Curve,
  H,
  encryptFor,
  encryptionKeyOf,
  hex64,
  integer,
  interpolate,
  openExport,
  orders,
  publicKeyHex,
  ranked,
  sha256Hex,
  shareTexts,
  signersOf,
  split,
  supportedSchemes,
} from "./support/share-client.ts";

const n = orders.secp256k1;
/** j of the signers in the order of their ids (section 13.2). */
const order = [1, 5, 4, 2, 3];

describe("13.1 user action signing", () => {
  const seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
  const challenge = "MmRkMDBiZDc3ZTAyMjJjZWQ4ODI2NjU0ODFhOWMxZDlmOTA3MzA5ZDE2ZTA1ZWQwMDdhMWVhNjM5Mjg0NzdhOQ";
  const clientData =
    "eyJ0eXBlIjoia2V5LmdldCIsImNoYWxsZW5nZSI6Ik1tUmtNREJpWkRjM1pUQXlNakpqWldRNE9ESTJOalUwT0RGaE9XTXhaRGxtT1RBM016QTVaREUyWlRBMVpXUXdNRGRoTVdWaE5qTTVNamcwTnpkaE9RIn0";
  const ed25519 = credentialFromPublicKey(
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n",
  );

  test("the SPKI is the seed's and the challenge is the base64url of the hex of H(challenge)", () => {
    const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.from(seed, "hex")]);
    const publicKey = createPublicKey(createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" }));
    expect(publicKey.equals(ed25519.publicKey)).toBe(true);
    expect(Buffer.from(H("challenge").toString("hex")).toString("base64url")).toBe(challenge);
    expect(Buffer.from(JSON.stringify({ type: "key.get", challenge })).toString("base64url")).toBe(clientData);
  });

  test.for([
    ["Ed25519", clientData, "I7Qsrgaz3yaSK62t8N0AEFFbzNv8-Z6Tk0tmR-qMwGxDnU09TpaVBa6kxaw2TcS-FqRRP5QnoGMX6YePVAScCg"],
    [
      "Ed25519 with origin",
      Buffer.from(
        JSON.stringify({ type: "key.get", challenge, origin: "https://app.example.com", crossOrigin: false }),
      ).toString("base64url"),
      "xZLdQqvwekd6Idn55vwgqB24_fO8vBae2T8fJ3uYpK4A-InQtgZ5diSCbmC4vYtIwF3VmfMOoJXLXjy7y4pqDA",
    ],
  ] as const)("%s signature is accepted, for this challenge only", ([, data, signature]) => {
    expect(() => checkAssertion(ed25519, challenge, { clientData: data, signature })).not.toThrow();
    expect(() => checkAssertion(ed25519, `${challenge}A`, { clientData: data, signature })).toThrow(/not valid/);
  });

  test("P-256 signature with a high S is accepted", async () => {
    const { p256 } = await import("@noble/curves/nist.js");
    const point = p256.getPublicKey(H("p256"), false);
    const spki = Buffer.concat([Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex"), point]);
    const pem = `-----BEGIN PUBLIC KEY-----\n${spki.toString("base64")}\n-----END PUBLIC KEY-----\n`;
    const der = "MEUCIGC-vsiQ0p4UUwJUNmxqWYHdGnIOiEkxJMpBJm5BiKHUAiEAy8nndS2K5rRIq7TPX69Yz0T0kvMBwFOaDqIPi3EalXA";
    expect(() => checkAssertion(credentialFromPublicKey(pem), challenge, { clientData, signature: der })).not.toThrow();
  });
});

interface ImportVector {
  readonly curve: Curve;
  readonly protocol: string;
  readonly secret: bigint;
  readonly publicKey: string;
  readonly shares: readonly string[];
  readonly digests: readonly string[];
  readonly firstPlaintext: string;
  readonly firstTag: string;
  readonly bytes: number;
}

const vectors: readonly ImportVector[] = [
  {
    curve: "secp256k1",
    protocol: "CGGMP24",
    secret: 0x6233d8f92a4c434c243418e45a4b671b8d685d86643f5b84c2cf9d34fc9c426an,
    publicKey: "02f920dd26d1486b2f409f9ce0a91ebbb1ffcf151736dee3874d8ed8710e614a1c",
    shares: [
      "83ce0cb268b0e6b1d0e98a97ecb80298017221733a8a64bff6c0d8b542105d44",
      "fddcc4ff55f66a228a32b3fbc4ddfd07242cc4fc95ef64547bc93d1dc5398e2c",
      "d06001dff21ccd9e500f950fe2bd566a3ae96b3bc725ba0692166be1b5e193e1",
      "fb57c3543d24112522802dd446560ec00056f1177d760611f97ac38de43eafa4",
      "7ec4095c370c34b701847e48efa82609b9c679a90997a83af223e595801aa034",
    ],
    digests: [
      "a94c88212011175ab930f58999f1dae11bf38361fa4db30cedbfbbbe3fa4a6df",
      "c162ea2c27fafadeb12291f50c001d465988b4daad3a6118711797e77295ef00",
      "66db337798163a1de388ee941140789fd78ff05c40c754759adb291037548ad1",
      "85cd1cf220d57b06b3eae15abdfeb196d078a2bd21e24d81cd311cda9942b5fb",
      "12e9de1cb4f0dcd222aa60916d3cda957d0e7d288718e2f959f79c0c0e1c4c14",
    ],
    firstPlaintext: "5fc4a4423955f3801e8826c2ba0cd74008672f1b2aea294b6540aa8a4630562a",
    firstTag: "a07d87b553f5d2f410b37c79d8633172",
    bytes: 1008,
  },
  {
    curve: "ed25519",
    protocol: "FROST",
    secret: 0x0fe94d9006f020a5a3c080d96827fffce8852346655006e96ae99be612ac2c7cn,
    publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    shares: [
      "018381494554c40b5075f28cfa949b768ab13893d2830c77d54fdafe4217ce00",
      "0b923996329a477c09bf1bf0d2ba95e28812460338f195063083b6953b6135de",
      "0e157676cec0aaf7cf9bfd04f099ef40b6ea57d752ac66e7cc606876449cbc3c",
      "090d37eb19c7ee7ea20c95c95432a79117396e101fb3821ca8e5f0a15dca611a",
      "0c797df313b012108110e63dfd84bed3bdde828c42fe837b1e26b230e3dff865",
    ],
    digests: [
      "5d2542c2272682112c7a2a0db008f59b074fe41ff73a9b45297044343bbbe20f",
      "1509e00090234d1beb9e720df5af46e8b16fa7d06b1848e1e6f9cf222a077a30",
      "d5bf94a01d87eb93c69fa4b3724060cc947f4a13ba12257f2cd491ff3533b1cb",
      "33ffaa9d64565cba194e7f1c37521a208c93fb94f3f2025bbbd3e6ca7dcf7b23",
      "b269199e5a01c657cda4a8b36f28708977dd6f8e8edd36d59b57deb0346797f4",
    ],
    firstPlaintext: "4801fa566c402e7aa5ffc847decb3b6781081c56151b39d29feb687823c374ef",
    firstTag: "a382d8fc3818092fdf7a21c587f4b564",
    bytes: 666,
  },
];

describe.for(vectors)("13.2 and 13.3 import of $curve", (vector) => {
  const { curve } = vector;
  const shares = split(curve, vector.secret, [integer(H("a1")) % orders[curve], integer(H("a2")) % orders[curve]]);
  const texts = shareTexts(curve, shares);

  test("the emulator takes exactly the published shares and keeps what they mean", async () => {
    await using emulator = await startDfnsEmulator({ signers: factSheetSigners() });
    const client = new ApiClient(emulator);
    const signers = ranked(signersOf((await client.get("/signers")).body));
    expect(signers.map(({ signerId }) => signerId)).toEqual(order.map((j) => H(`signer-${j}`).toString("base64")));
    expect(signers[0]).toEqual({
      signerId: "Cf9WimgXwpZhIVwwUvEp58HjBPr48F7rcuHZ4WD3qYY=",
      encryptionKey: "AQIDwOUqkHJdCtspQ1uOHPpBaMK7eB2cKSloRwmY1vskFQ==",
    });
    expect(shares.map(hex64)).toEqual(vector.shares);
    const messages = signers.map(({ encryptionKey }, at) =>
      encryptFor(encryptionKey, texts[at] ?? "", integer(H(`eph-${order[at] ?? 0}`)) % n),
    );
    expect(messages.map((message) => message.length)).toEqual(Array(5).fill(vector.bytes));
    expect(messages.map(sha256Hex)).toEqual(vector.digests);
    expect(messages[0]?.subarray(-49, -33).toString("hex")).toBe(vector.firstTag);
    expect(sha256Hex(Buffer.from(texts[0] ?? ""))).toBe(vector.firstPlaintext);

    const key = await client.must("POST", "/keys/import", {
      curve,
      protocol: vector.protocol,
      minSigners: 3,
      encryptedKeyShares: signers.map(({ signerId }, at) => ({
        signerId,
        encryptedKeyShare: messages[at]?.toString("base64"),
      })),
    });
    expect(key).toMatchObject({ curve, publicKey: vector.publicKey, imported: true, status: "Active" });

    const decryptionKey = integer(H("export-dk")) % n;
    const exported = await client.must("POST", `/keys/${String(key["id"])}/export`, {
      encryptionKey: encryptionKeyOf(decryptionKey),
      supportedSchemes,
    });
    expect(exported).toMatchObject({ curve, protocol: vector.protocol, publicKey: vector.publicKey, minSigners: 3 });
    const opened = openExport(curve, exported, decryptionKey);
    expect(opened.scalar).toBe(vector.secret);
    expect(opened.texts).toEqual(
      vector.shares.map(
        (scalar, at) =>
          `{"version":1,"index":{"curve":"${curve}","scalar":"${hex64(BigInt(at + 1))}"},"secret_share":{"curve":"${curve}","scalar":"${scalar}"}}`,
      ),
    );
    client.close();
  });

  test("any three shares give the secret, two do not", () => {
    const point = (index: number): readonly [bigint, bigint] => [BigInt(index), shares[index - 1] ?? 0n];
    for (const indices of [
      [1, 2, 3],
      [2, 4, 5],
      [1, 3, 5],
      [3, 4, 5],
      [1, 2, 3, 4, 5],
    ]) {
      expect(interpolate(curve, indices.map(point))).toBe(vector.secret);
    }
    expect(interpolate(curve, [1, 2].map(point))).not.toBe(vector.secret);
    expect(publicKeyHex(curve, vector.secret)).toBe(vector.publicKey);
  });
});

test("13.4 export shares, byte for byte with the published ephemerals", () => {
  const recipient = encryptionKeyOf(integer(H("export-dk")) % n);
  expect(recipient).toBe("AQLkwXYcEVIpKFPcZbgEML72+afr0GhJq7sI/Q02APhS2A==");
  const encrypted = [1, 2, 3].map((index) => {
    const share = { index, scalar: BigInt(`0x${vectors[0]?.shares[index - 1] ?? "0"}`) };
    return encryptText(recipient, writeExportShare("secp256k1", share, undefined), integer(H(`eph-${index}`)) % n);
  });
  expect(encrypted.map((text) => sha256Hex(Buffer.from(text, "base64")))).toEqual([
    "055afe31f1550e76e2a399f79260058da22af29dd71f7a12e6eb081235c52d62",
    "def3505d1b8543894afb752e1b7a67dd47284017561c386365bf3a658b427530",
    "f2f3511f3a1ece60de7fb43a5cadc844217fe2eb567e5be88d398587d4f30874",
  ]);
  expect(Buffer.from(encrypted[0] ?? "", "base64")).toHaveLength(281);
  expect(encrypted[0]).toBe(
    "nnDClJ4t56Lfi8BCzG3PQkpUWXQRFZm2GWTcrNs/2BCHOiyF7fTt8QzJRWe57cuPFJR8yQ07X2YQOCpDq4kMwLPTEHjDTiUCd+DPbYmQ+VKdAAgsMevcFALfdwnLqnpnSqEMz9RIxBBTqtYhrCK0L7lZfq4hpX/SeSHsOe1sJA9Gt3j1eiy+xMq8EAkeMzleR8c8eIiGhVSLSCDhrqGNIc1zeXLH7H+q/8uc1in/u6l3n06yrYWIQZ1Ma8pVU2c+x8wMp7EzloPJLn/kQr6UUkb/yRZCAZi7TwE1r6ymj8hnw/8wP63kP9wRpwuAuCGZW8GuHTiXJKQC46I83BC4jl4fMeB4PNxQTMNtRO9d/oDGgjRs9qFrLvg=",
  );
});

describe("13.5 HD", () => {
  test("ed25519, m/0", () => {
    const master = {
      scalar: 0x09ba1ad29fabe87a0cf23fec142db2adfb8f9e7089928000dcba5714e08236ecn,
      chainCode: Buffer.from("64ae4b48b206ef11f75059af10d209546586baf8418222c6f4b989b75d008ddd", "hex"),
    };
    const child = deriveNode("ed25519", master, parsePath("m/0") ?? []);
    expect(hex64(child.scalar)).toBe("0542fcce4962a2e1785bc9d183e6d80f754d7ad70251b7d9239b434bc6b117d4");
    expect(Buffer.from(groups.ed25519.publicKey(child.scalar)).toString("hex")).toBe(
      "4fefbecb1d4a584b289e457ffe868d87b27ab421f66e32a078616552a837c7e2",
    );
  });

  test("secp256k1, m/44/1/0/0/0 (BIP-32 vector 2), through the API", async () => {
    const secret = 0x4b03d6fc340455b363f51020ad3ecca4f0850280cf436c70c727923f6db46c3en;
    const chainCode = "60499f801b896d83179a4374aeb7822aaeaceaa0db1f85ee3e904c4defbd9689";
    await using emulator = await startDfnsEmulator();
    const client = new ApiClient(emulator);
    const signers = signersOf((await client.get("/signers")).body);
    const { importBody } = await import("./support/share-client.ts");
    const master = await client.must(
      "POST",
      "/keys/import",
      importBody("secp256k1", "CGGMP24", secret, signers, chainCode),
    );
    const child = await client.createKey({
      scheme: "ECDSA",
      curve: "secp256k1",
      deriveFrom: { keyId: master["id"], path: "m/44/1/0/0/0" },
    });
    expect(child.publicKey).toBe("02fab5d9bc8c703da86cf15d6ae02d714995a964956506eb61070882cfcb00f337");
    expect(child.derivedFrom).toEqual({ keyId: master["id"], path: "m/44/1/0/0/0" });
    client.close();
  });
});

test("the emulator's stark parameters are Starknet's: generator on the curve, of the sheet's order", () => {
  expect(groups.stark.order).toBe(0x0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2fn);
  expect(Buffer.from(groups.stark.publicKey(1n)).toString("hex")).toBe(publicKeyHex("stark", 1n));
  expect(
    Buffer.from(groups.stark.publicKey(groups.stark.order - 1n))
      .toString("hex")
      .slice(2),
  ).toBe(publicKeyHex("stark", 1n).slice(2));
  expect(secp256k1.Point.Fn.ORDER).toBe(n);
});
