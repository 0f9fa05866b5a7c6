/** Sections 13.1 to 13.4 of the fact sheet, to the byte. */

import { createHash, createPrivateKey } from "node:crypto";
import { decodeBase64, decodeHex, encodeBase64, encodeHex, type Provider, PublicKey, type Signer } from "@keyrail/core";
import { loadEcies, loadSecretSharing, openPrivateKey, prepareEngines, sign, type SharingCurve } from "@keyrail/crypto";
import type { DfnsEmulator } from "@keyrail/emulator-dfns";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientDataOf, initBody } from "../src/client/user-action.ts";
import { openCredential } from "../src/credential/assertion-signer.ts";
import { encryptShares, SHARE_ECIES } from "../src/import/encrypt-shares.ts";
import { exportRecipient, openExport } from "../src/import/open-export.ts";
import { scalarOf } from "../src/import/private-scalar.ts";
import { rankSigners, type ShareSigner } from "../src/import/share-signers.ts";
import { type Curve, kindOf } from "../src/mapping.ts";
import { openOn, startEmulator } from "./support/opened.ts";

const H = (text: string): Buffer => createHash("sha256").update(text).digest();
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const ORDERS = {
  secp256k1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  ed25519: 2n ** 252n + 27742317777372353535851937790883648493n,
} as const;

/** H(text) modulo an order, 32 bytes big-endian. */
function scalar(text: string, order: bigint): Uint8Array {
  return decodeHex((BigInt(`0x${H(text).toString("hex")}`) % order).toString(16).padStart(64, "0"));
}

const SEED = decodeHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
const SECRET = decodeHex("6233d8f92a4c434c243418e45a4b671b8d685d86643f5b84c2cf9d34fc9c426a");

async function sheetSigners(): Promise<readonly ShareSigner[]> {
  const { secretSharing } = await loadSecretSharing();
  const signers = [1, 2, 3, 4, 5].map((j) => {
    const point = PublicKey.fromRaw(
      "secp256k1",
      secretSharing("secp256k1").publicKeyOf(scalar(`dk-${j}`, ORDERS.secp256k1)),
    );
    return {
      signerId: H(`signer-${j}`).toString("base64"),
      encryptionKey: encodeBase64(Buffer.concat([Uint8Array.of(1), point.toCompressed()])),
    };
  });
  return rankSigners({ clusters: [{ signers }] });
}

function fixedFor(curve: keyof typeof ORDERS) {
  return {
    coefficients: [scalar("a1", ORDERS[curve]), scalar("a2", ORDERS[curve])],
    // The ephemeral of signer j, in rank order.
    ephemeralPrivateKeys: [1, 5, 4, 2, 3].map((j) => scalar(`eph-${j}`, ORDERS.secp256k1)),
  };
}

describe("13.1 user action signing", () => {
  const challenge = "MmRkMDBiZDc3ZTAyMjJjZWQ4ODI2NjU0ODFhOWMxZDlmOTA3MzA5ZDE2ZTA1ZWQwMDdhMWVhNjM5Mjg0NzdhOQ";

  it("declares the exact body", () => {
    const payload = '{"scheme":"EdDSA","curve":"ed25519","name":"demo"}';
    expect(initBody({ method: "POST", path: "/keys", payload })).toBe(
      '{"userActionPayload":"{\\"scheme\\":\\"EdDSA\\",\\"curve\\":\\"ed25519\\",\\"name\\":\\"demo\\"}","userActionHttpMethod":"POST","userActionHttpPath":"/keys","userActionServerKind":"Api"}',
    );
  });

  it("signs the client data with Ed25519", async () => {
    const clientData = clientDataOf(challenge);
    expect(Buffer.from(clientData).toString("base64url")).toBe(
      "eyJ0eXBlIjoia2V5LmdldCIsImNoYWxsZW5nZSI6Ik1tUmtNREJpWkRjM1pUQXlNakpqWldRNE9ESTJOalUwT0RGaE9XTXhaRGxtT1RBM016QTVaREUyWlRBMVpXUXdNRGRoTVdWaE5qTTVNamcwTnpkaE9RIn0",
    );
    const der = Buffer.concat([decodeHex("302e020100300506032b657004220420"), SEED]);
    const privateKeyPem = createPrivateKey({ key: der, format: "der", type: "pkcs8" })
      .export({ format: "pem", type: "pkcs8" })
      .toString();
    const signature = await openCredential({ credId: "Y3I", privateKeyPem }).sign(clientData);
    expect(Buffer.from(signature).toString("base64url")).toBe(
      "I7Qsrgaz3yaSK62t8N0AEFFbzNv8-Z6Tk0tmR-qMwGxDnU09TpaVBa6kxaw2TcS-FqRRP5QnoGMX6YePVAScCg",
    );
  });

  it("signs it with P-256 in DER, by any Signer", async () => {
    await prepareEngines("P-256", { engine: "noble" });
    const key = openPrivateKey({ keyType: "P-256", format: "scalar", bytes: H("p256") }, { engine: "noble" });
    // RFC 6979, so that the published signature comes out; a signer as any provider has.
    const signer: Signer = {
      sign: async ({ key: _key, algorithm, ...request }) =>
        sign(key, {
          algorithm,
          lowS: false,
          ...("message" in request ? { message: request.message } : {}),
          ...("format" in request && request.format !== undefined ? { format: request.format } : {}),
        }),
    };
    const credential = openCredential({ credId: "Y3I", signer, key: "any", algorithm: "ES256" });
    const signature = await credential.sign(clientDataOf(challenge));
    expect(Buffer.from(signature).toString("base64url")).toBe(
      "MEUCIGC-vsiQ0p4UUwJUNmxqWYHdGnIOiEkxJMpBJm5BiKHUAiEAy8nndS2K5rRIq7TPX69Yz0T0kvMBwFOaDqIPi3EalXA",
    );
  });
});

const IMPORTS = [
  {
    curve: "secp256k1",
    publicKey: "02f920dd26d1486b2f409f9ce0a91ebbb1ffcf151736dee3874d8ed8710e614a1c",
    length: 1008,
    shares: [
      [
        "83ce0cb268b0e6b1d0e98a97ecb80298017221733a8a64bff6c0d8b542105d44",
        "a94c88212011175ab930f58999f1dae11bf38361fa4db30cedbfbbbe3fa4a6df",
      ],
      [
        "fddcc4ff55f66a228a32b3fbc4ddfd07242cc4fc95ef64547bc93d1dc5398e2c",
        "c162ea2c27fafadeb12291f50c001d465988b4daad3a6118711797e77295ef00",
      ],
      [
        "d06001dff21ccd9e500f950fe2bd566a3ae96b3bc725ba0692166be1b5e193e1",
        "66db337798163a1de388ee941140789fd78ff05c40c754759adb291037548ad1",
      ],
      [
        "fb57c3543d24112522802dd446560ec00056f1177d760611f97ac38de43eafa4",
        "85cd1cf220d57b06b3eae15abdfeb196d078a2bd21e24d81cd311cda9942b5fb",
      ],
      [
        "7ec4095c370c34b701847e48efa82609b9c679a90997a83af223e595801aa034",
        "12e9de1cb4f0dcd222aa60916d3cda957d0e7d288718e2f959f79c0c0e1c4c14",
      ],
    ],
    plaintext: "5fc4a4423955f3801e8826c2ba0cd74008672f1b2aea294b6540aa8a4630562a",
    tag: "a07d87b553f5d2f410b37c79d8633172",
  },
  {
    curve: "ed25519",
    publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    length: 666,
    shares: [
      [
        "018381494554c40b5075f28cfa949b768ab13893d2830c77d54fdafe4217ce00",
        "5d2542c2272682112c7a2a0db008f59b074fe41ff73a9b45297044343bbbe20f",
      ],
      [
        "0b923996329a477c09bf1bf0d2ba95e28812460338f195063083b6953b6135de",
        "1509e00090234d1beb9e720df5af46e8b16fa7d06b1848e1e6f9cf222a077a30",
      ],
      [
        "0e157676cec0aaf7cf9bfd04f099ef40b6ea57d752ac66e7cc606876449cbc3c",
        "d5bf94a01d87eb93c69fa4b3724060cc947f4a13ba12257f2cd491ff3533b1cb",
      ],
      [
        "090d37eb19c7ee7ea20c95c95432a79117396e101fb3821ca8e5f0a15dca611a",
        "33ffaa9d64565cba194e7f1c37521a208c93fb94f3f2025bbbd3e6ca7dcf7b23",
      ],
      [
        "0c797df313b012108110e63dfd84bed3bdde828c42fe837b1e26b230e3dff865",
        "b269199e5a01c657cda4a8b36f28708977dd6f8e8edd36d59b57deb0346797f4",
      ],
    ],
    plaintext: "4801fa566c402e7aa5ffc847decb3b6781081c56151b39d29feb687823c374ef",
    tag: "a382d8fc3818092fdf7a21c587f4b564",
  },
] as const satisfies readonly { readonly curve: Curve; readonly [member: string]: unknown }[];

describe("13.2 and 13.3 import", () => {
  it("ranks the signers by their decoded ids", async () => {
    const [first] = await sheetSigners();
    expect(first?.signerId).toBe("Cf9WimgXwpZhIVwwUvEp58HjBPr48F7rcuHZ4WD3qYY=");
    expect(encodeBase64(Buffer.concat([Uint8Array.of(1), first?.encryptionKey ?? new Uint8Array()]))).toBe(
      "AQIDwOUqkHJdCtspQ1uOHPpBaMK7eB2cKSloRwmY1vskFQ==",
    );
    const ids = (await sheetSigners()).map(({ signerId }) => signerId);
    expect(ids).toEqual([1, 5, 4, 2, 3].map((j) => H(`signer-${j}`).toString("base64")));
  });

  it.each(IMPORTS)("$curve: shares, ciphertexts, public key", async (vector) => {
    const { curve } = vector;
    const secret = curve === "secp256k1" ? SECRET : await scalarOf({ keyType: "Ed25519", format: "seed", bytes: SEED });
    if (curve === "ed25519") {
      expect(encodeHex(secret)).toBe("0fe94d9006f020a5a3c080d96827fffce8852346655006e96ae99be612ac2c7c");
    }
    const made = await encryptShares({ curve, scalar: secret }, await sheetSigners(), fixedFor(curve));
    const publicKey = PublicKey.fromRaw(curve === "secp256k1" ? "secp256k1" : "Ed25519", made.publicKey);
    expect(encodeHex(curve === "secp256k1" ? publicKey.toCompressed() : publicKey.toRaw())).toBe(vector.publicKey);
    const messages = made.shares.map(({ encryptedKeyShare }) => decodeBase64(encryptedKeyShare));
    expect(messages.map((message) => message.length)).toEqual(Array.from({ length: 5 }, () => vector.length));
    expect(messages.map(sha256)).toEqual(vector.shares.map(([, hash]) => hash));
    const { decrypt } = await loadEcies();
    const first = messages[0] ?? new Uint8Array();
    expect(encodeHex(first.subarray(-49, -33))).toBe(vector.tag);
    const plaintext = decrypt(scalar("dk-1", ORDERS.secp256k1), first, SHARE_ECIES);
    expect(sha256(plaintext)).toBe(vector.plaintext);
    const texts = [1, 5, 4, 2, 3].map((j, position) =>
      Buffer.from(decrypt(scalar(`dk-${j}`, ORDERS.secp256k1), messages[position] ?? first, SHARE_ECIES)).toString(),
    );
    expect(texts.map((text) => /"secret_share":\{"curve":"\w+","scalar":"([0-9a-f]{64})"\}/.exec(text)?.[1])).toEqual(
      vector.shares.map(([share]) => share),
    );
  });

  it.each([[[1, 2, 3]], [[2, 4, 5]], [[1, 3, 5]], [[3, 4, 5]], [[1, 2, 3, 4, 5]]])(
    "Lagrange over %j",
    async (indices) => {
      const sharing = (await loadSecretSharing()).secretSharing("secp256k1" satisfies SharingCurve);
      const shares = indices.map((index) => ({ index, scalar: decodeHex(IMPORTS[0].shares[index - 1]?.[0] ?? "") }));
      expect(sharing.combine(shares)).toEqual(SECRET);
      expect(sharing.combine(shares.slice(0, 2))).not.toEqual(SECRET);
    },
  );
});

describe("13.4 export", () => {
  it("makes the encryption key and opens the shares", async () => {
    const recipient = exportRecipient(scalar("export-dk", ORDERS.secp256k1));
    expect(recipient.encryptionKey).toBe("AQLkwXYcEVIpKFPcZbgEML72+afr0GhJq7sI/Q02APhS2A==");
    const { encrypt } = await loadEcies();
    const point = decodeBase64(recipient.encryptionKey).subarray(1);
    const shares = [1, 2, 3].map((index) => {
      const text = `{"version":1,"index":{"curve":"secp256k1","scalar":"${index.toString(16).padStart(64, "0")}"},"secret_share":{"curve":"secp256k1","scalar":"${IMPORTS[0].shares[index - 1]?.[0] ?? ""}"}}`;
      const ephemeralPrivateKey = scalar(`eph-${index}`, ORDERS.secp256k1);
      return encrypt(point, Buffer.from(text), { ...SHARE_ECIES, ephemeralPrivateKey });
    });
    expect(shares.map(sha256)).toEqual([
      "055afe31f1550e76e2a399f79260058da22af29dd71f7a12e6eb081235c52d62",
      "def3505d1b8543894afb752e1b7a67dd47284017561c386365bf3a658b427530",
      "f2f3511f3a1ece60de7fb43a5cadc844217fe2eb567e5be88d398587d4f30874",
    ]);
    expect(encodeBase64(shares[0] ?? new Uint8Array())).toBe(
      "nnDClJ4t56Lfi8BCzG3PQkpUWXQRFZm2GWTcrNs/2BCHOiyF7fTt8QzJRWe57cuPFJR8yQ07X2YQOCpDq4kMwLPTEHjDTiUCd+DPbYmQ+VKdAAgsMevcFALfdwnLqnpnSqEMz9RIxBBTqtYhrCK0L7lZfq4hpX/SeSHsOe1sJA9Gt3j1eiy+xMq8EAkeMzleR8c8eIiGhVSLSCDhrqGNIc1zeXLH7H+q/8uc1in/u6l3n06yrYWIQZ1Ma8pVU2c+x8wMp7EzloPJLn/kQr6UUkb/yRZCAZi7TwE1r6ymj8hnw/8wP63kP9wRpwuAuCGZW8GuHTiXJKQC46I83BC4jl4fMeB4PNxQTMNtRO9d/oDGgjRs9qFrLvg=",
    );
    const kind = kindOf("ECDSA", "secp256k1");
    if (kind === undefined) throw new Error("no such kind");
    const answer = {
      publicKey: IMPORTS[0].publicKey,
      protocol: "CGGMP21",
      curve: "secp256k1",
      minSigners: 3,
      encryptedKeyShares: shares.map((share, at) => ({ signerId: String(at), encryptedKeyShare: encodeBase64(share) })),
    };
    const expected = PublicKey.fromRaw("secp256k1", decodeHex(IMPORTS[0].publicKey));
    const opened = await openExport(answer, kind, expected, recipient.privateKey);
    expect(opened.scalar).toEqual(SECRET);
    // Two shares, one damaged share, a wrong public key: each discards everything.
    const two = { ...answer, minSigners: 2, encryptedKeyShares: answer.encryptedKeyShares.slice(0, 2) };
    await expect(openExport(two, kind, expected, recipient.privateKey)).rejects.toMatchObject({
      code: "UnexpectedResponse",
    });
    await expect(openExport({ ...answer, minSigners: 4 }, kind, expected, recipient.privateKey)).rejects.toMatchObject({
      code: "UnexpectedResponse",
    });
    const damaged = decodeBase64(answer.encryptedKeyShares[1]?.encryptedKeyShare ?? "");
    damaged[5] = (damaged[5] ?? 0) ^ 1;
    const bad = answer.encryptedKeyShares.with(1, { signerId: "1", encryptedKeyShare: encodeBase64(damaged) });
    await expect(
      openExport({ ...answer, encryptedKeyShares: bad }, kind, expected, recipient.privateKey),
    ).rejects.toMatchObject({ code: "UnexpectedResponse" });
  });
});

describe("13.5 HD", () => {
  let emulator: DfnsEmulator;
  let provider: Provider;

  beforeAll(async () => {
    emulator = await startEmulator();
    provider = await openOn(emulator);
  });
  afterAll(async () => {
    await provider.close();
    await emulator.close();
  });

  it("an imported Ed25519 master gives the child of the sheet", async () => {
    const bytes = new Uint8Array(64);
    bytes.set(decodeHex("09ba1ad29fabe87a0cf23fec142db2adfb8f9e7089928000dcba5714e08236ec").toReversed());
    const chainCode = decodeHex("64ae4b48b206ef11f75059af10d209546586baf8418222c6f4b989b75d008ddd");
    const master = await provider.keys.import({
      kind: "private",
      privateKey: { keyType: "Ed25519", format: "expanded", bytes, chainCode },
      hierarchical: "EDWARDS-HD",
      usages: ["sign", "derive"],
      label: "master",
    });
    expect(master.hierarchical).toEqual({ scheme: "EDWARDS-HD", master: true });
    const child = await provider.keys.derive({
      kind: "hd",
      key: master.uri,
      path: "m/0",
      usages: ["sign"],
      label: "child",
    });
    expect(child.hierarchical).toEqual({ scheme: "EDWARDS-HD", master: false, path: "m/0", parent: master.uri });
    expect(encodeHex((await provider.keys.getPublic(child.uri)).toRaw())).toBe(
      "4fefbecb1d4a584b289e457ffe868d87b27ab421f66e32a078616552a837c7e2",
    );
  });

  it("an imported BIP-32 master gives the child of the sheet", async () => {
    const master = await provider.keys.import({
      kind: "private",
      privateKey: {
        keyType: "secp256k1",
        format: "scalar",
        bytes: decodeHex("4b03d6fc340455b363f51020ad3ecca4f0850280cf436c70c727923f6db46c3e"),
        chainCode: decodeHex("60499f801b896d83179a4374aeb7822aaeaceaa0db1f85ee3e904c4defbd9689"),
      },
      hierarchical: "BIP32",
      usages: ["sign", "derive"],
      label: "bip32",
    });
    // The key is that of m in vector 2; the path of the sheet.
    const child = await provider.keys.derive({
      kind: "hd",
      key: master.uri,
      path: "m/44/1/0/0/0",
      usages: ["sign"],
      label: "",
    });
    expect(encodeHex((await provider.keys.getPublic(child.uri)).toCompressed())).toBe(
      "02fab5d9bc8c703da86cf15d6ae02d714995a964956506eb61070882cfcb00f337",
    );
  });
});
