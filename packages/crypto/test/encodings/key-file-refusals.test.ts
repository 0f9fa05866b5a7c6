/** Files that are damaged, contradict themselves, or are not what was asked for: one clear sentence each. */

import {
  NAMED_CURVE_OIDS,
  PublicKey,
  WEIERSTRASS_CURVES,
  decodeHex,
  derBitString,
  derContext,
  derElement,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derSmallInteger,
  encodePem,
  keyAlgorithmIdentifier,
  type PrivateKeyMaterial,
} from "@keyrail/core";
import { describe, expect, it } from "vitest";
import {
  PEM_LABELS,
  encryptPkcs8,
  readKeyFile,
  writeKeyFile,
  writePkcs8,
  writePrivateJwk,
  writeSec1,
} from "../../src/index.ts";
import { refusal, refusalReason } from "./errors.ts";
import {
  PASSWORD,
  generateKeyPair,
  pkcs8Of,
  readPrivate,
  spkiOf,
  textBytes,
  type NodeKeyType,
} from "./generated-keys.ts";

async function keyPair(keyType: NodeKeyType): Promise<{ material: PrivateKeyMaterial; publicKey: PublicKey }> {
  const pair = generateKeyPair(keyType);
  const { material } = await readPrivate(new Uint8Array(pkcs8Of(pair.privateKey)));
  return { material, publicKey: PublicKey.fromSpki(spkiOf(pair.publicKey)) };
}

const [p256, other, ed25519, otherEd25519] = await Promise.all([
  keyPair("P-256"),
  keyPair("P-256"),
  keyPair("Ed25519"),
  keyPair("Ed25519"),
]);
const read = (file: Uint8Array | string, options = {}): Promise<unknown> =>
  readKeyFile(typeof file === "string" ? textBytes(file) : file, options);

describe("a public half that does not belong to the private half", () => {
  it.each([
    ["SEC 1", () => writeSec1(p256.material, other.publicKey)],
    ["PKCS#8", () => writePkcs8(p256.material, other.publicKey)],
    ["EC JWK", () => JSON.stringify(writePrivateJwk(p256.material, other.publicKey))],
    ["OKP JWK", () => JSON.stringify(writePrivateJwk(ed25519.material, otherEd25519.publicKey))],
    [
      "a PUBLIC KEY block beside",
      () => encodePem(PEM_LABELS.pkcs8, writePkcs8(p256.material)) + other.publicKey.toPem(),
    ],
    [
      "a PUBLIC KEY block beside a file with another",
      () => encodePem(PEM_LABELS.pkcs8, writePkcs8(p256.material, p256.publicKey)) + other.publicKey.toPem(),
    ],
    ["Solana id.json", () => JSON.stringify([...ed25519.material.bytes, ...otherEd25519.publicKey.toRaw()])],
    [
      "PKCS#8 version 2",
      () =>
        derSequence(
          derSmallInteger(1),
          keyAlgorithmIdentifier("Ed25519"),
          derOctetString(derOctetString(ed25519.material.bytes)),
          derElement(0x81, Uint8Array.of(0), otherEd25519.publicKey.toRaw()),
        ),
    ],
    [
      "the right PUBLIC KEY block beside a file with a wrong one",
      () => encodePem(PEM_LABELS.pkcs8, writePkcs8(p256.material, other.publicKey)) + p256.publicKey.toPem(),
    ],
  ])("%s", async (_, file) => {
    expect(await refusalReason(read(file()))).toBe("public key does not belong");
  });

  it("is accepted when it does belong, in any of the places", async () => {
    const pem = encodePem(PEM_LABELS.pkcs8, writePkcs8(p256.material)) + p256.publicKey.toPem();
    expect((await readPrivate(pem)).publicKey?.equals(p256.publicKey)).toBe(true);
    const solana = await writeKeyFile(ed25519.material, ed25519.publicKey, { format: "solana" });
    expect((await readPrivate(solana)).publicKey?.equals(ed25519.publicKey)).toBe(true);
  });
});

describe("private scalars out of range", () => {
  it.each(["P-256", "P-384", "P-521", "secp256k1"] as const)(
    "%s: 0 and n are refused, 1 and n - 1 are keys",
    async (keyType) => {
      const { n, coordinateBytes } = WEIERSTRASS_CURVES[keyType];
      const scalar = (value: bigint): Uint8Array => decodeHex(value.toString(16).padStart(2 * coordinateBytes, "0"));
      for (const bytes of [scalar(0n), scalar(n), scalar(n + 1n), new Uint8Array(coordinateBytes).fill(255)]) {
        const material: PrivateKeyMaterial = { keyType, format: "scalar", bytes };
        expect(await refusalReason(read(writePkcs8(material)))).toBe("scalar out of range");
        expect(await refusalReason(read(writeSec1(material)))).toBe("scalar out of range");
        expect(await refusalReason(read(bytes, { keyType, format: "raw" }))).toBe("scalar out of range");
      }
      for (const bytes of [scalar(1n), scalar(n - 1n)]) {
        expect((await readPrivate(bytes, { keyType, format: "raw" })).material.bytes).toEqual(bytes);
      }
    },
  );

  it("one written short by an old tool is padded, one too long is refused", async () => {
    const short = { keyType: "P-256", format: "scalar", bytes: Uint8Array.of(1, 2) } as const;
    const { material } = await readPrivate(writeSec1(short));
    expect(material.bytes).toEqual(Uint8Array.of(...new Uint8Array(30), 1, 2));
    expect(await refusalReason(read(writeSec1({ ...short, bytes: new Uint8Array(33).fill(1) })))).toBe("wrong length");
  });
});

describe("SEC 1 curves", () => {
  const withoutCurve = derSequence(derSmallInteger(1), derOctetString(p256.material.bytes));
  const preamble = (keyType: keyof typeof NAMED_CURVE_OIDS): string =>
    encodePem("EC PARAMETERS", derObjectIdentifier(NAMED_CURVE_OIDS[keyType]));

  it("come from the file, the EC PARAMETERS block or the caller", async () => {
    expect((await readPrivate(withoutCurve, { keyType: "P-256" })).material).toEqual(p256.material);
    const pem = preamble("P-256") + encodePem(PEM_LABELS.sec1, withoutCurve);
    expect((await readPrivate(pem)).material).toEqual(p256.material);
    const bare = encodePem(PEM_LABELS.sec1, withoutCurve);
    expect((await readPrivate(bare, { keyType: "P-256" })).material).toEqual(p256.material);
  });

  it("must be there and agree", async () => {
    expect(await refusalReason(read(withoutCurve))).toBe("no curve");
    const pem = preamble("secp256k1") + encodePem(PEM_LABELS.sec1, writeSec1(p256.material));
    expect(await refusalReason(read(pem))).toBe("contradicting curves");
    expect(await refusalReason(read(writeSec1(p256.material), { keyType: "P-384" }))).toBe("wrong type");
  });
});

describe("what was asked for", () => {
  it("another key type is named", async () => {
    const error = await refusal(read(writePkcs8(p256.material), { keyType: "secp256k1" }));
    expect(error.message).toBe("The file holds a P-256 key, not a secp256k1 key.");
    expect(await refusalReason(read(p256.publicKey.toPem(), { keyType: "Ed25519" }))).toBe("wrong type");
    expect(await refusalReason(read('{"kty":"oct","alg":"HS256","k":"AAAA"}', { keyType: "AES-128" }))).toBe(
      "wrong type",
    );
    expect(await refusalReason(read('{"kty":"oct","k":"AAAA"}', { keyType: "P-256" }))).toBe("wrong type");
  });

  it("another format is refused", async () => {
    expect(await refusalReason(read(writePkcs8(p256.material), { format: "spki" }))).toBe("wrong format");
    expect(await refusalReason(read(writePkcs8(p256.material), { format: "jwk" }))).toBe("not JSON");
    expect(await refusalReason(read(writePkcs8(p256.material), { format: "pem" }))).toBe("no block");
    expect(await refusalReason(read("{}", { format: "solana" }))).toBe("not 64 numbers");
    expect(await refusalReason(read("zz", { format: "hex", keyType: "P-256" }))).toBe("not hexadecimal");
  });

  it("hexadecimal and raw need the key type", async () => {
    expect((await refusal(read("00".repeat(32)))).message).toBe(
      "A hexadecimal key does not say its type; give the key type.",
    );
    expect((await refusal(read(new Uint8Array(32), { format: "raw" }))).code).toBe("InvalidRequest");
    expect(await refusalReason(read(new Uint8Array(64).fill(1), { keyType: "Ed25519" }))).toBe("ambiguous length");
    expect(await refusalReason(read(new Uint8Array(15), { keyType: "AES-128", format: "raw" }))).toBe("wrong length");
    expect(await refusalReason(read(new Uint8Array(0), { keyType: "HMAC-SHA-256", format: "raw" }))).toBe(
      "wrong length",
    );
  });

  it("raw bytes of public keys are told by their length", async () => {
    const key = await readKeyFile(p256.publicKey.toCompressed(), { keyType: "P-256" });
    expect(key.kind === "public" && key.publicKey.equals(p256.publicKey)).toBe(true);
  });

  it("raw bytes that start as DER does are raw", async () => {
    for (const start of [Uint8Array.of(0x30, 30), Uint8Array.of(0x30, 0x82)]) {
      const bytes = Uint8Array.of(...start, ...new Uint8Array(30).fill(0x80));
      expect((await readPrivate(bytes, { keyType: "Ed25519" })).material.bytes).toEqual(bytes);
    }
  });

  it("a DER file whose length is that of a raw key stays DER", async () => {
    const der = writePkcs8(ed25519.material);
    expect(der).toHaveLength(48);
    expect(await refusalReason(read(der, { keyType: "P-384" }))).toBe("wrong type");
  });
});

describe("files that are no single key", () => {
  const pem = encodePem(PEM_LABELS.pkcs8, writePkcs8(p256.material));

  it.each([
    ["an empty file", "", "empty"],
    ["text", "hello world", "unknown format"],
    ["two private keys", pem + pem, "several keys"],
    ["two public keys", p256.publicKey.toPem().repeat(2), "several keys"],
    ["a certificate", encodePem("CERTIFICATE", Uint8Array.of(1)), "unsupported PEM block"],
    ["an OpenSSH key", encodePem("OPENSSH PRIVATE KEY", Uint8Array.of(1)), "unsupported PEM block"],
    ["an unknown block", encodePem("X509 CRL", Uint8Array.of(1)), "no key block"],
    ["a JWK Set", '{"keys":[]}', "not a JWK"],
    ["an RSA JWK", '{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}', "unsupported JWK"],
    ["cut JSON", '{"kty":"EC","crv":"P-', "not JSON"],
    ["63 numbers", JSON.stringify(Array.from({ length: 63 }, () => 1)), "not 64 numbers"],
    ["65 numbers", JSON.stringify(Array.from({ length: 65 }, () => 1)), "not 64 numbers"],
    ["a number above 255", JSON.stringify(Array.from({ length: 64 }, () => 256)), "not 64 numbers"],
    ["a fraction", JSON.stringify(Array.from({ length: 64 }, () => 1.5)), "not 64 numbers"],
    ["a cut array", "[1,2,3", "not 64 numbers"],
    ["something after the array", `${JSON.stringify(Array.from({ length: 64 }, () => 1))} 1`, "not 64 numbers"],
  ])("%s", async (_, file, reason) => {
    expect(await refusalReason(read(file))).toBe(reason);
  });

  it("a bundle with a certificate is read for its key", async () => {
    expect((await readPrivate(encodePem("CERTIFICATE", Uint8Array.of(1)) + pem)).material).toEqual(p256.material);
  });

  it("a file above 1 MiB", async () => {
    expect(await refusalReason(read(new Uint8Array(1_048_577)))).toBe("too large");
  });
});

describe("PKCS#8 structure", () => {
  const algorithm = keyAlgorithmIdentifier("Ed25519");
  const content = derOctetString(derOctetString(ed25519.material.bytes));

  it.each([
    ["version 3", derSequence(derSmallInteger(2), algorithm, content), "unknown version"],
    [
      "a public key in version 1",
      derSequence(
        derSmallInteger(0),
        algorithm,
        content,
        derElement(0x81, Uint8Array.of(0), ed25519.publicKey.toRaw()),
      ),
      "trailing bytes",
    ],
    [
      "a seed without its inner OCTET STRING",
      derSequence(derSmallInteger(0), algorithm, derOctetString(new Uint8Array(32).fill(7))),
      "expected OCTET STRING",
    ],
    [
      "a short seed",
      derSequence(derSmallInteger(0), algorithm, derOctetString(derOctetString(new Uint8Array(31)))),
      "wrong length",
    ],
    [
      "an EC key under another curve",
      derSequence(derSmallInteger(0), keyAlgorithmIdentifier("secp256k1"), derOctetString(writeSec1(p256.material))),
      "contradicting curves",
    ],
    [
      "SEC 1 version 2",
      derSequence(
        derSmallInteger(2),
        derOctetString(p256.material.bytes),
        derContext(0, derObjectIdentifier(NAMED_CURVE_OIDS["P-256"])),
      ),
      "unknown version",
    ],
  ])("%s", async (_, file, reason) => {
    expect(await refusalReason(read(file))).toBe(reason);
  });

  it("bytes after the end, in every kind of PEM block", async () => {
    const blocks = [
      [PEM_LABELS.pkcs8, writePkcs8(p256.material)],
      [PEM_LABELS.sec1, writeSec1(p256.material)],
      [PEM_LABELS.spki, p256.publicKey.toSpki()],
      [PEM_LABELS.encryptedPkcs8, await encryptPkcs8(writePkcs8(p256.material), PASSWORD, { iterations: 10_000 })],
    ] as const;
    for (const [label, der] of blocks) {
      const file = encodePem(label, Uint8Array.of(...der, 0));
      expect(await refusalReason(read(file, { password: PASSWORD }))).toBe("trailing bytes");
    }
  });

  it("two public keys inside must be one", async () => {
    const file = derSequence(
      derSmallInteger(1),
      keyAlgorithmIdentifier("P-256"),
      derOctetString(writeSec1(p256.material, p256.publicKey)),
      derElement(0x81, Uint8Array.of(0), other.publicKey.toRaw()),
    );
    expect(await refusalReason(read(file))).toBe("public keys differ");
  });

  it("an unknown outline", async () => {
    expect(await refusalReason(read(derSequence(derBitString(Uint8Array.of(1)))))).toBe("unknown DER");
  });
});

describe("passwords", () => {
  it("one wrong password in 256 leaves valid padding: the answer is the same", async () => {
    const file = await encryptPkcs8(writePkcs8(p256.material), PASSWORD, { iterations: 10_000 });
    for (let attempt = 0; attempt < 600; attempt += 200) {
      const guesses = Array.from({ length: 200 }, (_, index) =>
        read(file, { password: textBytes(`guess ${attempt + index}`) }),
      );
      const codes = (await Promise.all(guesses.map(refusal))).map(({ code }) => code);
      expect(new Set(codes)).toEqual(new Set(["WrongPassword"]));
    }
  });

  it("the empty password is a password", async () => {
    const file = await encryptPkcs8(writePkcs8(p256.material), new Uint8Array(0), { iterations: 10_000 });
    expect((await readPrivate(file, { password: new Uint8Array(0) })).material).toEqual(p256.material);
    expect((await refusal(read(file))).message).toContain("a password is needed");
  });

  it("iterations of the writer have limits", async () => {
    for (const iterations of [0, 9_999, 10_000_001, 10_000.5, Number.NaN]) {
      expect((await refusal(encryptPkcs8(new Uint8Array(1), PASSWORD, { iterations }))).code).toBe("InvalidRequest");
    }
  });

  it("formats that are never encrypted refuse one", async () => {
    const write = writeKeyFile(p256.material, p256.publicKey, { format: "jwk", password: PASSWORD });
    expect((await refusal(write)).message).toBe("A file of format jwk can't be encrypted.");
    expect((await refusal(writeKeyFile(p256.material, p256.publicKey, { format: "web3" }))).code).toBe("WrongPassword");
  });
});

describe("files as Windows writes them, with a byte order mark", () => {
  const mark = (file: Uint8Array): Uint8Array => Uint8Array.of(0xef, 0xbb, 0xbf, ...file);

  it.each(["pkcs8-pem", "jwk", "solana"] as const)("%s", async (format) => {
    const file = await writeKeyFile(ed25519.material, ed25519.publicKey, { format });
    const key = await readKeyFile(mark(file));
    expect(key).toMatchObject({ kind: "private", material: { bytes: ed25519.material.bytes } });
  });

  it("hexadecimal; but raw bytes keep every byte", async () => {
    const hex = await readKeyFile(mark(textBytes("00ff".repeat(8))), { keyType: "AES-128" });
    expect(hex).toMatchObject({ kind: "secret", bytes: Uint8Array.from({ length: 16 }, (_, at) => (at % 2) * 255) });
    const raw = mark(new Uint8Array(13));
    expect(await readKeyFile(raw, { keyType: "AES-128" })).toMatchObject({ kind: "secret", bytes: raw });
  });
});

describe("texts that are nearly hexadecimal", () => {
  it.each(["01:02:03", "01 02 03", "0102\n0304", "12345"])("%j is not taken as raw bytes", async (text) => {
    const error = await refusal(read(text, { keyType: "HMAC-SHA-256" }));
    expect(error.context).toMatchObject({ reason: "not hexadecimal", format: "hex" });
    expect(error.message).toContain('"raw"');
    expect(await read(text, { keyType: "HMAC-SHA-256", format: "raw" })).toMatchObject({ bytes: textBytes(text) });
  });
});

it("says of public keys of OpenSSH what they are", async () => {
  for (const text of ["ssh-ed25519 AAAAC3Nza me@host\n", "ecdsa-sha2-nistp256 AAAAE2Vj me@host\n"]) {
    expect(await refusalReason(read(text))).toBe("OpenSSH public key");
  }
});

it.each([undefined, null, "text", {}, new ArrayBuffer(4)])("%s as a file is refused as a request", async (file) => {
  const reading: unknown = Reflect.apply(readKeyFile, undefined, [file]);
  await expect(reading).rejects.toMatchObject({ code: "InvalidRequest", context: { path: "bytes" } });
});

it("a password that is a text is refused as a request", async () => {
  const reading: unknown = Reflect.apply(readKeyFile, undefined, [textBytes("{}"), { password: "secret" }]);
  await expect(reading).rejects.toMatchObject({ code: "InvalidRequest", context: { path: "password" } });
});
